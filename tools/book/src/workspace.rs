//! Where things are: the root of the workspace, the chapters and their pages.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// The checkout that the program works on.
#[derive(Debug, Clone)]
pub struct Workspace {
    root: PathBuf,
}

/// One rung of the ladder: a crate below `chapters-code/` and its pages below `book/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chapter {
    /// The number in the crate's name: 1 for `ch01-bare-server`.
    pub number: u8,
    /// The name of the crate, which is also the name of its folder.
    pub name: String,
}

impl Workspace {
    /// Finds the root: the folder that `BOOK_ROOT` names, or else the nearest one with a `book.toml`,
    /// from the current folder upwards.
    ///
    /// # Errors
    ///
    /// When no such folder exists; the message says where it looked.
    pub fn find() -> Result<Self> {
        if let Some(root) = std::env::var_os("BOOK_ROOT").filter(|root| !root.is_empty()) {
            return Self::at(Path::new(&root)).context("BOOK_ROOT is set");
        }
        let here = std::env::current_dir().context("the current folder cannot be read")?;
        match here.ancestors().find(|dir| dir.join("book.toml").is_file()) {
            Some(root) => Self::at(root),
            None => bail!(
                "no book.toml in {} or a folder above it: run this inside a clone of the book",
                here.display()
            ),
        }
    }

    /// The workspace whose root is `root`.
    ///
    /// # Errors
    ///
    /// When `root` has no `book.toml`.
    pub fn at(root: &Path) -> Result<Self> {
        if !root.join("book.toml").is_file() {
            bail!("{} has no book.toml", root.display());
        }
        let root = root
            .canonicalize()
            .with_context(|| format!("{} cannot be resolved", root.display()))?;
        Ok(Self { root })
    }

    /// The folder with the workspace's `Cargo.toml` and `book.toml`.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// `text` with the root in the place of each `{root}`: what a program is told of a file of the workspace.
    #[must_use]
    pub fn told(&self, text: &str) -> String {
        text.replace("{root}", &self.root.display().to_string())
    }

    /// The folder with the pages.
    #[must_use]
    pub fn book(&self) -> PathBuf {
        self.root.join("book")
    }

    /// The names of all pages, as `ch01-bare-server`, in order. `SUMMARY`, the list of them, is none.
    ///
    /// # Errors
    ///
    /// When `book/` cannot be read.
    pub fn pages(&self) -> Result<Vec<String>> {
        let folder = self.book();
        let entries = fs::read_dir(&folder)
            .with_context(|| format!("{} cannot be read", folder.display()))?;
        let mut pages = Vec::new();
        for entry in entries {
            let name = entry?.file_name();
            let name = name.to_str().and_then(|name| name.strip_suffix(".md"));
            pages.extend(name.filter(|name| *name != "SUMMARY").map(str::to_owned));
        }
        pages.sort();
        Ok(pages)
    }

    /// All chapters that have a crate, in order.
    ///
    /// # Errors
    ///
    /// When `chapters-code/` cannot be read.
    pub fn chapters(&self) -> Result<Vec<Chapter>> {
        let dir = self.root.join("chapters-code");
        let entries =
            fs::read_dir(&dir).with_context(|| format!("{} cannot be read", dir.display()))?;
        let mut chapters = Vec::new();
        for entry in entries {
            let name = entry?.file_name();
            chapters.extend(name.to_str().and_then(Chapter::from_name));
        }
        chapters.sort_by_key(|chapter| chapter.number);
        Ok(chapters)
    }

    /// The chapter with this number.
    ///
    /// # Errors
    ///
    /// When there is none; the message names the ones there are.
    pub fn chapter(&self, number: u8) -> Result<Chapter> {
        let chapters = self.chapters()?;
        if let Some(chapter) = chapters.iter().find(|chapter| chapter.number == number) {
            return Ok(chapter.clone());
        }
        let known: Vec<String> = chapters.iter().map(Chapter::to_string).collect();
        bail!(
            "there is no chapter {number}; there are: {}",
            known.join(", ")
        )
    }

    /// The chapter with this number that has pages, and its crate, if it has one.
    ///
    /// # Errors
    ///
    /// When there is none; the message names the ones there are.
    pub fn pages_of(&self, number: u8) -> Result<(u8, Option<Chapter>)> {
        let pages = self.pages()?;
        let pages = pages.iter().filter_map(|name| Chapter::from_name(name));
        let mut known: BTreeMap<u8, Option<Chapter>> =
            pages.map(|page| (page.number, None)).collect();
        for chapter in self.chapters()? {
            known.insert(chapter.number, Some(chapter));
        }
        if let Some(chapter) = known.remove(&number) {
            return Ok((number, chapter));
        }
        let known = known.iter().map(|(number, chapter)| match chapter {
            Some(chapter) => chapter.to_string(),
            None => format!("{number} (pages alone)"),
        });
        let known: Vec<String> = known.collect();
        bail!(
            "there is no chapter {number}; there are: {}",
            known.join(", ")
        )
    }
}

impl Chapter {
    /// Reads `ch01-bare-server`; `None` for any other shape of name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let (number, rest) = name.strip_prefix("ch")?.split_once('-')?;
        if number.len() != 2 || rest.is_empty() {
            return None;
        }
        let number = number.parse().ok()?;
        Some(Self {
            number,
            name: name.to_owned(),
        })
    }

    /// `ch01`, the beginning of its crate's and its pages' names.
    #[must_use]
    pub fn prefix(&self) -> String {
        format!("ch{:02}", self.number)
    }
}

impl fmt::Display for Chapter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.number, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chapter_may_have_pages_and_no_crate() {
        let dir = tempfile::tempdir().unwrap();
        for folder in ["book", "chapters-code/ch01-a"] {
            fs::create_dir_all(dir.path().join(folder)).unwrap();
        }
        for file in [
            "book.toml",
            "book/ch01-a.md",
            "book/ch02-b.md",
            "book/ch03-c.svg",
        ] {
            fs::write(dir.path().join(file), "").unwrap();
        }
        let workspace = Workspace::at(dir.path()).unwrap();
        let (number, chapter) = workspace.pages_of(1).unwrap();
        assert_eq!((number, chapter.unwrap().name.as_str()), (1, "ch01-a"));
        assert_eq!(workspace.pages_of(2).unwrap(), (2, None));
        assert_eq!(
            workspace.pages_of(3).unwrap_err().to_string(),
            "there is no chapter 3; there are: 1 (ch01-a), 2 (pages alone)"
        );
    }

    #[test]
    fn a_chapter_is_read_from_the_name_of_its_crate() {
        let chapter = Chapter::from_name("ch01-bare-server").unwrap();
        assert_eq!((chapter.number, chapter.prefix().as_str()), (1, "ch01"));
        for other in ["ch1-x", "ch01", "ch01-", "chapter-01", "peers", "chxx-a"] {
            assert_eq!(Chapter::from_name(other), None, "{other}");
        }
    }
}
