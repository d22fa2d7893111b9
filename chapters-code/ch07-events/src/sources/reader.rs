//! Reads and checks what is written of sources.

use std::collections::BTreeSet;
use std::mem;
use std::ops::RangeInclusive;
use std::path::Path;
use std::time::Duration;

use ch04_functions::table::{Faults, fault};
use quamina::Quamina;
use serde::Deserialize;
use toml::Spanned;

use super::{Events, Poll, Rule, Sources, Stream, Timer};
use crate::queue::{Dead, Queue};
use crate::schedule::Schedule;
use crate::shard::Policy;

/// Reads this text, as if it stood in `file`.
pub fn read(text: &str, file: &Path) -> Result<Sources, Faults> {
    let mut reader = Reader {
        text,
        file,
        faults: vec![],
        names: BTreeSet::new(),
        named: vec![],
    };
    let sources = match toml::from_str::<Sheet>(text) {
        Ok(sheet) => reader.sources(&sheet),
        Err(error) => {
            let place = error.span().unwrap_or_default();
            let fault = fault(text, file, place, error.message());
            return Err(Faults(vec![fault]));
        }
    };
    if reader.faults.is_empty() {
        return Ok(sources);
    }
    Err(Faults(reader.faults))
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
    table: Option<String>,
    function: Spanned<String>,
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
    function: Spanned<String>,
    batch: Option<Spanned<u64>>,
    most: Option<Spanned<u64>>,
    #[serde(default)]
    partial: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EventsLine {
    function: Spanned<String>,
    attempts: Option<Spanned<u64>>,
    failed: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TimerLine {
    name: Spanned<String>,
    when: Spanned<String>,
    function: Spanned<String>,
}
// ANCHOR_END: sheet

/// Checks what is written, and keeps what is wrong with it.
struct Reader<'a> {
    text: &'a str,
    file: &'a Path,
    faults: Vec<String>,
    names: BTreeSet<String>,
    named: Vec<(String, String)>,
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
            named: mem::take(&mut self.named),
        }
    }

    fn function(&mut self, name: &Spanned<String>) -> String {
        let missing = fault(
            self.text,
            self.file,
            name.span(),
            "there is no such function",
        );
        self.named.push((name.get_ref().clone(), missing));
        name.get_ref().clone()
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
            function: self.function(&line.function),
            table: line.table.clone(),
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
            function: self.function(&line.function),
            batch: usize::try_from(batch).unwrap_or(10),
            partial: line.partial,
            most: usize::try_from(most).unwrap_or(2),
        })
    }

    fn events(&mut self, line: &EventsLine, queues: &[Queue]) -> Events {
        let attempts = self.number(line.attempts.as_ref(), 0..=2).unwrap_or(2);
        Events {
            function: self.function(&line.function),
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
                function: self.function(&line.function),
            }),
            Err(error) => {
                self.wrong(&line.when, &error.to_string());
                None
            }
        }
    }
}
