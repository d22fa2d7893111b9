//! The measured files: figures that a program took down, with the machine, the date and the command,
//! and with a hash of what was measured.
//!
//! They are `book/measured/NAME.json`. A page asks for one figure as `NAME.KEY`.

mod date;
mod format;
mod hash;
mod machine;
mod shape;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};

pub use date::{Date, today};
pub use format::{count, human, human_number, splits_unit_off};
pub use hash::{hash_of, hashes_of};
pub use machine::{load_average, machine};
pub use shape::{Asked, Cell, Column, Declared, Measured, Seen, Sources, Table, Value};

use crate::nearest;
use crate::workspace::Workspace;

/// Figures that were taken from something that has changed since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stale {
    /// The measured file, relative to the root.
    pub file: String,
    /// What changed: `src/journal.rs changed`, `src/lock.rs is new`, `src/old.rs is gone`.
    pub changes: Vec<String>,
    /// The command that measures again.
    pub command: String,
}

impl fmt::Display for Stale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} is stale: {}. Measure again with `{}`",
            self.file,
            self.changes.join(", "),
            self.command
        )
    }
}

/// The folder of the measured files.
#[must_use]
pub fn folder(workspace: &Workspace) -> PathBuf {
    workspace.book().join("measured")
}

/// Reads `book/measured/NAME.json`.
///
/// # Errors
///
/// When there is none (the message gives the nearest name that exists), or when it is not of the shape.
pub fn load(workspace: &Workspace, name: &str) -> Result<Measured> {
    let path = folder(workspace).join(format!("{name}.json"));
    if !path.is_file() {
        let known = names(workspace)?;
        return Err(anyhow!(
            "there is no measured file book/measured/{name}.json; {}",
            nearest::hint(name, known.iter().map(String::as_str))
        ));
    }
    read(&path)
}

/// Reads all measured files, by name.
///
/// # Errors
///
/// When one cannot be read or is not of the shape; the message names it.
pub fn load_all(workspace: &Workspace) -> Result<BTreeMap<String, Measured>> {
    names(workspace)?
        .into_iter()
        .map(|name| Ok((name.clone(), load(workspace, &name)?)))
        .collect()
}

/// The figure `NAME.KEY`, with the file that it stands in.
///
/// # Errors
///
/// When the file or the key does not exist; the message gives the nearest that does.
pub fn figure(workspace: &Workspace, path: &str) -> Result<(Measured, Value)> {
    let (measured, key) = file_and_key(workspace, path)?;
    let value = measured.values.get(&key).cloned().ok_or_else(|| {
        anyhow!(
            "there is no figure `{path}`; {}",
            nearest::hint(&key, measured.values.keys().map(String::as_str))
        )
    })?;
    Ok((measured, value))
}

/// The table `NAME.KEY`, with the file that it stands in.
///
/// # Errors
///
/// As for [`figure`].
pub fn table(workspace: &Workspace, path: &str) -> Result<(Measured, Table)> {
    let (measured, key) = file_and_key(workspace, path)?;
    let table = measured.tables.get(&key).cloned().ok_or_else(|| {
        anyhow!(
            "there is no table `{path}`; {}",
            nearest::hint(&key, measured.tables.keys().map(String::as_str))
        )
    })?;
    Ok((measured, table))
}

/// Which of the measured files are stale.
///
/// # Errors
///
/// When a file cannot be read.
pub fn stale_files(workspace: &Workspace) -> Result<Vec<Stale>> {
    let mut all = Vec::new();
    for (name, measured) in load_all(workspace)? {
        all.extend(measured.stale(workspace, &name)?);
    }
    Ok(all)
}

impl Measured {
    /// An empty file for figures taken today on this machine from `paths`.
    ///
    /// # Errors
    ///
    /// When a path cannot be read.
    pub fn begin(workspace: &Workspace, command: &str, paths: &[&str]) -> Result<Self> {
        Ok(Self {
            machine: machine(workspace.root()),
            date: today(),
            command: command.to_owned(),
            sources: Sources::of(workspace.root(), paths)?,
            values: BTreeMap::new(),
            tables: BTreeMap::new(),
            rung: None,
            promises: Vec::new(),
            rungs: Vec::new(),
        })
    }

