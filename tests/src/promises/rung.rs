//! A rung of the ladder as something that we can start, stop, kill, restart and rob of its disk.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context;
use book::money::Money;
use serde::Deserialize;
use tempfile::TempDir;

pub use super::running::Running;
use super::{Check, Stop};

/// What a second instance of the shop shares with the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecondInstance {
    /// Nothing: it is another machine, with a disk of its own.
    OwnDisk,
    /// The first one's disk.
    SameDisk,
}

/// What stands for the backup in the arguments of a rung's program.
pub const FILE: &str = "{file}";

/// A rung whose programs are built.
#[derive(Debug, Clone)]
pub struct Rung {
    /// The number of its chapter.
    pub number: u8,
    /// The shop's program.
    pub program: PathBuf,
    /// The same shop with the routes `/bugs/panic`, `/bugs/abort` and `/bugs/loop`.
    pub with_a_bug: PathBuf,
    /// What its environment holds besides.
    pub env: BTreeMap<String, String>,
    /// The variable that names its directory on the machine's disk.
    pub disk: String,
    /// The variable that names storage that is not on the machine, if there is any.
    pub elsewhere: Option<String>,
    /// What a second instance shares with the first.
    pub second_instance: SecondInstance,
    /// How many moments P4 kills it at: 200 where persistence changed, else 20.
    pub kills: u32,
    /// How many requests loop for ever in P9: more than any cap that the rung has.
    pub loops: usize,
    /// How to have a person forgotten, as `DELETE /customers/{customer}`, if the rung knows a way.
    pub forget: Option<String>,
    /// The arguments that make its program write a backup to `{file}` while the shop runs, if it knows a way.
    pub backup: Option<Vec<String>>,
    /// Those that make it put that in the place of what is lost.
    pub restore: Option<Vec<String>>,
    /// What it costs in a month in which nobody comes, storage not counted, as far as that is declared.
    pub idle_month: Option<Money>,
    /// A directory of data that this rung wrote long ago.
    pub golden: Option<PathBuf>,
}

/// A machine for a rung: its disk, and what it stores elsewhere.
#[derive(Debug)]
pub struct Machine<'a> {
    rung: &'a Rung,
    dir: TempDir,
}

impl Rung {
    /// An empty machine.
    ///
    /// # Errors
    ///
    /// When there is no room for a temporary directory.
    pub fn machine(&self) -> anyhow::Result<Machine<'_>> {
        let dir = tempfile::Builder::new().prefix("shop-").tempdir();
        Ok(Machine {
            rung: self,
            dir: dir.context("no temporary directory could be made")?,
        })
    }
}

impl Machine<'_> {
    /// The directory that stands for the machine's disk. The shop's own is `shop` in it.
    #[must_use]
    pub fn disk(&self) -> PathBuf {
        self.dir.path().join("disk")
    }

    /// Where the shop keeps its data on this machine.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.disk().join("shop")
    }

    /// A file of ours beside the machine.
    #[must_use]
    pub fn beside(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Takes all away that the shop has on the machine's disk.
    ///
    /// # Errors
    ///
    /// When it cannot be removed.
    pub fn lose_disk(&self) -> anyhow::Result<()> {
        fs::remove_dir_all(self.disk()).context("the disk could not be taken away")
    }

    /// Starts the shop.
    ///
    /// # Errors
    ///
    /// When it does not come up; with what it wrote to stderr.
    pub fn start(&self) -> anyhow::Result<Running> {
        self.launch(&[], &self.rung.program)
    }

    /// Starts the shop that has bugs.
    ///
    /// # Errors
    ///
    /// As [`Machine::start`].
    pub fn start_with_a_bug(&self) -> anyhow::Result<Running> {
        self.launch(&[], &self.rung.with_a_bug)
    }

    /// Starts the shop below another program, such as `strace -f`.
    ///
    /// # Errors
    ///
    /// As [`Machine::start`].
    pub fn start_below(&self, wrapper: &[String]) -> anyhow::Result<Running> {
        self.launch(wrapper, &self.rung.program)
    }

    /// Starts the shop again after something happened to it.
    ///
    /// # Errors
    ///
    /// Broken, when it does not come up.
    pub fn start_again(&self) -> Check<Running> {
        self.start()
            .map_err(|error| Stop::broken(format!("The shop did not start again: {error:#}.")))
    }

    /// Runs the shop's program to its end with these arguments, in which [`FILE`] stands for `file`.
    ///
    /// # Errors
    ///
    /// Broken, when it fails; with what it wrote to stderr.
    pub fn run(&self, arguments: &[String], file: &Path) -> Check<()> {
        fs::create_dir_all(self.disk()).context("a disk for the machine")?;
        let mut command = Command::new(&self.rung.program);
        let file = file.display().to_string();
        command.args(arguments.iter().map(|word| word.replace(FILE, &file)));
        self.settings(&mut command);
        let output = command
            .stdin(Stdio::null())
            .output()
            .context("the rung's program cannot be started")?;
        if output.status.success() {
            return Ok(());
        }
        let told = String::from_utf8_lossy(&output.stderr);
        Err(Stop::broken(format!(
            "`{}` failed: {}.",
            arguments.join(" "),
            told.trim()
        )))
    }

    /// A second machine, or a second instance on this one, as the rung has it.
    ///
    /// # Errors
    ///
    /// As [`Machine::start`].
    pub fn start_second(&self, second: &Self) -> anyhow::Result<Running> {
        match self.rung.second_instance {
            SecondInstance::OwnDisk => second.start(),
            SecondInstance::SameDisk => self.start(),
        }
    }

    fn launch(&self, wrapper: &[String], program: &Path) -> anyhow::Result<Running> {
        fs::create_dir_all(self.disk())?;
        rlimit::increase_nofile_limit(8192).context("the limit of open files cannot be raised")?;
        let mut words = wrapper.iter().map(Path::new).chain([program]);
        let mut command = Command::new(words.next().context("no program")?);
        command.args(words);
        self.settings(&mut command);
        Running::start(&mut command)
            .with_context(|| format!("{} cannot be started", program.display()))
    }

    fn settings(&self, command: &mut Command) {
        command
            .envs(&self.rung.env)
            .env("PORT", "0")
            .env(&self.rung.disk, self.data());
        if let Some(elsewhere) = &self.rung.elsewhere {
            command.env(elsewhere, self.beside("elsewhere"));
        }
    }
}
