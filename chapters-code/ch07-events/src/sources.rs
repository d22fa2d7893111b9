//! What else leads to functions than requests and rules: streams, queues and the clock.
//! It is data, and read once.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{env, fs};

use ch04_functions::host;
use ch04_functions::table::{Faults, fault};
use quamina::Quamina;
use serde::Deserialize;
use toml::Spanned;

use crate::queue::{Dead, Queue};
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
}

/// A function that is told what changes in the table, in the order in which it did.
#[derive(Debug, Clone)]
pub struct Stream {
    /// No other has it.
    pub name: String,
    /// The function's.
    pub function: String,
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
        let mut reader = Reader {
            text,
            file,
            faults: vec![],
            names: BTreeSet::new(),
        };
        let sources = match toml::from_str::<Sheet>(text) {
            Ok(sheet) => reader.sources(&sheet),
            Err(error) => {
                let place = error.span().unwrap_or_default();
                reader
                    .faults
                    .push(fault(text, file, place, error.message()));
                Self::default()
            }
        };
        if reader.faults.is_empty() {
            return Ok(sources);
        }
        Err(Faults(reader.faults))
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

    /// The functions that they lead to.
    #[must_use]
    pub fn functions(&self) -> Vec<String> {
        let streams = self.streams.iter().map(|stream| &stream.function);
        let polls = self.polls.iter().map(|poll| &poll.function);
        let timers = self.schedules.iter().map(|timer| &timer.function);
        streams.chain(polls).chain(timers).cloned().collect()
    }
}

