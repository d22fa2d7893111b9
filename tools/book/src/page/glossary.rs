//! The glossary and the index: what stands in `book/glossary.toml` and `book/features.toml`, held against the pages.

mod check;
mod entries;
mod features;
mod index;
mod list;
mod reading;

use std::path::Path;

use anyhow::Result;

use super::files::Files;
use super::report::Problem;
use super::source::display;
use crate::generated;
use crate::workspace::Workspace;

use entries::Glossary;
use features::Features;
pub(super) use reading::{Page, read};

/// The directives that are made of all pages; the others of a page are made of files.
pub(super) const DIRECTIVES: [generated::Directive; 2] = [
    generated::Directive {
        name: "glossary",
        takes: "nothing",
        inline: false,
    },
    generated::Directive {
        name: "index",
        takes: "nothing",
        inline: false,
    },
];

/// The two lists; a book may have none of them.
#[derive(Debug, Default)]
pub(super) struct Lists {
    glossary: Option<Glossary>,
    features: Option<Features>,
}

impl Lists {
    /// Reads the two files.
    ///
    /// # Errors
    ///
    /// A file that is not valid, an unknown key, an entry that says nothing.
    pub(super) fn load(workspace: &Workspace) -> Result<Self> {
        Ok(Self {
            glossary: entries::load(workspace)?,
            features: features::load(workspace)?,
        })
    }

    /// What does not hold between the lists, the pages and the files.
    pub(super) fn faults(&self, pages: &[Page], files: &Files) -> Vec<Problem> {
        let mut problems = Vec::new();
        if let Some(glossary) = &self.glossary {
            problems.extend(check::form(glossary));
            problems.extend(check::introductions(glossary, pages));
            problems.extend(check::italics(glossary, pages));
        }
        if let Some(features) = &self.features {
            problems.extend(check::features(features, pages, files));
        }
        problems
    }

    /// The HTML of `{{#glossary}}` or `{{#index}}`; `here` is the page it stands on.
    ///
    /// # Errors
    ///
    /// An argument, or a list that is not there.
    pub(super) fn html(
        &self,
        name: &str,
        argument: &str,
        pages: &[Page],
        here: &Path,
        repository: Option<&str>,
    ) -> Result<String, String> {
        if !argument.is_empty() {
            return Err(format!("{{{{#{name} {argument}}}}}: it takes nothing"));
        }
        let missing = |file: &str| format!("{{{{#{name}}}}}: there is no {file}");
        let glossary = self.glossary.as_ref();
        let glossary = glossary.ok_or_else(|| missing(entries::FILE))?;
        if name == "glossary" {
            return Ok(list::html(glossary, pages));
        }
        let features = self.features.as_ref();
        let features = features.ok_or_else(|| missing(features::FILE))?;
        let others: Vec<&Page> = pages.iter().filter(|page| page.path != here).collect();
        Ok(index::by_term(glossary, &others) + &index::by_feature(features, pages, repository))
    }
}

/// The page with this stem: `ch07-events` for `book/ch07-events.md`.
fn page_of<'a>(pages: &'a [Page], stem: &str) -> Option<&'a Page> {
    pages.iter().find(|page| page.stem() == stem)
}

/// The end of a message about a page that does not exist.
fn or_nearest_page(pages: &[Page], stem: &str) -> String {
    crate::nearest::or_nearest(stem, pages.iter().map(Page::stem))
}

/// Where a link to a part of a page leads; without an id it leads to the page's beginning.
fn address(page: &Page, id: Option<&str>) -> String {
    let path = display(Path::new(page.stem()));
    match id {
        Some(id) => format!("{path}.html#{id}"),
        None => format!("{path}.html"),
    }
}
