//! Small pieces of HTML.

use std::fmt::Write as _;

/// The text, fit for an element or a quoted attribute.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push(' '),
            other => escaped.push(other),
        }
    }
    escaped
}

/// A cell of a table: its HTML, and whether it is a number.
#[derive(Debug, Clone)]
pub struct Cell {
    html: String,
    number: bool,
}

impl Cell {
    /// Plain words.
    pub fn words(text: &str) -> Self {
        Self::html(escape(text))
    }

    /// HTML that is there already.
    pub fn html(html: String) -> Self {
        Self {
            html,
            number: false,
        }
    }

    /// A number, set right and tabular.
    pub fn number(text: &str) -> Self {
        Self {
            html: escape(text),
            number: true,
        }
    }

    /// A number with a mark, as HTML that is there already.
    pub fn marked(html: String) -> Self {
        Self { html, number: true }
    }

    fn class(&self) -> &'static str {
        if self.number { " class=\"num\"" } else { "" }
    }
}

/// How many letters the heading of a row may have: it is set in one line, and a longer one is a cell like the others.
const HEADING: usize = 24;

/// A table that scrolls inside itself on a narrow screen.
pub struct Table {
    label: String,
    head: Vec<Cell>,
    rows: Vec<Vec<Cell>>,
    sums: Vec<Vec<Cell>>,
}

impl Table {
    /// An empty table. `label` tells a screen reader what it is; the first cell of each row is the row's heading.
    pub fn new(label: &str, head: Vec<Cell>) -> Self {
        Self {
            label: label.to_owned(),
            head,
            rows: Vec::new(),
            sums: Vec::new(),
        }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
    }

    /// Adds a row to the foot, which sums up the others.
    pub fn sum(&mut self, cells: Vec<Cell>) {
        self.sums.push(cells);
    }

    /// The table as HTML.
    pub fn html(&self) -> String {
        let mut head = String::new();
        for cell in &self.head {
            let _ = write!(head, "<th scope=\"col\"{}>{}</th>", cell.class(), cell.html);
        }
        let mut body = format!("<tbody>\n{}</tbody>", rows(&self.rows));
        if !self.sums.is_empty() {
            let _ = write!(body, "<tfoot>\n{}</tfoot>", rows(&self.sums));
        }
        format!(
            "<div class=\"table-scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{}\"><table>\n\
             <thead><tr>{head}</tr></thead>\n{body}</table></div>\n",
            escape(&self.label)
        )
    }
}

fn rows(rows: &[Vec<Cell>]) -> String {
    let mut html = String::new();
    for cells in rows {
        html.push_str("<tr>");
        for (at, cell) in cells.iter().enumerate() {
            let heading = at == 0 && cell.html.chars().count() <= HEADING;
            let (tag, scope) = if heading {
                ("th", " scope=\"row\"")
            } else {
                ("td", "")
            };
            let _ = write!(html, "<{tag}{scope}{}>{}</{tag}>", cell.class(), cell.html);
        }
        html.push_str("</tr>\n");
    }
    html
}

/// A state with its word; the look draws the mark before it.
pub fn state(class: &str, word: &str) -> String {
    format!("<span class=\"state state-{class}\">{word}</span>")
}

/// A link to a page, or the path of a file in the repository as code.
pub fn source(source: &str, words: &str) -> String {
    if source.starts_with("https://") {
        format!("<a href=\"{}\">{}</a>", escape(source), escape(words))
    } else {
        format!("<code>{}</code>", escape(source))
    }
}

/// A line of small print under a table.
pub fn small_print(html: &str) -> String {
    format!("<p class=\"small-print\">{html}</p>\n")
}
