//! What each rung says that it keeps: `tests/rungs/chNN.toml`. A file for each, so that what was seen of one
//! rung does not go stale when another is declared.

mod build;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use anyhow::{Context, Result, bail, ensure};
use book::workspace::Workspace;
use serde::Deserialize;

use super::database::Kind;
use super::rung::{FILE, Messages, SecondInstance, Till};
use super::{Finding, Promise, Seen, State};

/// A declared state with its reason.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declaration {
    /// What the rung says.
    pub state: State,
    /// Why, in one plain sentence.
    pub reason: String,
    /// For a broken one: words that must stand in what is seen, so that it breaks for the reason given.
    #[serde(default)]
    pub shows: Option<String>,
}

/// A rung as its file describes it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Declared {
    /// The number of its chapter.
    pub number: u8,
    /// A few words for it.
    pub title: String,
    /// The Cargo package.
    pub package: String,
    /// The package whose program starts those of [`Declared::package`], where it is another.
    #[serde(default)]
    pub host: Option<String>,
    /// Packages whose programs it starts besides, and whose examples may stand for it.
    #[serde(default)]
    pub beside: Vec<String>,
    /// Its binary, which may be that of the host.
    pub bin: String,
    /// The Cargo example that is the same shop with bugs.
    pub with_a_bug: String,
    /// A Cargo example, the same shop, that survives every kill and loses what it acknowledged at a power cut.
    #[serde(default)]
    pub loses_at_a_power_cut: Option<String>,
    /// `{root}` in it is the workspace.
    #[serde(default)]
    env: BTreeMap<String, String>,
    #[serde(default)]
    staff_key: Option<String>,
    #[serde(default)]
    messages: Option<Messages>,
    #[serde(default)]
    till: Option<Till>,
    #[serde(default)]
    disk: Option<String>,
    #[serde(default)]
    elsewhere: Option<String>,
    #[serde(default)]
    made_again: Vec<String>,
    #[serde(default)]
    database: Option<Kind>,
    #[serde(default)]
    release: Option<Vec<String>>,
    second_instance: SecondInstance,
    persistence_changed: bool,
    #[serde(default)]
    lists_are_late: bool,
    /// Milliseconds.
    #[serde(default = "soon")]
    kill_within: u64,
    loops: usize,
    #[serde(default)]
    forget: Option<String>,
    #[serde(default)]
    backup: Option<Vec<String>>,
    #[serde(default)]
    restore: Option<Vec<String>>,
    #[serde(default)]
    golden: Option<PathBuf>,
    /// What it says of each promise.
    pub promises: BTreeMap<Promise, Declaration>,
    /// Whether its chapter is still being written: it is asked, and nothing is written down of it, and nobody has a bill yet.
    #[serde(skip)]
    pub is_draft: bool,
}

/// Where the files of the rungs are.
const FOLDER: &str = "tests/rungs";

/// The file of a rung, from the workspace.
#[must_use]
pub fn file(number: u8) -> String {
    format!("{FOLDER}/{}", file_name(number))
}

fn file_name(number: u8) -> String {
    format!("ch{number:02}.toml")
}

/// All rungs in their order, each with a state for every promise.
///
/// # Errors
///
/// When a file cannot be read or is called after another rung, or a rung leaves a promise or a reason out.
pub fn read(workspace: &Workspace) -> Result<Vec<Declared>> {
    read_in(&workspace.root().join(FOLDER))
}

/// Those of chapters that are still being written, if there are any.
///
/// # Errors
///
/// As [`read`].
pub fn drafts(workspace: &Workspace) -> Result<Vec<Declared>> {
    let folder = workspace.root().join(FOLDER).join("draft");
    if !folder.is_dir() {
        return Ok(vec![]);
    }
    let mut rungs = read_in(&folder)?;
    for rung in &mut rungs {
        rung.is_draft = true;
    }
    Ok(rungs)
}

