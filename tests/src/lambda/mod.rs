//! The shop at AWS Lambda: the template of each chapter, put before the programs that read it, and held against the
//! tables of the function host and the tables of the database that a release makes.

pub mod alarms;
mod calls;
mod chapter;
mod grants;
mod idle;
mod noticed;
pub mod parameters;
mod queues;
mod recorder;
mod schema;
mod sources;
mod stranger;
mod table;
mod template;
mod watch;
mod wiring;

pub use chapter::{
    CHAPTER_5, CHAPTER_6, CHAPTER_7, CHAPTER_8, CHAPTER_9, CHAPTER_10, CHAPTER_11, CHAPTERS,
    Chapter, Tables,
};
pub use grants::Grants;
pub use idle::{Idle, idle};
pub use noticed::Checks;
pub use recorder::Recorder;
pub use schema::{Plan, made, outlives, planned, unplanned};
pub use sources::{Sources, sources};
pub use stranger::stranger_month;
pub use table::Table;
pub use template::Template;
pub use watch::{Watch, cargo_lambda, command};
pub use wiring::{Seen, differences, excesses, other_sources};

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::infra::accepted;
use crate::programs;

/// What is deployed, by the names of the functions.
pub type Functions = BTreeMap<String, Function>;

/// A function, as far as the host and AWS have to agree about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// Its program: `lambda-counter`.
    pub program: String,
    /// Which of the program's functions it is, as `_HANDLER` says.
    pub handler: String,
    /// In seconds.
    pub timeout: u64,
    /// In MB.
    pub memory: u64,
    /// The variables that it is given, beyond those that every function has.
    pub variables: BTreeSet<String>,
    /// Those of them that name a table, each with what that is called in the template.
    pub tables: BTreeMap<String, String>,
    /// The requests that lead to it: `GET /pets/{id}`.
    pub routes: BTreeSet<String>,
    /// The events that do: the patterns of the rules by their names.
    pub rules: BTreeMap<String, Value>,
}

/// The linter of templates that `cargo book fetch` brings; `None` where it is missing, and then standard error says what is
/// not checked.
///
/// # Errors
///
/// When it is missing and `BOOK_REQUIRE_ALL=1` asks for everything.
pub fn linter() -> Result<Option<PathBuf>> {
    fetched("cfn-lint", "cfn-lint")
}

/// The program `name` of what `cargo book fetch` has put into the folder `tool`, and of no other version.
fn fetched(tool: &str, name: &str) -> Result<Option<PathBuf>> {
    let bin = programs::root().join("target/tools").join(tool).join("bin");
    let program = bin.join(name);
    if program.is_file() {
        return Ok(Some(program));
    }
    let why = format!("{tool} is missing (`cargo book fetch` brings it)");
    programs::left_out(&why)?;
    eprintln!("not checked: {why}");
    Ok(None)
}

/// The template in `file` in its long form, as AWS's own translator makes it; `None` where that is missing.
///
/// # Errors
///
/// When the translator refuses it, with its words.
pub fn translated(file: &Path) -> Result<Option<Value>> {
    let Some(python) = fetched("cfn-lint", "python")? else {
        return Ok(None);
    };
    let script = programs::root().join("tests/lambda/translate.py");
    let said = accepted(Command::new(python).arg(script).arg(file))?;
    let long = serde_json::from_str(&said).with_context(|| said.clone())?;
    Ok(Some(long))
}
