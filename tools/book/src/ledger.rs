//! The ledger: what a rung still has you run. The counted half stands in `book/measured/ledger.json`,
//! written by `cargo book measure ledger`.

use serde::{Deserialize, Serialize};

/// What one rung runs, counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rung {
    /// The number of the rung, which is its chapter's.
    pub rung: u8,
    /// The crate of the chapter.
    pub name: String,
    /// Lines of the chapter's own Rust code that runs: without blank lines, comments and tests.
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
    /// Lines of Rust in its `src/`, without blank lines and comments.
    pub lines: u64,
}

impl Rung {
    /// Lines of third-party code in the process.
    #[must_use]
    pub fn third_party_lines(&self) -> u64 {
        self.third_party.iter().map(|one| one.lines).sum()
    }
}
