//! A page as Markdown: what in it is prose, code, a link, a table.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use regex::Regex;

use super::directive::Directive;
use super::raw;
use crate::session::Fault;

/// What stands on a page, with line numbers counted from 1.
#[derive(Debug, Default)]
pub(super) struct Prose {
    /// The text of each paragraph, heading, cell and so on.
    pub(super) runs: Vec<Run>,
    /// Inline code.
    pub(super) code: Vec<(usize, String)>,
    /// Where links and images lead.
    pub(super) links: Vec<(usize, String)>,
    /// The lines that code blocks begin on; `false` for an indented one.
    pub(super) blocks: Vec<(usize, bool)>,
    /// First line, last line and the cells of the head of each table.
    pub(super) tables: Vec<(usize, usize, Vec<String>)>,
    /// Raw HTML that a page may not hold.
    pub(super) forbidden: Vec<Fault>,
    /// The footnotes' definitions: their line, and whether they give a source.
    pub(super) footnotes: BTreeMap<String, (usize, bool)>,
}

/// A stretch of prose without a break.
#[derive(Debug, Default)]
pub(super) struct Run {
    /// The text; `CODE` stands for inline code, and a footnote's name is between `NOTE` and `NOTE_END`.
    pub(super) text: String,
    /// The footnote whose definition it is a part of.
    pub(super) in_footnote: Option<String>,
    /// Where in `text` each line of the page begins.
    lines: Vec<(usize, usize)>,
}

pub(super) const CODE: char = '\u{fffc}';
pub(super) const NOTE: char = '\u{1}';
pub(super) const NOTE_END: char = '\u{2}';

impl Run {
    /// The line of the page on which the byte `at` of the text stands.
    pub(super) fn line(&self, at: usize) -> usize {
        let after = self.lines.partition_point(|(start, _)| *start <= at);
        self.lines[after.saturating_sub(1)].1
    }

    /// The footnotes that are referred to, with the place of each.
    pub(super) fn notes(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.match_indices(NOTE).filter_map(|(at, _)| {
            let name = &self.text[at + NOTE.len_utf8()..];
            Some((at, &name[..name.find(NOTE_END)?]))
        })
    }
}

/// The parser of Markdown with mdBook's own options.
pub(super) fn parser(text: &str) -> Parser<'_> {
    Parser::new_ext(
        text,
        Options::ENABLE_TABLES
            | Options::ENABLE_FOOTNOTES
            | Options::ENABLE_STRIKETHROUGH
            | Options::ENABLE_TASKLISTS
            | Options::ENABLE_HEADING_ATTRIBUTES
            | Options::ENABLE_SMART_PUNCTUATION
            | Options::ENABLE_DEFINITION_LIST
            | Options::ENABLE_GFM,
    )
}

/// Reads a page; its directives count as words without a meaning.
pub(super) fn read(page: &str, directives: &[Directive]) -> Prose {
    let starts = starts(page);
    let masked = mask(page, &starts, directives);
    let mut reader = Reader {
        starts,
        ..Reader::default()
    };
    for (event, range) in parser(&masked).into_offset_iter() {
        reader.take(event, &range);
    }
    reader.flush();
    reader.prose
}

/// Where each line of a page begins.
pub(super) fn starts(page: &str) -> Vec<usize> {
    std::iter::once(0)
        .chain(page.match_indices('\n').map(|(at, _)| at + 1))
        .collect()
}

/// The page with a filler in the place of each directive.
pub(super) fn mask(page: &str, starts: &[usize], directives: &[Directive]) -> String {
    let mut masked = page.to_owned();
    for directive in directives {
        let start = starts[directive.line - 1];
        let range = start + directive.columns.start..start + directive.columns.end;
        let filler = "x".repeat(range.len());
        masked.replace_range(range, &filler);
    }
    masked
}

#[derive(Default)]
struct Reader {
    starts: Vec<usize>,
    prose: Prose,
    run: Run,
    footnote: Option<String>,
    table: Option<(usize, Vec<String>)>,
    in_head: bool,
    in_code: bool,
    html: String,
}

