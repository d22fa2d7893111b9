//! The ledger: what a rung still has you run. The counted half stands in `book/measured/ledger.json`,
//! written by `cargo book measure ledger`.

use anyhow::{Context, Result, anyhow};
use serde::{Deserialize, Serialize};

use crate::measured::{self, Measured};
use crate::responsibility::{self, Responsibilities};
use crate::workspace::Workspace;

/// All rungs that have been counted, with what they declare.
#[derive(Debug, Clone)]
pub struct Ledger {
    /// The measured file: when, where and how it was counted.
    pub file: Measured,
    /// The rungs, in order.
    pub entries: Vec<Entry>,
}

/// One rung of the ledger.
#[derive(Debug, Clone)]
pub struct Entry {
    /// What was counted.
    pub counted: Rung,
    /// What is declared.
    pub declared: responsibility::Declared,
}

/// What one rung runs, counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rung {
    /// The number of the rung, which is its chapter's.
    pub rung: u8,
    /// The crate of the chapter.
    pub name: String,
    /// Lines of your Rust code that runs, the chapter's own and what it takes over from earlier ones: without blank lines, comments
    /// and tests.
    pub code: u64,
    /// Lines of its tests, counted alike.
    pub tests: u64,
    /// Lines of hand-written configuration.
    pub configuration: u64,
    /// The crates of others in the process. The standard library is not among them.
    pub third_party: Vec<ThirdParty>,
    /// The processes of yours that must be up for the shop to be open.
    pub processes: Vec<String>,
}

/// A crate of somebody else's in the process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ThirdParty {
    /// Its name.
    pub name: String,
    /// The version in `Cargo.lock`.
    pub version: String,
    /// Lines of Rust in its `src/`, and of the C that it brings and compiles, without blank lines and comments.
    pub lines: u64,
}

impl Ledger {
    /// Reads `book/measured/ledger.json` and `book/responsibility.toml`.
    ///
    /// # Errors
    ///
    /// When one is missing or not well formed, or when a rung was counted that declares nothing.
    pub fn load(workspace: &Workspace) -> Result<Self> {
        let file = measured::load(workspace, "ledger")?;
        Self::of(file, &Responsibilities::load(workspace)?)
    }

    /// The ledger of a measured file and declarations.
    ///
    /// # Errors
    ///
    /// When a rung was counted that declares nothing.
    pub fn of(file: Measured, declared: &Responsibilities) -> Result<Self> {
        let entry = |counted: &Rung| {
            let declared = declared
                .rung(counted.rung)
                .context("book/measured/ledger.json has it")?;
            Ok(Entry {
                counted: counted.clone(),
                declared: declared.clone(),
            })
        };
        let mut entries = file.rungs.iter().map(entry).collect::<Result<Vec<_>>>()?;
        entries.sort_by_key(|entry| entry.counted.rung);
        Ok(Self { file, entries })
    }

    /// The entry of a rung.
    ///
    /// # Errors
    ///
    /// When the rung was not counted; the message names those that were.
    pub fn rung(&self, number: u8) -> Result<&Entry> {
        let known: Vec<String> = self
            .entries
            .iter()
            .map(|entry| entry.counted.rung.to_string())
            .collect();
        self.entries.iter().find(|entry| entry.counted.rung == number).ok_or_else(|| {
            anyhow!("the ledger has no rung {number}; it has: {}. Count with `cargo book measure ledger`", known.join(", "))
        })
    }

    /// The entry of the rung before, when there is one.
    #[must_use]
    pub fn before(&self, number: u8) -> Option<&Entry> {
        self.entries
            .iter()
            .rev()
            .find(|entry| entry.counted.rung < number)
    }
}

impl Rung {
    /// Lines of third-party code in the process.
    #[must_use]
    pub fn third_party_lines(&self) -> u64 {
        self.third_party.iter().map(|one| one.lines).sum()
    }
}
