//! Which chapters are meant: `5`, or `8-11`.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use anyhow::Result;

use crate::cli::run;
use crate::workspace::{Chapter, Workspace};

/// The crate that lies beside the chapters', and the one in which it is written.
const STORE: (&str, u8) = ("event-store", 8);

/// One chapter, or some in a row, by their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) struct Chapters {
    first: u8,
    last: u8,
}

impl FromStr for Chapters {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        match (first.parse(), last.parse()) {
            (Ok(first), Ok(last)) if first > last => Err("the first chapter is the lower number"),
            (Ok(first), Ok(last)) => Ok(Self { first, last }),
            _ => Err("a chapter is meant by its number, such as 1, and some in a row by 8-11"),
        }
    }
}

impl fmt::Display for Chapters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.first, self.last)
    }
}

impl Chapters {
    /// Each with its crate, if it has one.
    ///
    /// # Errors
    ///
    /// When there is one of them not.
    pub(super) fn find(self, workspace: &Workspace) -> Result<Vec<(u8, Option<Chapter>)>> {
        let numbers = self.first..=self.last;
        numbers
            .map(|number| run::pages_of(workspace, number))
            .collect()
    }

    /// Whether a crate or a page of this name is of one of them.
    pub(super) fn hold(self, name: &str) -> bool {
        let number = match Chapter::from_name(name) {
            Some(chapter) => Some(chapter.number),
            None => (name == STORE.0).then_some(STORE.1),
        };
        number.is_some_and(|number| (self.first..=self.last).contains(&number))
    }

    /// What a run of promises or pages is told, so that those of no other chapter are among them, and no page that is of none.
    pub(super) fn skip(self, workspace: &Workspace) -> Result<Vec<String>> {
        let mut pages = workspace.pages()?;
        pages.retain(|page| !self.hold(page));
        let begin = |page: String| match Chapter::from_name(&page) {
            Some(chapter) => chapter.prefix(),
            None => page,
        };
        let others: BTreeSet<String> = pages.into_iter().map(begin).collect();
        let words = others.into_iter().flat_map(|name| ["--skip".into(), name]);
        Ok(words.collect())
    }
}
