//! Colours for code, at build time. Rust is read by the lexer that macros use, as a whole file, so that a part of it is
//! coloured as what it is; the small languages around it by one pattern each.
//!
//! A general highlighter was tried first: it needs some 0.7 ms a line in a debug build, which is what readers have, and
//! knows neither TOML nor a systemd unit.

mod other;
mod rust;

use std::ops::Range;
use std::path::Path;

use super::html::{escape, span};

/// A coloured part of a text: where, and one of the classes `k s c n t f m l`.
pub(super) type Part = (Range<usize>, &'static str);

/// The coloured parts of a text, in order.
#[derive(Debug)]
pub(super) struct Colours(Vec<Part>);

impl Colours {
    /// Those of a file.
    pub(super) fn of_file(path: &Path, text: &str) -> Self {
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        Self::of(
            name.rsplit_once('.')
                .map_or(name, |(_, extension)| extension),
            text,
        )
    }

    /// Those of a text in a language, named as a file's extension or a fenced block would name it.
    pub(super) fn of(language: &str, text: &str) -> Self {
        match language {
            "rs" | "rust" => Self(rust::parts(text)),
            _ => Self(other::parts(language, text)),
        }
    }

    /// A part of `text` as HTML; the part should lie within one line.
    pub(super) fn html(&self, text: &str, within: Range<usize>) -> String {
        let mut html = String::with_capacity(within.len() * 2);
        let mut at = within.start;
        let first = self
            .0
            .partition_point(|(range, _)| range.end <= within.start);
        for (range, class) in self.0[first..]
            .iter()
            .take_while(|(range, _)| range.start < within.end)
        {
            let (from, to) = (range.start.max(at), range.end.min(within.end));
            html.push_str(&escape(&text[at..from]));
            if from < to {
                html.push_str(&span(class, &text[from..to]));
            }
            at = to;
        }
        html.push_str(&escape(&text[at..within.end]));
        html
    }

    /// The lines of `text` as HTML, without their ends.
    pub(super) fn lines(&self, text: &str) -> Vec<String> {
        let mut start = 0;
        let mut lines = Vec::new();
        for line in text.split_inclusive('\n') {
            let end = start + line.trim_end_matches(['\n', '\r']).len();
            lines.push(self.html(text, start..end));
            start += line.len();
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines_of(language: &str, text: &str) -> Vec<String> {
        Colours::of(language, text).lines(text)
    }

    #[test]
    fn every_line_keeps_its_text() {
        let text = include_str!("highlight.rs");
        let plain = |html: &str| {
            let tags = regex::Regex::new("<[^>]*>").unwrap();
            tags.replace_all(html, "")
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&quot;", "\"")
                .replace("&#123;", "{")
                .replace("&#10;", "\n")
                .replace("&amp;", "&")
        };
        for language in ["rs", "toml", "json", "yaml", "sh", "conf", "unknown"] {
            let read: Vec<_> = lines_of(language, text)
                .iter()
                .map(|line| plain(line))
                .collect();
            let lines: Vec<_> = text.lines().collect();
            assert_eq!(read, lines, "{language}");
        }
    }

    #[test]
    fn a_part_that_spans_lines_is_coloured_on_each() {
        assert_eq!(
            lines_of("rs", "/* a\n\n b */ fn\n"),
            [
                "<span class=\"c\">/* a</span>",
                "",
                "<span class=\"c\"> b */</span> <span class=\"k\">fn</span>"
            ]
        );
    }
}
