//! Around what Markdown makes: boxed asides, and tables that scroll inside themselves.

use std::sync::LazyLock;

use regex::Regex;

use super::html::{escape, with_code};
use super::prose::{CODE, NOTE, Prose};
use crate::nearest::nearest;
use crate::session::Fault;

/// The lines of a page on their way to mdBook; a line of the page may have become several, or none.
pub(super) struct Lines(Vec<String>);

impl Lines {
    pub(super) fn new(page: &str) -> Self {
        Self(page.lines().map(str::to_owned).collect())
    }

    /// The line `number` of the page, counted from 1.
    pub(super) fn line(&mut self, number: usize) -> &mut String {
        &mut self.0[number - 1]
    }

    /// Puts a block of HTML in the place of some lines, each line of it behind `prefix`.
    pub(super) fn replace(&mut self, first: usize, last: usize, prefix: &str, html: &str) {
        for number in first..=last {
            self.line(number).clear();
        }
        // Markdown ends a block of HTML at an empty line, and begins one best after an empty line.
        let blank = prefix.trim_end();
        let mut block = format!("{blank}\n");
        for line in html.lines().filter(|line| !line.trim().is_empty()) {
            block.extend([prefix, line, "\n"]);
        }
        block.push_str(blank);
        *self.line(first) = block;
        // The lines that were cleared must not end a quotation that goes on.
        for number in first + 1..=last {
            blank.clone_into(self.line(number));
        }
    }

    /// Wraps each table in a region that scrolls.
    pub(super) fn wrap_tables(&mut self, prose: &Prose) {
        for (at, (first, last, cells)) in prose.tables.iter().enumerate() {
            let prefix = prefix(self.line(*first)).to_owned();
            let blank = prefix.trim_end().to_owned();
            let cells: Vec<String> = cells
                .iter()
                .filter(|cell| !cell.is_empty() && !cell.contains([CODE, NOTE]))
                .map(|cell| escape(cell))
                .collect();
            let label = format!("Table {}: {}", at + 1, cells.join(", "));
            let label = label.trim_end_matches([':', ' ']);
            let open = format!(
                "{blank}\n{prefix}<div class=\"table-scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{label}\">\n{blank}\n"
            );
            self.line(*first).insert_str(0, &open);
            let close = format!("\n{blank}\n{prefix}</div>\n{blank}");
            self.line(*last).push_str(&close);
        }
    }

    /// The page with its `[!ASIDE]` quotations boxed.
    pub(super) fn into_markdown(self) -> String {
        let text = self.0.join("\n");
        let mut page = String::with_capacity(text.len() + text.len() / 8);
        let mut inside = false;
        for line in text.lines() {
            if let Some(title) = aside(line) {
                page.push_str("\n<aside class=\"boxed\" role=\"note\">\n");
                if !title.is_empty() {
                    page.extend([
                        "<p class=\"aside-title\">",
                        &with_code(title),
                        "</p>
",
                    ]);
                }
                page.push('\n');
                inside = true;
            } else if let (true, Some(quoted)) = (inside, line.strip_prefix('>')) {
                page.push_str(quoted.strip_prefix(' ').unwrap_or(quoted));
                page.push('\n');
            } else {
                if inside {
                    page.push_str("\n</aside>\n\n");
                    inside = false;
                }
                page.push_str(line);
                page.push('\n');
            }
        }
        if inside {
            page.push_str("\n</aside>\n");
        }
        page
    }
}

/// What stands before the text of a line: the marks of a quotation, spaces.
pub(super) fn prefix(line: &str) -> &str {
    &line[..line.len() - line.trim_start_matches([' ', '>']).len()]
}

/// The title of an aside that begins on this line; it may be empty.
fn aside(line: &str) -> Option<&str> {
    line.strip_prefix('>')?
        .trim_start()
        .strip_prefix("[!ASIDE]")
        .map(str::trim)
}

/// Boxes that are none of ours: `> [!NOTE]`, or an aside within something else.
pub(super) fn faults(page: &str) -> Vec<Fault> {
    static BOX: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^(?<before>[ \t>]*)>\s*\[!(?<name>\w+)\]").expect("a valid pattern")
    });
    let mut faults = Vec::new();
    for (line, text) in (1..).zip(page.lines()) {
        let Some(found) = BOX.captures(text) else {
            continue;
        };
        let name = &found["name"];
        let message = if name != "ASIDE" {
            let meant =
                nearest(name, ["ASIDE"]).map(|name| format!("; the nearest is `[!{name}]`"));
            format!(
                "`[!{name}]` is no box of ours, only `[!ASIDE]` is{}",
                meant.unwrap_or_default()
            )
        } else if !found["before"].is_empty() {
            "an aside stands at the page's edge, not within a list or another quotation".to_owned()
        } else {
            continue;
        };
        faults.push(Fault { line, message });
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::super::prose;
    use super::*;

    fn laid_out(page: &str) -> String {
        let mut lines = Lines::new(page);
        lines.wrap_tables(&prose::read(page, &[]));
        lines.into_markdown()
    }

    #[test]
    fn an_aside_is_boxed_and_its_markdown_stays_markdown() {
        assert_eq!(
            laid_out("a\n\n> [!ASIDE] On `locks`\n> One *two*.\n>\n> Three.\n\nb\n"),
            "a\n\n\n<aside class=\"boxed\" role=\"note\">\n<p class=\"aside-title\">On <code>locks</code></p>\n\nOne *two*.\n\nThree.\n\n</aside>\n\n\nb\n"
        );
        assert_eq!(
            laid_out("> [!ASIDE]\n> One.\n"),
            "\n<aside class=\"boxed\" role=\"note\">\n\nOne.\n\n</aside>\n"
        );
        assert_eq!(laid_out("> Quoted.\n"), "> Quoted.\n");
    }

    #[test]
    fn a_table_scrolls_inside_itself() {
        assert_eq!(
            laid_out("a\n\n| rung | `x` |\n|---|---|\n| 1 | 2 |\n\nb\n"),
            "a\n\n\n<div class=\"table-scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table 1: rung\">\n\n| rung | `x` |\n|---|---|\n| 1 | 2 |\n\n</div>\n\n\nb\n"
        );
    }

    #[test]
    fn other_boxes_are_refused() {
        let messages: Vec<String> =
            faults("> [!NOTE]\n> a\n\n> [!ASIDES]\n\n- > [!ASIDE]\n> > [!ASIDE]\n")
                .iter()
                .map(Fault::to_string)
                .collect();
        assert_eq!(
            messages,
            [
                "1: `[!NOTE]` is no box of ours, only `[!ASIDE]` is",
                "4: `[!ASIDES]` is no box of ours, only `[!ASIDE]` is; the nearest is `[!ASIDE]`",
                "7: an aside stands at the page's edge, not within a list or another quotation"
            ]
        );
    }
}
