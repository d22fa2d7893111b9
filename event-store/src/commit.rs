//! The commit: all that one command has decided.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Bytes that an item may have: 400 KB, names of attributes included.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html>
pub const MAX_BYTES: usize = 400 * 1024;

/// Events that a commit may have. `DynamoDB` has no such limit; readers who hold one
/// commit at a time are glad of it.
pub const MAX_EVENTS: usize = 1_000;

/// The name of a stream, such as `pet#01J…`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StreamId(pub String);

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for StreamId {
    fn from(name: &str) -> Self {
        Self(name.to_owned())
    }
}

// ANCHOR: commit
/// All that one command has decided, as it is written.
#[derive(Debug, Clone, PartialEq)]
pub struct Commit {
    /// The stream that it is a part of.
    pub stream: StreamId,
    /// 1, 2, 3, … without a gap.
    pub number: u64,
    /// What has happened, in order.
    pub events: Vec<Record>,
    /// How many events the stream has after it.
    pub holds: u64,
    /// The command by which it came about.
    pub command: Command,
    /// What is known after it, if it was small enough, or if it was time for it.
    pub state: Option<Snapshot>,
    /// When it was decided: milliseconds since 1970, as a [`Duration`].
    pub at: Duration,
    /// What it is a part of, for those who follow a matter through several streams.
    pub correlation: Option<String>,
    /// What has caused it.
    pub causation: Option<String>,
}
// ANCHOR_END: commit

/// An event as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// What it is called.
    pub kind: String,
    /// The version of its fields.
    pub version: u32,
    /// Its fields.
    pub body: Value,
}

impl Record {
    /// An event of this name, in this version of its fields.
    #[must_use]
    pub fn new(kind: &str, version: u32, body: Value) -> Self {
        let kind = kind.to_owned();
        Self {
            kind,
            version,
            body,
        }
    }
}

/// A command, as it is known again: by a key, and by what it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// The idempotency key.
    #[serde(rename = "k")]
    pub key: String,
    /// Differs between commands that differ: some digits of a hash of what was asked for.
    /// Empty, if nobody will repeat it.
    #[serde(rename = "f")]
    pub fingerprint: String,
}

impl Command {
    /// One that nobody will repeat but the store itself, when an answer was lost. It knows
    /// it again, and does not remember it.
    #[must_use]
    pub fn once() -> Self {
        Self {
            key: format!("{:016x}", fastrand::u64(..)),
            fingerprint: String::new(),
        }
    }
}

/// A state as it is written.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// Of its form: [`Stored::STATE`](crate::Stored::STATE).
    pub version: u32,
    /// The state.
    pub body: Value,
    /// The commands that the stream knows again, the oldest first.
    pub known: Vec<Known>,
}

/// A command that a stream knows again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// The command.
    #[serde(flatten)]
    pub command: Command,
    /// The commit that it has led to.
    #[serde(rename = "c")]
    pub number: u64,
    /// When that was decided: milliseconds since 1970.
    #[serde(rename = "t")]
    pub at: u64,
}

impl Commit {
    /// This commit, as one that the stream knows again.
    #[must_use]
    pub fn known(&self) -> Known {
        Known {
            command: self.command.clone(),
            number: self.number,
            at: millis(self.at),
        }
    }
}

/// Milliseconds since 1970.
#[must_use]
pub fn millis(at: Duration) -> u64 {
    u64::try_from(at.as_millis()).unwrap_or(u64::MAX)
}