    /// Puts a figure down.
    pub fn put(&mut self, key: &str, value: f64, unit: &str, what: &str) {
        self.values.insert(
            key.to_owned(),
            Value {
                value,
                unit: unit.to_owned(),
                what: what.to_owned(),
            },
        );
    }

    /// Writes `book/measured/NAME.json`.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn save(&self, workspace: &Workspace, name: &str) -> Result<PathBuf> {
        let dir = folder(workspace);
        fs::create_dir_all(&dir).with_context(|| format!("{} cannot be made", dir.display()))?;
        let path = dir.join(format!("{name}.json"));
        let mut text = serde_json::to_string_pretty(self)?;
        text.push('\n');
        fs::write(&path, text).with_context(|| format!("{} cannot be written", path.display()))?;
        Ok(path)
    }

    /// Says whether what was measured has changed since; `name` is the file's own.
    ///
    /// # Errors
    ///
    /// When a source exists and cannot be read. A source that is gone makes the file stale.
    pub fn stale(&self, workspace: &Workspace, name: &str) -> Result<Option<Stale>> {
        let root = workspace.root();
        let stale = |changes| Stale {
            file: format!("book/measured/{name}.json"),
            changes,
            command: self.command.clone(),
        };
        let (there, gone): (Vec<_>, Vec<_>) =
            (self.sources.paths.iter()).partition(|path| root.join(path).exists());
        if !gone.is_empty() {
            let changes = gone.iter().map(|path| format!("{path} is gone")).collect();
            return Ok(Some(stale(changes)));
        }
        let there: Vec<&str> = there.into_iter().map(String::as_str).collect();
        let now = Sources::of(root, &there)?;
        if now.hash == self.sources.hash {
            return Ok(None);
        }
        let changes = if self.sources.files.is_empty() {
            vec![format!("something in {} changed", there.join(", "))]
        } else {
            changes(&self.sources.files, &now.files)
        };
        Ok(Some(stale(changes)))
    }
}

impl Sources {
    /// The sources as they are now.
    ///
    /// # Errors
    ///
    /// When a path cannot be read.
    pub fn of(root: &Path, paths: &[&str]) -> Result<Self> {
        Ok(Self {
            paths: paths.iter().map(|&path| path.to_owned()).collect(),
            hash: hash_of(root, paths)?,
            files: hashes_of(root, paths)?,
        })
    }
}

fn changes(then: &BTreeMap<String, String>, now: &BTreeMap<String, String>) -> Vec<String> {
    let mut changes = Vec::new();
    for (file, hash) in now {
        match then.get(file) {
            None => changes.push(format!("{file} is new")),
            Some(old) if old != hash => changes.push(format!("{file} changed")),
            Some(_) => {}
        }
    }
    let gone = then.keys().filter(|file| !now.contains_key(*file));
    changes.extend(gone.map(|file| format!("{file} is gone")));
    if changes.is_empty() {
        changes.push("the list of its sources changed".to_owned());
    }
    changes
}

fn file_and_key(workspace: &Workspace, path: &str) -> Result<(Measured, String)> {
    let (name, key) = path.split_once('.').with_context(|| {
        format!(
            "`{path}` is not FILE.KEY, as `ch01.decide_us` is for a key of book/measured/ch01.json"
        )
    })?;
    Ok((load(workspace, name)?, key.to_owned()))
}

fn names(workspace: &Workspace) -> Result<Vec<String>> {
    let dir = folder(workspace);
    if !dir.is_dir() {
        return Ok(Vec::new());
    }
    let mut names = Vec::new();
    for entry in fs::read_dir(&dir).with_context(|| format!("{} cannot be read", dir.display()))? {
        let name = entry?.file_name();
        let stem = name.to_str().and_then(|name| name.strip_suffix(".json"));
        names.extend(stem.map(str::to_owned));
    }
    names.sort();
    Ok(names)
}

fn read(path: &Path) -> Result<Measured> {
    let text =
        fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    serde_json::from_str(&text)
        .map_err(|error| anyhow!("{}:{}: {error}", path.display(), error.line()))
}
