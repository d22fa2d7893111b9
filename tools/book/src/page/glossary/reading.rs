//! What a page says, part by part: its headings, what it sets in italics, its words.

use std::collections::HashSet;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use pulldown_cmark::{Event, HeadingLevel, Tag, TagEnd};
use regex::Regex;

use crate::page::directive::directives;
use crate::page::{links, prose, raw};

/// A page of the book.
#[derive(Debug)]
pub(in crate::page) struct Page {
    /// From the root of the workspace.
    pub(in crate::page) path: PathBuf,
    /// What its first heading says.
    pub(super) title: String,
    /// The ids of its headings.
    pub(super) ids: Vec<String>,
    /// From one heading to the next.
    pub(super) parts: Vec<Part>,
}

/// What stands below a heading.
#[derive(Debug, Default)]
pub(super) struct Part {
    /// The id of the heading; the page's title has none, since a link to it is one to the page.
    pub(super) id: Option<String>,
    /// What stands in italics outside of footnotes, with its line.
    pub(super) italics: Vec<(usize, String)>,
    /// The prose, as [`plain`] writes it; code and footnotes are left out.
    words: String,
}

impl Page {
    /// `ch07-events` for `book/ch07-events.md`.
    pub(super) fn stem(&self) -> &str {
        let stem = self.path.file_stem().and_then(|stem| stem.to_str());
        stem.unwrap_or_default()
    }

    /// The number of the chapter that it belongs to.
    pub(super) fn chapter(&self) -> Option<u8> {
        self.stem().strip_prefix("ch")?.get(..2)?.parse().ok()
    }

    /// The first part that has one of these forms in italics.
    pub(super) fn introduces(&self, forms: &[String]) -> Option<&Part> {
        self.parts.iter().find(|part| {
            let mut italics = part.italics.iter();
            italics.any(|(_, text)| forms.contains(&plain(text)))
        })
    }

    /// The first part in whose prose one of these forms stands.
    pub(super) fn speaks_of(&self, forms: &[String]) -> Option<&Part> {
        let has = |part: &&Part| forms.iter().any(|form| stands_in(form, &part.words));
        self.parts.iter().find(has)
    }
}

/// A text as it is compared with others: in small letters, with straight apostrophes, and without the stop at its end.
pub(super) fn plain(text: &str) -> String {
    let text = text.trim().trim_end_matches(['.', ',', ';', ':', '!', '?']);
    text.replace(['\u{2019}', '\u{2018}'], "'").to_lowercase()
}

/// Whether a form stands among these words and is no part of another one.
fn stands_in(form: &str, words: &str) -> bool {
    let is_of_a_word = |c: char| c.is_alphanumeric() || c == '-';
    words.match_indices(form).any(|(at, _)| {
        let before = words[..at].chars().next_back();
        let after = words[at + form.len()..].chars().next();
        !before.is_some_and(is_of_a_word) && !after.is_some_and(is_of_a_word)
    })
}

/// Reads a page; `path` is relative to the root of the workspace.
pub(in crate::page) fn read(path: &Path, page: &str) -> Page {
    let starts = prose::starts(page);
    let masked = prose::mask(page, &starts, &directives(page));
    let mut reader = Reader {
        starts,
        parts: vec![Part::default()],
        ..Reader::default()
    };
    for (event, range) in prose::parser(&masked).into_offset_iter() {
        reader.take(event, &range);
    }
    Page {
        path: path.to_owned(),
        title: reader.title,
        ids: reader.ids,
        parts: reader.parts,
    }
}

#[derive(Default)]
struct Reader {
    starts: Vec<usize>,
    title: String,
    ids: Vec<String>,
    used: HashSet<String>,
    parts: Vec<Part>,
    in_footnote: bool,
    in_code: bool,
    heading: Option<(Option<String>, String)>,
    italic: Option<(usize, String)>,
    html: String,
}

impl Reader {
    fn take(&mut self, event: Event<'_>, range: &Range<usize>) {
        match event {
            Event::Start(Tag::FootnoteDefinition(_)) => self.in_footnote = true,
            Event::End(TagEnd::FootnoteDefinition) => self.in_footnote = false,
            _ if self.in_footnote => {}
            Event::Start(Tag::CodeBlock(_)) => self.in_code = true,
            Event::End(TagEnd::CodeBlock) => self.in_code = false,
            _ if self.in_code => {}
            Event::Start(Tag::Heading { id, .. }) => {
                self.heading = Some((id.map(|id| id.to_string()), String::new()));
                self.parts.push(Part::default());
            }
            Event::End(TagEnd::Heading(level)) => self.heading(level),
            Event::Start(Tag::Emphasis) => {
                let line = self.starts.partition_point(|start| *start <= range.start);
                self.italic = Some((line, String::new()));
            }
            Event::End(TagEnd::Emphasis) => {
                let italic = self.italic.take();
                self.part().italics.extend(italic);
            }
            Event::Text(text) => {
                self.marked(&text);
                self.part().words.push_str(&spoken(&text));
            }
            Event::Code(code) => {
                self.marked(&code);
                // What is code is no prose, and what stands at both sides of it is no phrase.
                self.part().words.push('\n');
            }
            Event::SoftBreak | Event::HardBreak => {
                self.marked(" ");
                self.part().words.push(' ');
            }
            Event::Html(html) => self.html.push_str(&html),
            Event::End(TagEnd::HtmlBlock) => self.html_block(),
            Event::End(
                TagEnd::Paragraph | TagEnd::Item | TagEnd::TableCell | TagEnd::BlockQuote(_),
            ) => self.part().words.push('\n'),
            _ => {}
        }
    }

