//! A rung of the ladder as something that we can start, stop, kill, restart and rob of its disk.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};
use book::bill::IdleMonth;
use serde::Deserialize;
use tempfile::TempDir;

use super::database::{Database, Kind};
use super::folders::copy;
pub use super::running::Running;
use super::{Check, Shop, Stop};
use crate::dynamodb::TABLE;

/// What a second instance of the shop shares with the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecondInstance {
    /// Nothing: it is another machine, with a disk of its own.
    OwnDisk,
    /// The first one's disk.
    SameDisk,
    /// The first one's database, which is elsewhere. It is another machine.
    SameDatabase,
}

/// What the messages of a rung come to, and how each is delivered more than once.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Messages {
    /// What its environment holds besides when each message is to be delivered twice.
    pub twice: BTreeMap<String, String>,
    /// The path at which it tells how many pets have found a home, which only messages have told it.
    pub count: String,
    /// The field of that answer.
    pub field: String,
    /// The partition of its table that holds a letter for each adoption, which a message has asked for, if it writes letters.
    #[serde(default)]
    pub letters: Option<String>,
}

/// How a rung takes money: from cards, through a payment provider.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Till {
    /// The program of the provider, which lies beside the rung's own, and tells where it listens.
    pub provider: PathBuf,
    /// The variable that tells the shop where the provider is.
    pub address: String,
    /// The variable that says how many seconds a checkout may take.
    pub seconds: String,
    /// The path at which the shop hears what the provider tells of its own accord.
    pub notices: String,
    /// The arguments that make the shop's program look after all checkouts at once, which a schedule does now and then.
    pub sweep: Vec<String>,
}

/// Where an SDK finds the streams of tables.
const STREAMS: &str = "AWS_ENDPOINT_URL_DYNAMODB_STREAMS";

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
    /// The key of its staff, if it has one: what is for the staff is answered to nobody else.
    pub staff_key: Option<String>,
    /// What its messages come to, if its parts send each other any.
    pub messages: Option<Messages>,
    /// How it takes money, if it does.
    pub till: Option<Till>,
    /// The variable that names its directory on the machine's disk, if it keeps anything there.
    pub disk: Option<String>,
    /// The variable that names storage that is not on the machine, if there is any.
    pub elsewhere: Option<String>,
    /// The database that it has elsewhere, if any. Each machine has one of its own.
    pub database: Option<Kind>,
    /// The arguments that make its program prepare that database, before the first start.
    pub release: Option<Vec<String>>,
    /// What a second instance shares with the first.
    pub second_instance: SecondInstance,
    /// Whether a list may be some seconds behind what was answered.
    pub lists_are_late: bool,
    /// How many moments P4 kills it at: 200 where persistence changed, else 20.
    pub kills: u32,
    /// P4 kills it within this time after the first request: long enough for some to be answered.
    pub kill_within: Duration,
    /// Files of its own, by how their names begin, that it makes again out of its database when they are lost.
    pub made_again: Vec<String>,
    /// How many requests loop for ever in P9: more than any cap that the rung has.
    pub loops: usize,
    /// How to have a person forgotten, as `DELETE /customers/{customer}`, if the rung knows a way.
    pub forget: Option<String>,
    /// The arguments that make its program write a backup to `{file}` while the shop runs, if it knows a way.
    pub backup: Option<Vec<String>>,
    /// Those that make it put that in the place of what is lost.
    pub restore: Option<Vec<String>>,
    /// What it costs in a month in which nobody comes, as far as that is declared.
    pub idle_month: Option<IdleMonth>,
    /// A directory of data that this rung wrote long ago: its files, or [`ITEMS`] of its table and a
    /// file for each other one.
    pub golden: Option<PathBuf>,
}

/// What the file is called, before its `.json`, that has the items of the table of which shops are told.
pub const ITEMS: &str = "items";

/// A machine for a rung: its disk, and what it stores elsewhere.
#[derive(Debug)]
pub struct Machine<'a> {
    rung: &'a Rung,
    dir: TempDir,
    database: Option<Database>,
}

impl Rung {
    /// Its shop, which is not there yet: see [`Shop::moved_to`].
    #[must_use]
    pub fn shop(&self) -> Shop {
        Shop::not_yet().with_staff_key(self.staff_key.as_deref())
    }

    /// An empty machine, on which the rung's program was released and not yet started.
    ///
    /// # Errors
    ///
    /// When there is no room for a temporary directory, or the release fails.
    pub fn machine(&self) -> anyhow::Result<Machine<'_>> {
        let dir = tempfile::Builder::new().prefix("shop-").tempdir();
        let machine = Machine {
            rung: self,
            dir: dir.context("no temporary directory could be made")?,
            database: self.database.map(Database::start).transpose()?,
        };
        machine.release()?;
        Ok(machine)
    }
}

