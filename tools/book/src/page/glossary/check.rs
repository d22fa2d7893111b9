//! The lists against the pages and the files: what does not hold, where, and what to do about it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::entries::{self, Entry, Glossary};
use super::features::{self, Features};
use super::reading::{Page, plain};
use super::{or_nearest_page, page_of};
use crate::nearest::or_nearest;
use crate::page::files::Files;
use crate::page::report::Problem;
use crate::page::source::display;

/// What is wrong with the entries by themselves: one that is there twice, or in the wrong place.
pub(super) fn form(glossary: &Glossary) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    for entry in &glossary.entries {
        for form in entry.forms() {
            if let Some(line) = known.get(&form) {
                problems.push(in_glossary(
                    entry.line,
                    format!("`{form}` is defined on line {line} already; keep one of the two"),
                ));
            } else {
                known.insert(form, entry.line);
            }
        }
    }
    for (line, word) in &glossary.not_terms {
        if let Some(entry) = known.get(&plain(word)) {
            problems.push(in_glossary(
                *line,
                format!("`{word}` is a term on line {entry}; keep it there or here in `not-terms`"),
            ));
        }
    }
    let pairs = glossary.entries.iter().zip(glossary.entries.iter().skip(1));
    for (before, entry) in pairs.filter(|(before, entry)| before.key() > entry.key()) {
        let mut entries = glossary.entries.iter();
        let place = entries.find(|other| other.key() > entry.key());
        let place = place.map_or(before.term.as_str(), |other| other.term.as_str());
        problems.push(in_glossary(
            entry.line,
            format!(
                "`{}` comes after `{}`, and entries are in the order of the alphabet; put it before `{place}`",
                entry.term, before.term
            ),
        ));
    }
    problems
}

/// Entries whose page does not introduce them, and everyday words on pages that do not have them.
pub(super) fn introductions(glossary: &Glossary, pages: &[Page]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for entry in &glossary.entries {
        let fault = introduction(entry, pages);
        problems.extend(fault.map(|message| in_glossary(entry.line, message)));
        for stem in entry.only_on.iter().flatten() {
            let message = match page_of(pages, stem) {
                None => format!(
                    "`{}` is said to stand on `{stem}`, which is no page of the book{}",
                    entry.term,
                    or_nearest_page(pages, stem)
                ),
                Some(page) if page.speaks_of(&entry.forms()).is_none() => format!(
                    "`{}` does not stand on {}; take that out of its `only-on`",
                    entry.term,
                    display(&page.path)
                ),
                Some(_) => continue,
            };
            problems.push(in_glossary(entry.line, message));
        }
    }
    problems
}

fn introduction(entry: &Entry, pages: &[Page]) -> Option<String> {
    let Entry { term, page, .. } = entry;
    let Some(said) = page_of(pages, page) else {
        let hint = or_nearest_page(pages, page);
        return Some(format!(
            "`{term}` is introduced on `{page}`, which is no page of the book{hint}"
        ));
    };
    let forms = entry.forms();
    let first = pages.iter().find(|page| page.introduces(&forms).is_some());
    let path = display(&said.path);
    match first {
        Some(first) if first.path == said.path => None,
        Some(first) if said.introduces(&forms).is_some() => Some(format!(
            "`{term}` stands in italics on {} before it does on {path}; name the page that comes first",
            display(&first.path)
        )),
        Some(first) => Some(format!(
            "`{term}` does not stand in italics on {path}; name {}, which has it so",
            display(&first.path)
        )),
        None => Some(format!(
            "`{term}` does not stand in italics on {path}; set it so where that page introduces it, or add the form it has there to `also`"
        )),
    }
}

/// Italics that are in neither list, and words of `not-terms` that no page has.
pub(super) fn italics(glossary: &Glossary, pages: &[Page]) -> Vec<Problem> {
    let mut unused: BTreeMap<String, (usize, &str)> = BTreeMap::new();
    for (line, word) in &glossary.not_terms {
        unused.insert(plain(word), (*line, word));
    }
    let terms: Vec<String> = glossary.entries.iter().flat_map(Entry::forms).collect();
    let not_terms: Vec<String> = unused.keys().cloned().collect();
    let mut problems = Vec::new();
    for page in pages {
        for (line, text) in page.parts.iter().flat_map(|part| &part.italics) {
            let text = plain(text);
            unused.remove(&text);
            if terms.contains(&text) || not_terms.contains(&text) {
                continue;
            }
            let known = terms.iter().chain(&not_terms).map(String::as_str);
            let hint = or_nearest(&text, known);
            problems.push(Problem {
                page: page.path.clone(),
                line: *line,
                message: format!(
                    "`{text}` stands in italics, and {} does not know it{hint}; give it an entry there, or put it among its `not-terms`",
                    entries::FILE
                ),
            });
        }
    }
    problems.extend(unused.into_values().map(|(line, word)| {
        in_glossary(
            line,
            format!("`{word}` stands in italics on no page; take it out of `not-terms`"),
        )
    }));
    problems
}

/// Features whose page, heading or file does not exist, and those that are there twice.
pub(super) fn features(features: &Features, pages: &[Page], files: &Files) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    for feature in features.all() {
        let name = &feature.name;
        let mut fault = |message: String| {
            problems.push(Problem {
                page: PathBuf::from(features::FILE),
                line: feature.line,
                message,
            });
        };
        if let Some(line) = known.insert(plain(name), feature.line) {
            fault(format!(
                "`{name}` stands on line {line} already; keep one of the two"
            ));
        }
        match (page_of(pages, &feature.page), &feature.heading) {
            (None, _) => fault(format!(
                "`{name}` is on `{}`, which is no page of the book{}",
                feature.page,
                or_nearest_page(pages, &feature.page)
            )),
            (Some(page), Some(heading)) if !page.ids.contains(heading) => fault(format!(
                "`{name}` is under `#{heading}`, and {} has no such heading{}",
                display(&page.path),
                or_nearest(heading, page.ids.iter().map(String::as_str))
            )),
            _ => {}
        }
        for file in std::iter::once(&feature.file).chain(&feature.infra) {
            if let Err(message) = files.shown(Path::new(""), file) {
                fault(format!("`{name}` names a file, and {message}"));
            }
        }
    }
    problems
}

fn in_glossary(line: usize, message: String) -> Problem {
    Problem {
        page: PathBuf::from(entries::FILE),
        line,
        message,
    }
}