    fn part(&mut self) -> &mut Part {
        if self.parts.is_empty() {
            self.parts.push(Part::default());
        }
        let last = self.parts.len() - 1;
        &mut self.parts[last]
    }

    /// Adds to the heading and to the italics that are being read.
    fn marked(&mut self, text: &str) {
        if let Some((_, heading)) = &mut self.heading {
            heading.push_str(text);
        }
        if let Some((_, italic)) = &mut self.italic {
            italic.push_str(text);
        }
    }

    fn heading(&mut self, level: HeadingLevel) {
        let Some((id, text)) = self.heading.take() else {
            return;
        };
        let id = id.unwrap_or_else(|| links::unique(&links::of_heading(&text), &mut self.used));
        self.ids.push(id.clone());
        if level == HeadingLevel::H1 {
            self.title = text;
        } else {
            self.part().id = Some(id);
        }
        self.part().words.push('\n');
    }

    /// A block of raw HTML: what is drawn in it is no prose.
    fn html_block(&mut self) {
        static DRAWN: LazyLock<Regex> =
            LazyLock::new(|| Regex::new("(?s)<svg.*?</svg>").expect("a valid pattern"));
        let html = std::mem::take(&mut self.html);
        for text in raw::texts(&DRAWN.replace_all(&html, " ")) {
            self.part().words.push_str(&spoken(&text));
        }
    }
}

/// Words as [`plain`] writes them, with all that stands between them.
fn spoken(text: &str) -> String {
    text.replace(['\u{2019}', '\u{2018}'], "'").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "# A bare *server*\n\nIt's a *Journal.*\n\n{{#listing ../outbox.rs}}\n\n## One `write` more\n\n> [!ASIDE] On outboxes\n> Called a *dead\n> letter*.[^n]\n\n\
        <details>\n<summary>Why a *mailbox*?</summary>\n</details>\n\n<figure>\n<svg>\n<text>stream</text></svg>\n</figure>\n\n```console\n$ *queue*\n```\n\n\
        ## One `write` more\n\nA dead-letter queue, `bus`.\n\n[^n]: A. Uthor, *Titles*, 1993, on shards.\n";

    fn forms(form: &str) -> [String; 1] {
        [form.to_owned()]
    }

    #[test]
    fn italics_have_their_line_and_the_heading_above_them() {
        let page = read(Path::new("book/ch01-bare-server.md"), PAGE);
        assert_eq!((page.stem(), page.chapter()), ("ch01-bare-server", Some(1)));
        assert_eq!(page.title, "A bare server");
        assert_eq!(
            page.ids,
            ["a-bare-server", "one-write-more", "one-write-more-1"]
        );
        let italics: Vec<_> = page
            .parts
            .iter()
            .flat_map(|part| {
                part.italics
                    .iter()
                    .map(move |(line, text)| (part.id.as_deref(), *line, text.as_str()))
            })
            .collect();
        assert_eq!(
            italics,
            [
                (None, 1, "server"),
                (None, 3, "Journal."),
                (Some("one-write-more"), 10, "dead letter"),
            ]
        );
        assert!(page.introduces(&forms("journal")).is_some());
        assert!(page.introduces(&forms("titles")).is_none(), "a footnote's");
    }

    #[test]
    fn a_page_speaks_of_what_stands_in_its_prose_as_a_whole_word() {
        let page = read(Path::new("book/ch01-bare-server.md"), PAGE);
        let first = |form: &str| page.speaks_of(&forms(form)).map(|part| part.id.as_deref());
        assert_eq!(first("it's a journal"), Some(None));
        assert_eq!(first("dead letter"), Some(Some("one-write-more")));
        assert_eq!(first("dead-letter queue"), Some(Some("one-write-more-1")));
        for (form, why) in [
            ("outbox", "it is a part of a directive, and of another word"),
            ("letter queue", "it is a part of another word"),
            ("stream", "it is drawn"),
            ("queue, bus", "it is code"),
            ("bus", "it is code"),
            ("shards", "it is a footnote's"),
        ] {
            assert_eq!(first(form), None, "{form}: {why}");
        }
    }
}
