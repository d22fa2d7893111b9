//! What else leads to functions than requests and rules: streams, queues and the clock.
//! It is data, and read once.

mod reader;

use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{env, fs};

use ch04_functions::host;
use ch04_functions::table::{Faults, Table};

use crate::queue::Queue;
use crate::schedule::Schedule;
use crate::shard::Policy;

// ANCHOR: sources
/// What leads to functions.
#[derive(Debug, Default)]
pub struct Sources {
    /// Functions that are told what changes in the table.
    pub streams: Vec<Stream>,
    /// Queues.
    pub queues: Vec<Queue>,
    /// Events that are put into queues.
    pub rules: Vec<Rule>,
    /// Functions that are given what is in a queue.
    pub polls: Vec<Poll>,
    /// What becomes of events that a function fails at which a rule of the bus leads to.
    pub events: Vec<Events>,
    /// Functions that are called when it is time.
    pub schedules: Vec<Timer>,
    /// The functions that are named, and what is wrong where there is none of the name.
    named: Vec<(String, String)>,
}

/// A function that is told what changes in the table, in the order in which it did.
#[derive(Debug, Clone)]
pub struct Stream {
    /// No other has it.
    pub name: String,
    /// The function's.
    pub function: String,
    /// Whose changes, if they are not those of the table that all functions are told of.
    pub table: Option<String>,
    /// Which changes: a pattern, in JSON.
    /// <https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html>
    pub pattern: Option<String>,
    /// How many it is told of at once, at most; 1 to 10,000.
    pub batch: usize,
    /// How long more of them are waited for; at most 5 min.
    pub window: Duration,
    /// What is done about changes that it fails at.
    pub policy: Policy,
    /// The queue that is told where those were that are given up.
    pub failed: Option<String>,
}
// ANCHOR_END: sources

/// Events that are put into a queue.
#[derive(Debug, Clone)]
pub struct Rule {
    /// No other has it.
    pub name: String,
    /// A pattern of `EventBridge`, in JSON.
    pub pattern: String,
    /// The queue's.
    pub queue: String,
}

/// A function that is given what is in a queue.
#[derive(Debug, Clone)]
pub struct Poll {
    /// The queue.
    pub queue: Queue,
    /// The function's.
    pub function: String,
    /// How many messages it is given at once, at most; 1 to 10.
    pub batch: usize,
    /// Whether it says which messages it has failed at.
    pub partial: bool,
    /// How many batches it is given at a time, at most; 2 to 1,000 at AWS.
    pub most: usize,
}

/// What becomes of events that a function fails at.
/// <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html>
#[derive(Debug, Clone)]
pub struct Events {
    /// The function's.
    pub function: String,
    /// How often one is tried again; 0 to 2.
    pub attempts: u32,
    /// The queue that those come to that are given up.
    pub failed: Option<String>,
}

impl Events {
    /// What becomes of those of which nothing is said: they are tried twice again.
    #[must_use]
    pub fn of(function: &str) -> Self {
        Self {
            function: function.to_owned(),
            attempts: 2,
            failed: None,
        }
    }
}

/// A function that is called when it is time.
#[derive(Debug, Clone)]
pub struct Timer {
    /// No other has it.
    pub name: String,
    /// When.
    pub schedule: Schedule,
    /// The function's.
    pub function: String,
}

impl Sources {
    /// Reads the sources in `file`.
    ///
    /// # Errors
    ///
    /// All that is wrong with it, a line each, with file, line and field.
    pub fn read(file: &Path) -> Result<Self, Faults> {
        let unread = |error| Faults(vec![format!("{}: {error}", file.display())]);
        Self::parse(&fs::read_to_string(file).map_err(unread)?, file)
    }

    /// Reads this text, as if it stood in `file`.
    ///
    /// # Errors
    ///
    /// Those of [`Sources::read`].
    pub fn parse(text: &str, file: &Path) -> Result<Self, Faults> {
        reader::read(text, file)
    }

    /// The file that the environment names: `SOURCES`, or `sources.toml` beside the table
    /// of functions.
    #[must_use]
    pub fn file() -> PathBuf {
        let set = env::var_os("SOURCES").filter(|file| !file.is_empty());
        set.map_or_else(
            || host::file().with_file_name("sources.toml"),
            PathBuf::from,
        )
    }

    /// Whether the functions that are named are in the table of functions.
    ///
    /// # Errors
    ///
    /// Those that are not, a line each, with file, line and field.
    pub fn check(&self, table: &Table) -> Result<(), Faults> {
        let is_there = |name: &String| table.functions.iter().any(|there| there.name == *name);
        let missing = self.named.iter().filter(|(name, _)| !is_there(name));
        let missing: Vec<String> = missing.map(|(_, fault)| fault.clone()).collect();
        if missing.is_empty() {
            return Ok(());
        }
        Err(Faults(missing))
    }

    /// The functions that they lead to.
    #[must_use]
    pub fn functions(&self) -> Vec<String> {
        let streams = self.streams.iter().map(|stream| &stream.function);
        let polls = self.polls.iter().map(|poll| &poll.function);
        let timers = self.schedules.iter().map(|timer| &timer.function);
        streams.chain(polls).chain(timers).cloned().collect()
    }
}