// ANCHOR: sheet
/// The sources as they are written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sheet {
    #[serde(default, rename = "stream")]
    streams: Vec<StreamLine>,
    #[serde(default, rename = "queue")]
    queues: Vec<QueueLine>,
    #[serde(default, rename = "rule")]
    rules: Vec<RuleLine>,
    #[serde(default, rename = "poll")]
    polls: Vec<PollLine>,
    #[serde(default, rename = "events")]
    events: Vec<EventsLine>,
    #[serde(default, rename = "schedule")]
    schedules: Vec<TimerLine>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StreamLine {
    name: Spanned<String>,
    function: String,
    pattern: Option<Spanned<toml::Table>>,
    batch: Option<Spanned<u64>>,
    window: Option<Spanned<u64>>,
    attempts: Option<Spanned<u64>>,
    age: Option<Spanned<u64>>,
    #[serde(default)]
    bisect: bool,
    #[serde(default)]
    partial: bool,
    failed: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QueueLine {
    name: Spanned<String>,
    visibility: Option<Spanned<u64>>,
    retention: Option<Spanned<u64>>,
    receives: Option<Spanned<u64>>,
    dead: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleLine {
    name: Spanned<String>,
    pattern: Spanned<toml::Table>,
    queue: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PollLine {
    queue: Spanned<String>,
    function: String,
    batch: Option<Spanned<u64>>,
    most: Option<Spanned<u64>>,
    #[serde(default)]
    partial: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EventsLine {
    function: String,
    attempts: Option<Spanned<u64>>,
    failed: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TimerLine {
    name: Spanned<String>,
    when: Spanned<String>,
    function: String,
}
// ANCHOR_END: sheet

/// Checks what is written, and keeps what is wrong with it.
struct Reader<'a> {
    text: &'a str,
    file: &'a Path,
    faults: Vec<String>,
    names: BTreeSet<String>,
}

impl Reader<'_> {
    fn wrong<T>(&mut self, at: &Spanned<T>, what: &str) {
        self.faults
            .push(fault(self.text, self.file, at.span(), what));
    }

    fn sources(&mut self, sheet: &Sheet) -> Sources {
        let queues: Vec<Queue> = sheet.queues.iter().map(|line| self.queue(line)).collect();
        for line in &sheet.queues {
            self.known(line.dead.as_ref(), &queues);
        }
        Sources {
            streams: sheet
                .streams
                .iter()
                .map(|line| self.stream(line, &queues))
                .collect(),
            rules: sheet
                .rules
                .iter()
                .map(|line| self.rule(line, &queues))
                .collect(),
            polls: sheet
                .polls
                .iter()
                .filter_map(|line| self.poll(line, &queues))
                .collect(),
            events: sheet
                .events
                .iter()
                .map(|line| self.events(line, &queues))
                .collect(),
            schedules: sheet
                .schedules
                .iter()
                .filter_map(|line| self.timer(line))
                .collect(),
            queues,
        }
    }

    fn name(&mut self, name: &Spanned<String>) -> String {
        if !self.names.insert(name.get_ref().clone()) {
            self.wrong(name, "something else has this name");
        }
        name.get_ref().clone()
    }

    fn number(
        &mut self,
        given: Option<&Spanned<u64>>,
        allowed: RangeInclusive<u64>,
    ) -> Option<u64> {
        let given = given?;
        if !allowed.contains(given.get_ref()) {
            let (least, most) = allowed.into_inner();
            self.wrong(given, &format!("it is {least} to {most}"));
        }
        Some(*given.get_ref())
    }

    /// A queue that is named is there.
    fn known(&mut self, name: Option<&Spanned<String>>, queues: &[Queue]) -> Option<String> {
        let name = name?;
        if !queues.iter().any(|queue| queue.name == *name.get_ref()) {
            self.wrong(name, "there is no such queue");
        }
        Some(name.get_ref().clone())
    }

    fn pattern(&mut self, pattern: &Spanned<toml::Table>) -> String {
        let json = serde_json::to_string(pattern.get_ref()).unwrap_or_default();
        if let Err(error) = Quamina::new().add_pattern((), &json) {
            self.wrong(pattern, &error.to_string());
        }
        json
    }

    fn stream(&mut self, line: &StreamLine, queues: &[Queue]) -> Stream {
        let attempts = self.number(line.attempts.as_ref(), 0..=10_000);
        let age = self.number(line.age.as_ref(), 1..=604_800);
        let batch = self.number(line.batch.as_ref(), 1..=10_000).unwrap_or(100);
        let window = self.number(line.window.as_ref(), 0..=300).unwrap_or(0);
        Stream {
            name: self.name(&line.name),
            function: line.function.clone(),
            pattern: line.pattern.as_ref().map(|pattern| self.pattern(pattern)),
            batch: usize::try_from(batch).unwrap_or(100),
            window: Duration::from_secs(window),
            policy: Policy {
                attempts: attempts.and_then(|attempts| attempts.try_into().ok()),
                age: age.map(Duration::from_secs),
                bisects: line.bisect,
                partial: line.partial,
            },
            failed: self.known(line.failed.as_ref(), queues),
        }
    }

    fn queue(&mut self, line: &QueueLine) -> Queue {
        let visibility = self
            .number(line.visibility.as_ref(), 0..=43_200)
            .unwrap_or(30);
        let retention = self
            .number(line.retention.as_ref(), 60..=1_209_600)
            .unwrap_or(345_600);
        let receives = self.number(line.receives.as_ref(), 1..=1_000);
        if receives.is_some() != line.dead.is_some() {
            self.wrong(&line.name, "receives and dead go together");
        }
        let dead = receives.zip(line.dead.as_ref());
        Queue {
            name: self.name(&line.name),
            visibility: Duration::from_secs(visibility),
            retention: Duration::from_secs(retention),
            dead: dead.map(|(receives, queue)| Dead {
                after: u32::try_from(receives).unwrap_or(u32::MAX),
                queue: queue.get_ref().clone(),
            }),
        }
    }

    fn rule(&mut self, line: &RuleLine, queues: &[Queue]) -> Rule {
        Rule {
            name: self.name(&line.name),
            pattern: self.pattern(&line.pattern),
            queue: self.known(Some(&line.queue), queues).unwrap_or_default(),
        }
    }

    fn poll(&mut self, line: &PollLine, queues: &[Queue]) -> Option<Poll> {
        let name = self.known(Some(&line.queue), queues)?;
        let batch = self.number(line.batch.as_ref(), 1..=10).unwrap_or(10);
        let most = self.number(line.most.as_ref(), 1..=1_000).unwrap_or(2);
        Some(Poll {
            queue: queues.iter().find(|queue| queue.name == name)?.clone(),
            function: line.function.clone(),
            batch: usize::try_from(batch).unwrap_or(10),
            partial: line.partial,
            most: usize::try_from(most).unwrap_or(2),
        })
    }

    fn events(&mut self, line: &EventsLine, queues: &[Queue]) -> Events {
        let attempts = self.number(line.attempts.as_ref(), 0..=2).unwrap_or(2);
        Events {
            function: line.function.clone(),
            attempts: u32::try_from(attempts).unwrap_or(2),
            failed: self.known(line.failed.as_ref(), queues),
        }
    }

    fn timer(&mut self, line: &TimerLine) -> Option<Timer> {
        let name = self.name(&line.name);
        match Schedule::parse(line.when.get_ref()) {
            Ok(schedule) => Some(Timer {
                name,
                schedule,
                function: line.function.clone(),
            }),
            Err(error) => {
                self.wrong(&line.when, &error.to_string());
                None
            }
        }
    }
}
