//! A page as the runner sees it.

use std::path::Path;

use book::page::{Checker, Listing, directives};
use book::session::{Action, Block, Command, Kind, read};
use book::workspace::{Chapter, Workspace};

use anyhow::{Result, bail};

use super::report::Failure;

/// A page with all that can be run of it.
#[derive(Debug, Clone)]
pub struct Page {
    /// `ch01-bare-server`.
    pub name: String,
    /// `book/ch01-bare-server.md`.
    pub path: String,
    /// The number of its chapter, and the crate of it, if it belongs to one.
    pub chapter: Option<Chapter>,
    /// Its Markdown.
    pub text: String,
    /// Its fenced blocks.
    pub(super) blocks: Vec<Block>,
    /// Its listings that bear a badge.
    pub(super) badged: Vec<Listing>,
    /// What could not be read.
    pub(super) faults: Vec<Failure>,
}

impl Page {
    /// Reads a page; `path` is relative to the root of the workspace.
    #[must_use]
    pub fn new(path: &Path, text: String, chapters: &[Chapter]) -> Self {
        let name = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let (blocks, faults) = read(&text);
        let mut faults: Vec<_> = faults
            .into_iter()
            .map(|fault| Failure::new(fault.line, fault.message))
            .collect();
        if let Some(at) = text.lines().position(|_| text.contains('\r')) {
            faults.push(Failure::new(
                at + 1,
                "the page has Windows line ends; the book's end with a line feed",
            ));
        }
        let mut badged = Vec::new();
        for directive in directives(&text)
            .iter()
            .filter(|directive| directive.name == "listing")
        {
            match Listing::parse(directive) {
                Ok(listing) if listing.badge.is_some() => badged.push(listing),
                Ok(_) => {}
                Err(fault) => faults.push(Failure::new(fault.line, fault.message)),
            }
        }
        let prefix = name.split('-').next().unwrap_or_default();
        let chapter = chapters.iter().find(|chapter| chapter.prefix() == prefix);
        Self {
            chapter: chapter.cloned(),
            path: path.to_string_lossy().replace('\\', "/"),
            name,
            text,
            blocks,
            badged,
            faults,
        }
    }

    /// What is typed on the page, with its line.
    pub(super) fn typed(&self) -> impl Iterator<Item = (usize, String)> {
        self.consoles()
            .flat_map(|(_, _, commands)| commands)
            .filter(|command| matches!(command.action, Action::Run(_)))
            .map(|command| (command.line, command.text()))
    }

    /// The sessions of the page: block, terminal, commands.
    pub(super) fn consoles(&self) -> impl Iterator<Item = (&Block, Option<&str>, &[Command])> {
        self.blocks.iter().filter_map(|block| match &block.kind {
            Kind::Console { terminal, commands } => {
                Some((block, terminal.as_deref(), commands.as_slice()))
            }
            _ => None,
        })
    }
}

/// The pages of the book, those that `wanted` names; all if it names none. A page is named by its name, its path or the number of
/// its chapter.
///
/// # Errors
///
/// When the book cannot be read, or there is no such page.
pub fn pages(workspace: &Workspace, wanted: &[String]) -> Result<Vec<Page>> {
    let chapters = workspace.chapters()?;
    let (texts, _) = Checker::new(workspace)?.pages()?;
    let all: Vec<Page> = texts
        .into_iter()
        .map(|(path, text)| Page::new(&path, text, &chapters))
        .collect();
    for name in wanted {
        if !all.iter().any(|page| page.is_called(name)) {
            let known: Vec<&str> = all.iter().map(|page| page.name.as_str()).collect();
            bail!(
                "there is no page or chapter {name}; there are: {}",
                known.join(", ")
            );
        }
    }
    let is_wanted =
        |page: &Page| wanted.is_empty() || wanted.iter().any(|name| page.is_called(name));
    Ok(all.into_iter().filter(is_wanted).collect())
}

impl Page {
    fn is_called(&self, wanted: &str) -> bool {
        let number = self
            .name
            .strip_prefix("ch")
            .and_then(|rest| rest.split('-').next());
        let number = number.and_then(|digits| digits.parse::<u8>().ok());
        self.name == wanted
            || self.path == wanted
            || number.is_some_and(|number| wanted.parse() == Ok(number))
    }
}
