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

    fn class(&self) -> &'static str {
        if self.number { " class=\"num\"" } else { "" }
    }
}

/// A table that scrolls inside itself on a narrow screen.
pub struct Table {
    label: String,
    head: Vec<Cell>,
    rows: Vec<(Vec<Cell>, bool)>,
}

impl Table {
    /// An empty table. `label` tells a screen reader what it is; the first cell of each row is the row's heading.
    pub fn new(label: &str, head: Vec<Cell>) -> Self {
        Self {
            label: label.to_owned(),
            head,
            rows: Vec::new(),
        }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push((cells, false));
    }

    /// Adds a row that sums up the ones above it.
    pub fn sum(&mut self, cells: Vec<Cell>) {
        self.rows.push((cells, true));
    }

    /// The table as HTML.
    pub fn html(&self) -> String {
        let mut head = String::new();
        for cell in &self.head {
            let _ = write!(head, "<th scope=\"col\"{}>{}</th>", cell.class(), cell.html);
        }
        let mut rows = String::new();
        for (cells, sum) in &self.rows {
            rows.push_str(if *sum { "<tr class=\"sum\">" } else { "<tr>" });
            for (at, cell) in cells.iter().enumerate() {
                let (tag, scope) = if at == 0 {
                    ("th", " scope=\"row\"")
                } else {
                    ("td", "")
                };
                let _ = write!(rows, "<{tag}{scope}{}>{}</{tag}>", cell.class(), cell.html);
            }
            rows.push_str("</tr>\n");
        }
        format!(
            "<div class=\"table-scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{}\"><table>\n\
             <thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody></table></div>\n",
            escape(&self.label)
        )
    }
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