fn read_in(folder: &Path) -> Result<Vec<Declared>> {
    let cannot = || format!("{} cannot be read", folder.display());
    let files = fs::read_dir(folder).with_context(cannot)?;
    let files: io::Result<Vec<PathBuf>> = files.map(|file| Ok(file?.path())).collect();
    let files = files.with_context(cannot)?.into_iter();
    let mut rungs = vec![];
    for path in files.filter(|path| path.extension().is_some_and(|end| end == "toml")) {
        let name = || path.display().to_string();
        let text =
            fs::read_to_string(&path).with_context(|| format!("{} cannot be read", name()))?;
        let rung = parse(&text).with_context(name)?;
        let expected = folder.join(file_name(rung.number));
        ensure!(
            path == expected,
            "{}: rung {} belongs into {}",
            name(),
            rung.number,
            expected.display()
        );
        rungs.push(rung);
    }
    rungs.sort_by_key(|rung| rung.number);
    Ok(rungs)
}

/// The rung of a chapter, which may still be written.
///
/// # Errors
///
/// When there is none; the message names those there are.
pub fn rung(workspace: &Workspace, number: u8) -> Result<Declared> {
    let mut rungs = read(workspace)?;
    rungs.extend(drafts(workspace)?);
    let Some(at) = rungs.iter().position(|rung| rung.number == number) else {
        let known: Vec<String> = rungs.iter().map(|rung| rung.number.to_string()).collect();
        bail!("there is no rung {number}; there are: {}", known.join(", "));
    };
    Ok(rungs.swap_remove(at))
}

fn parse(text: &str) -> Result<Declared> {
    let rung: Declared = toml::from_str(text)?;
    rung.has_one_place()?;
    for promise in Promise::all() {
        let number = rung.number;
        let Some(declaration) = rung.promises.get(&promise) else {
            bail!("rung {number} says nothing of {promise}");
        };
        if !declaration.reason.ends_with('.') {
            bail!("rung {number} gives no reason for {promise}, which is a plain sentence");
        }
        if (declaration.state == State::Broken) != declaration.shows.is_some() {
            bail!(
                "rung {number}, {promise}: `shows` belongs to what is declared broken, and only there"
            );
        }
    }
    let ways = [&rung.backup, &rung.restore];
    let half = ways.iter().filter(|way| way.is_some()).count() == 1;
    let nameless = ways
        .into_iter()
        .flatten()
        .any(|way| !way.iter().any(|word| word.contains(FILE)));
    if half || nameless {
        bail!(
            "rung {}: `backup` and `restore` belong together, and name {FILE}",
            rung.number
        );
    }
    Ok(rung)
}

impl Declared {
    /// Whether it has a database elsewhere.
    #[must_use]
    pub fn has_database(&self) -> bool {
        self.database.is_some()
    }

    /// The key of its staff, if it has a staff.
    #[must_use]
    pub fn staff_key(&self) -> Option<&str> {
        self.staff_key.as_deref()
    }

    /// The files of the workspace that it is told of, from the root.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.env
            .values()
            .filter_map(|text| text.strip_prefix("{root}/"))
    }

    /// What it keeps is on its machine, or in a database elsewhere: what is asked of the one is not asked of the other.
    fn has_one_place(&self) -> Result<()> {
        let number = self.number;
        if self.disk.is_some() == self.database.is_some() {
            bail!(
                "rung {number}: `disk` or `database`: one of them, for what it keeps has one place"
            );
        }
        let shares = self.second_instance == SecondInstance::SameDatabase;
        if self.database.is_none() && (shares || self.release.is_some()) {
            bail!("rung {number}: `same-database` and `release` are for a rung with a `database`");
        }
        Ok(())
    }
}

/// A shop that runs has answered many writes in this time.
fn soon() -> u64 {
    80
}

impl Declaration {
    /// Whether what was seen is what was declared.
    ///
    /// # Errors
    ///
    /// When it is not; the message says what to do.
    pub fn agrees_with(&self, finding: &Finding) -> Result<()> {
        match (self.state, finding.seen) {
            // What is read as "does not arise" was asserted as far as it can be.
            (_, Seen::NotAsked) => bail!("{finding}\nIt must be asked of a rung."),
            (State::Kept | State::DoesNotArise, Seen::Kept) => {}
            (State::Broken, Seen::Broken) => {
                let shows = self.shows.as_deref().unwrap_or_default();
                if !finding.lines.iter().any(|line| line.contains(shows)) {
                    bail!(
                        "{finding}\nIt breaks, but not as its file in tests/rungs says: {shows:?} does not stand there."
                    );
                }
            }
            (declared, _) => bail!(
                "{finding}\ntests/rungs declares it {declared:?}: mend the rung or what it declares."
            ),
        }
        if finding.breaks_contract {
            bail!("{finding}");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
