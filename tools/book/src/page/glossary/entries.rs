//! The terms of the field that the book introduces: `book/glossary.toml`.
//!
//! ```toml
//! not-terms = ["not yet"]
//!
//! [[entry]]
//! term = "dead letter"
//! also = ["dead letters"]
//! page = "ch07-poison"
//! meaning = "A message that was tried as often as it may be, and is kept apart for somebody to read."
//! source = "https://example.org/dead-letters"
//! ```

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use toml::Spanned;

use super::reading::plain;
use crate::workspace::Workspace;

/// Where the terms are, from the root of the workspace.
pub(super) const FILE: &str = "book/glossary.toml";

/// All terms, and what stands in italics without being one.
#[derive(Debug)]
pub(super) struct Glossary {
    pub(super) entries: Vec<Entry>,
    /// Words that are stressed, or titles, each with its line.
    pub(super) not_terms: Vec<(usize, String)>,
}

/// A term of the field.
#[derive(Debug)]
pub(super) struct Entry {
    /// The line of the file, counted from 1.
    pub(super) line: usize,
    pub(super) term: String,
    /// Other forms in which it stands on the pages.
    pub(super) also: Vec<String>,
    /// The stem of the page that introduces it.
    pub(super) page: String,
    /// Of a term that is an everyday word as well: the stems of the pages that speak of the term.
    pub(super) only_on: Option<Vec<String>>,
    /// In one or two sentences; may have `inline code`.
    pub(super) meaning: String,
    /// Who defines it: an address.
    pub(super) source: Option<String>,
}

impl Entry {
    /// The forms in which it stands on the pages, as [`plain`] writes them.
    pub(super) fn forms(&self) -> Vec<String> {
        std::iter::once(&self.term)
            .chain(&self.also)
            .map(|form| plain(form))
            .collect()
    }

    /// What the entries are in the order of: neither case nor a hyphen counts.
    pub(super) fn key(&self) -> String {
        plain(&self.term).replace('-', " ")
    }

    /// The id under which it stands in the glossary.
    pub(super) fn id(&self) -> String {
        format!("term-{}", crate::page::html::slug(&self.term))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Raw {
    #[serde(default)]
    not_terms: Vec<Spanned<String>>,
    #[serde(default)]
    entry: Vec<RawEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawEntry {
    term: Spanned<String>,
    #[serde(default)]
    also: Vec<String>,
    page: String,
    only_on: Option<Vec<String>>,
    meaning: String,
    source: Option<String>,
}

/// The glossary; `None` when there is no such file.
///
/// # Errors
///
/// A file that is not valid, an unknown key, a term without a meaning, a source that is no address.
pub(super) fn load(workspace: &Workspace) -> Result<Option<Glossary>> {
    let path = workspace.root().join(FILE);
    if !path.exists() {
        return Ok(None);
    }
    let text = std::fs::read_to_string(&path).with_context(|| format!("{FILE} cannot be read"))?;
    parse(&text).context(FILE).map(Some)
}

/// Reads the text of the file.
pub(super) fn parse(text: &str) -> Result<Glossary> {
    let raw: Raw = toml::from_str(text)?;
    let mut entries = Vec::new();
    for entry in raw.entry {
        let line = line(text, &entry.term);
        let term = entry.term.into_inner();
        ensure!(!term.trim().is_empty(), "line {line}: a term has no name");
        let says = !entry.meaning.trim().is_empty();
        ensure!(says, "line {line}: `{term}` has no meaning");
        let source = entry.source.as_deref().unwrap_or("https://");
        ensure!(
            source.starts_with("https://"),
            "line {line}: the source of `{term}` is no address that begins with https://"
        );
        entries.push(Entry {
            line,
            term,
            also: entry.also,
            page: entry.page,
            only_on: entry.only_on,
            meaning: entry.meaning,
            source: entry.source,
        });
    }
    let not_terms = raw.not_terms.into_iter();
    let not_terms = not_terms.map(|word| (line(text, &word), word.into_inner()));
    Ok(Glossary {
        entries,
        not_terms: not_terms.collect(),
    })
}

/// The line on which a value stands, counted from 1.
pub(super) fn line<T>(text: &str, value: &Spanned<T>) -> usize {
    text[..value.span().start].matches('\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRY: &str = "[[entry]]\nterm = 'Dead letter'\nalso = ['dead letters']\npage = 'ch07-poison'\nmeaning = 'Kept apart.'\n";

    #[test]
    fn an_entry_has_its_line_its_forms_and_its_id() {
        let glossary = parse(&format!("not-terms = [\n  'not yet',\n]\n\n{ENTRY}")).unwrap();
        assert_eq!(glossary.not_terms, [(2, "not yet".to_owned())]);
        let entry = &glossary.entries[0];
        assert_eq!((entry.line, entry.id().as_str()), (6, "term-dead-letter"));
        assert_eq!(entry.forms(), ["dead letter", "dead letters"]);
    }

    #[test]
    fn an_entry_that_says_nothing_is_refused() {
        for (wrong, message) in [
            (
                ENTRY.replace("Kept apart.", " "),
                "line 2: `Dead letter` has no meaning",
            ),
            (
                ENTRY.replace("Dead letter'", "'"),
                "line 2: a term has no name",
            ),
            (
                format!("{ENTRY}source = 'a book'\n"),
                "line 2: the source of `Dead letter` is no address that begins with https://",
            ),
        ] {
            assert_eq!(parse(&wrong).unwrap_err().to_string(), message);
        }
        let unknown = parse(&format!("{ENTRY}plural = 'x'\n")).unwrap_err();
        assert!(unknown.to_string().contains("plural"), "{unknown}");
    }
}