impl Machine<'_> {
    /// Does what comes before the first start of a release.
    fn release(&self) -> anyhow::Result<()> {
        if let Some(arguments) = &self.rung.release
            && let Err(told) = self.run_to_its_end(arguments, &BTreeMap::new())?
        {
            bail!("`{}` failed: {told}", arguments.join(" "));
        }
        Ok(())
    }

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

    /// The database that the shop has elsewhere.
    #[must_use]
    pub fn database(&self) -> Option<&Database> {
        self.database.as_ref()
    }

    /// Whether the shop's parts send each other messages, which may go on when a request is answered.
    #[must_use]
    pub fn has_messages(&self) -> bool {
        self.rung.messages.is_some()
    }

    /// Within what time after the first request it is killed.
    #[must_use]
    pub fn kill_within(&self) -> Duration {
        self.rung.kill_within
    }

    /// Whether a list may be some seconds behind what was answered.
    #[must_use]
    pub fn lists_are_late(&self) -> bool {
        self.rung.lists_are_late
    }

    /// Ends the database for good: whoever asks it is refused.
    pub fn lose_database(&mut self) {
        self.database = None;
    }

    /// Brings what an older release left, which is in `golden`: files onto the disk, or items into the table, before which this release is
    /// then done.
    ///
    /// # Errors
    ///
    /// When it cannot be copied, or the release fails.
    pub fn bring_old_data(&self, golden: &Path) -> anyhow::Result<()> {
        match &self.database {
            Some(database) => {
                database.fill(golden)?;
                self.release()
            }
            None => copy(golden, &self.data()),
        }
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
        self.start_told(&BTreeMap::new())
    }

    /// Starts the shop with so much more in its environment.
    ///
    /// # Errors
    ///
    /// As [`Machine::start`].
    pub fn start_told(&self, more: &BTreeMap<String, String>) -> anyhow::Result<Running> {
        let mut command = self.command(&[], &self.rung.program, self.database_url())?;
        self.run_on(command.envs(more))
    }

    /// Starts the shop and tells it that its database is at `url`.
    ///
    /// # Errors
    ///
    /// As [`Machine::start`].
    pub fn start_at(&self, url: &str) -> anyhow::Result<Running> {
        self.launch(&[], &self.rung.program, Some(url.to_owned()))
    }

    /// Starts the shop that has bugs.
    ///
    /// # Errors
    ///
    /// As [`Machine::start`].
    pub fn start_with_a_bug(&self) -> anyhow::Result<Running> {
        self.launch(&[], &self.rung.with_a_bug, self.database_url())
    }

    /// Starts the shop below another program, such as `strace -f`.
    ///
    /// # Errors
    ///
    /// As [`Machine::start`].
    pub fn start_below(&self, wrapper: &[String]) -> anyhow::Result<Running> {
        self.launch(wrapper, &self.rung.program, self.database_url())
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
        let file = file.display().to_string();
        let words: Vec<String> = arguments
            .iter()
            .map(|word| word.replace(FILE, &file))
            .collect();
        self.run_to_its_end(&words, &BTreeMap::new())?
            .map_err(|told| Stop::broken(format!("`{}` failed: {told}.", arguments.join(" "))))
    }

    /// Runs the shop's program to its end with these arguments, and with so much more in its environment.
    ///
    /// # Errors
    ///
    /// Broken, when it fails; with what it wrote to stderr.
    pub fn run_told(&self, arguments: &[String], more: &BTreeMap<String, String>) -> Check<()> {
        self.run_to_its_end(arguments, more)?
            .map_err(|told| Stop::broken(format!("`{}` failed: {told}.", arguments.join(" "))))
    }

    /// Fails with what the program wrote to stderr, when it fails.
    fn run_to_its_end(
        &self,
        words: &[String],
        more: &BTreeMap<String, String>,
    ) -> anyhow::Result<Result<(), String>> {
        fs::create_dir_all(self.disk()).context("a disk for the machine")?;
        let mut command = Command::new(&self.rung.program);
        command.args(words);
        self.settings(&mut command, self.database_url());
        let output = command
            .envs(more)
            .stdin(Stdio::null())
            .output()
            .context("the rung's program cannot be started")?;
        if output.status.success() {
            return Ok(Ok(()));
        }
        Ok(Err(String::from_utf8_lossy(&output.stderr)
            .trim()
            .to_owned()))
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
            SecondInstance::SameDatabase => {
                second.launch(&[], &self.rung.program, self.database_url())
            }
        }
    }

    fn launch(
        &self,
        wrapper: &[String],
        program: &Path,
        database: Option<String>,
    ) -> anyhow::Result<Running> {
        self.run_on(&mut self.command(wrapper, program, database)?)
    }

    fn run_on(&self, command: &mut Command) -> anyhow::Result<Running> {
        let program = command.get_program().display().to_string();
        let running =
            Running::start(command).with_context(|| format!("{program} cannot be started"))?;
        Ok(running.with_staff_key(self.rung.staff_key.as_deref()))
    }

    fn command(
        &self,
        wrapper: &[String],
        program: &Path,
        database: Option<String>,
    ) -> anyhow::Result<Command> {
        fs::create_dir_all(self.disk())?;
        rlimit::increase_nofile_limit(8192).context("the limit of open files cannot be raised")?;
        let mut words = wrapper.iter().map(Path::new).chain([program]);
        let mut command = Command::new(words.next().context("no program")?);
        command.args(words);
        self.settings(&mut command, database);
        Ok(command)
    }

    fn database_url(&self) -> Option<String> {
        self.database.as_ref().map(Database::url)
    }

    /// All that a program on this machine is told. What is told to us is none of its business.
    fn settings(&self, command: &mut Command, database: Option<String>) {
        command
            .current_dir(self.disk())
            .env_clear()
            .envs(env::vars_os().filter(|(name, _)| name == "PATH"))
            .env("HOME", self.disk())
            .envs(&self.rung.env)
            .env("PORT", "0");
        if let Some(disk) = &self.rung.disk {
            command.env(disk, self.data());
        }
        if let Some(elsewhere) = &self.rung.elsewhere {
            command.env(elsewhere, self.beside("elsewhere"));
        }
        if let Some(url) = database {
            command
                .envs(local::environment(&url))
                // What a host asks a stream all the time is no question of a request.
                .envs(self.database_url().map(|url| (STREAMS, url)))
                .env("TABLE", TABLE)
                // Whatever it writes there is on the disk too.
                .env("TMPDIR", self.disk());
        }
    }
}