impl Reader {
    fn line(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset)
    }

    fn take(&mut self, event: Event<'_>, range: &Range<usize>) {
        match event {
            Event::Text(_) if self.in_code => {}
            Event::Text(text) => self.push(&text, range),
            Event::Code(code) => {
                self.prose
                    .code
                    .push((self.line(range.start), code.into_string()));
                self.push(&CODE.to_string(), range);
            }
            Event::SoftBreak | Event::HardBreak => self.push(" ", range),
            Event::FootnoteReference(name) => self.push(&format!("{NOTE}{name}{NOTE_END}"), range),
            Event::Html(html) => {
                if self.html.is_empty() {
                    self.run
                        .lines
                        .push((self.run.text.len(), self.line(range.start)));
                }
                self.html.push_str(&html);
            }
            Event::InlineHtml(html) => self.look_into(&html, range.start),
            Event::Start(tag) => self.start(tag, range),
            Event::End(tag) => self.end(tag, range),
            _ => {}
        }
    }

    fn push(&mut self, text: &str, range: &Range<usize>) {
        self.run
            .lines
            .push((self.run.text.len(), self.line(range.start)));
        self.run.text.push_str(text);
    }

    /// Ends a stretch of prose.
    fn flush(&mut self) {
        let mut run = std::mem::take(&mut self.run);
        run.in_footnote.clone_from(&self.footnote);
        if !run.text.trim().is_empty() {
            self.prose.runs.push(run);
        }
    }

    fn start(&mut self, tag: Tag<'_>, range: &Range<usize>) {
        let line = self.line(range.start);
        match tag {
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => {
                if let (Some(footnote), true) = (&self.footnote, dest_url.contains("://")) {
                    self.prose.footnotes.insert(footnote.clone(), (line, true));
                }
                self.prose.links.push((line, dest_url.into_string()));
                return;
            }
            Tag::Emphasis
            | Tag::Strong
            | Tag::Strikethrough
            | Tag::Superscript
            | Tag::Subscript => return,
            _ => self.flush(),
        }
        match tag {
            Tag::CodeBlock(kind) => {
                self.in_code = true;
                self.prose
                    .blocks
                    .push((line, matches!(kind, CodeBlockKind::Fenced(_))));
            }
            Tag::FootnoteDefinition(name) => {
                self.prose.footnotes.insert(name.to_string(), (line, false));
                self.footnote = Some(name.into_string());
            }
            Tag::Table(_) => self.table = Some((line, Vec::new())),
            Tag::TableHead => self.in_head = true,
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd, range: &Range<usize>) {
        if matches!(
            tag,
            TagEnd::Link
                | TagEnd::Image
                | TagEnd::Emphasis
                | TagEnd::Strong
                | TagEnd::Strikethrough
                | TagEnd::Superscript
                | TagEnd::Subscript
        ) {
            return;
        }
        if let (TagEnd::TableCell, true, Some((_, cells))) = (tag, self.in_head, &mut self.table) {
            cells.push(self.run.text.trim().to_owned());
        }
        if tag == TagEnd::HtmlBlock {
            self.html_block(range);
        }
        if let Some(footnote) = &self.footnote
            && cites(&self.run.text)
            && let Some((_, cited)) = self.prose.footnotes.get_mut(footnote)
        {
            *cited = true;
        }
        self.flush();
        match tag {
            TagEnd::CodeBlock => self.in_code = false,
            TagEnd::FootnoteDefinition => self.footnote = None,
            TagEnd::TableHead => self.in_head = false,
            TagEnd::Table => {
                if let Some((first, cells)) = self.table.take() {
                    let last = self.line(range.end.saturating_sub(1).max(range.start));
                    self.prose.tables.push((first, last, cells));
                }
            }
            _ => {}
        }
    }

    /// A block of raw HTML: its text is prose, its links are links.
    fn html_block(&mut self, range: &Range<usize>) {
        let html = std::mem::take(&mut self.html);
        self.look_into(&html, range.start);
        let first = self.line(range.start);
        for (number, text) in (first..).zip(raw::texts(&html)) {
            self.run.lines.push((self.run.text.len(), number));
            self.run.text.push_str(&text);
        }
    }

    fn look_into(&mut self, html: &str, offset: usize) {
        let first = self.line(offset);
        let links = raw::links(html).map(|(line, link)| (first + line, link.to_owned()));
        self.prose.links.extend(links);
        let forbidden = raw::forbidden(html).map(|(line, message)| Fault {
            line: first + line,
            message,
        });
        self.prose.forbidden.extend(forbidden);
    }
}

/// Whether a text names a source: an address, or an author and a year.
fn cites(text: &str) -> bool {
    static YEAR: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"\p{Lu}\p{L}+.*\b(?:1[6-9]|20)\d\d\b|https?://").expect("a valid pattern")
    });
    YEAR.is_match(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_read_with_its_lines() {
        let page = "# T\n\none `a/b`\ntwo [l](x.md#y)[^n].\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n\n    indented\n\n> quoted\n> more\n\n<details>\n<summary>q <code>5 ms</code> 7</summary>\n<a href=\"z.md\">z</a>\n</details>\n\n[^n]: A. Uthor, 1993.\n";
        let prose = read(page, &[]);
        assert_eq!(prose.code, [(3, "a/b".to_owned())]);
        assert_eq!(
            prose.links,
            [(4, "x.md#y".to_owned()), (17, "z.md".to_owned())]
        );
        assert_eq!(prose.blocks, [(10, false)]);
        assert_eq!(prose.tables, [(6, 8, vec!["a".to_owned(), "b".to_owned()])]);
        assert_eq!(prose.footnotes["n"], (20, true));
        let run = &prose.runs[1];
        assert_eq!(run.text, format!("one {CODE} two l{NOTE}n{NOTE_END}."));
        assert_eq!((run.line(0), run.line(12)), (3, 4));
        let quoted = prose
            .runs
            .iter()
            .find(|run| run.text.starts_with("quoted"))
            .unwrap();
        assert_eq!(quoted.line(10), 13);
        let summary = prose
            .runs
            .iter()
            .find(|run| run.text.contains('q'))
            .unwrap();
        assert!(!summary.text.contains("5 ms"), "{}", summary.text);
        let html = prose
            .runs
            .iter()
            .find(|run| run.text.contains('z'))
            .unwrap();
        assert_eq!(html.line(html.text.find('z').unwrap()), 17);
    }
}
