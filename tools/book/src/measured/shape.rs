//! The shape of a measured file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, Serializer};

use super::Date;
use crate::ledger::Rung;

/// One file of figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// The machine, as [`machine`](super::machine) names it: no host name, no user name.
    pub machine: String,
    /// The day of the measurement, UTC, `YYYY-MM-DD`.
    pub date: Date,
    /// The command that takes these figures again.
    pub command: String,
    /// What was measured.
    pub sources: Sources,
    /// Single figures by key.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, Value>,
    /// Tables by key.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tables: BTreeMap<String, Table>,
    /// The rung that the promises below were put to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rung: Option<u8>,
    /// What was seen of each promise; only in `chNN-promises.json`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub promises: Vec<Asked>,
    /// What each rung runs; only in `ledger.json`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rungs: Vec<Rung>,
}

/// What was measured: paths below the root, and a hash of what was in them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sources {
    /// Files and folders, relative to the root, with `/`.
    pub paths: Vec<String>,
    /// [`hash_of`](super::hash_of) these paths on the day.
    pub hash: String,
    /// The hash of each file (shortened), so that a stale file can say which one changed.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<String, String>,
}

/// One figure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Value {
    /// The number, unrounded.
    #[serde(serialize_with = "whole_numbers_without_a_point")]
    pub value: f64,
    /// `ns`, `µs`, `ms`, `s`, `B`, `KiB`, `MiB`, `%`, `/s`, or the noun that is counted (`lines`).
    pub unit: String,
    /// What it is, in plain words: the sentence that a reader sees over the figure.
    pub what: String,
}

/// A table of figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// What the table shows, in plain words.
    pub what: String,
    /// The columns, from the left.
    pub columns: Vec<Column>,
    /// The rows; each has as many cells as there are columns.
    pub rows: Vec<Vec<Cell>>,
    /// What a reader must know to read the table rightly.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Its heading.
    pub name: String,
    /// The unit of its numbers, as in [`Value::unit`]; empty for a column of words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unit: String,
}

/// A cell of a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Cell {
    /// A number in the unit of its column.
    Number(#[serde(serialize_with = "whole_numbers_without_a_point")] f64),
    /// Words.
    Words(String),
}

/// One promise, as it was put to a rung.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// `P3`.
    pub promise: String,
    /// The promise in a few words.
    pub title: String,
    /// What `tests/rungs` says of it.
    pub declared: Declared,
    /// Why, as `tests/rungs` says.
    pub reason: String,
    /// What the run saw.
    pub seen: Seen,
    /// What it saw, in one or two plain lines.
    #[serde(default)]
    pub lines: Vec<String>,
}

/// What a rung says of a promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Declared {
    /// The rung keeps it.
    Kept,
    /// The rung breaks it.
    Broken,
    /// The rung has nothing that the promise is about.
    DoesNotArise,
}

/// What a run saw of a promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Seen {
    /// It was kept.
    Kept,
    /// It was broken.
    Broken,
    /// Nobody asked.
    NotAsked,
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn whole_numbers_without_a_point<S: Serializer>(
    value: &f64,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if value.fract() == 0.0 && value.abs() < EXACT {
        #[allow(clippy::cast_possible_truncation, reason = "a whole number below 2^53")]
        let whole = *value as i64;
        serializer.serialize_i64(whole)
    } else {
        serializer.serialize_f64(*value)
    }
}
