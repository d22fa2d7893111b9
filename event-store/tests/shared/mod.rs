//! A business as small as it can be: a tortoise that has one home, and a slip of paper.

#![allow(dead_code, reason = "each test uses its part")]

use std::time::Duration;

use event_store::{Command, Decider, Issued, Record, Stored, StreamId, Unreadable};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Debug)]
pub struct Tortoise;

#[derive(Debug, Clone)]
pub enum Wish {
    Adopt(String),
    GiveBack,
    /// Writes something down, as so many events.
    Note(String, usize),
    /// Writes something on the slip, which is a part of the state.
    Slip(String),
    Nothing,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Event {
    Adopted(String),
    GivenBack,
    Noted(String),
    Slipped(String),
}

#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub struct State {
    pub home: Option<String>,
    pub adoptions: u64,
    pub slip: String,
}

#[derive(Debug, Clone, PartialEq)]
pub enum No {
    HasAHome,
    HasNone,
}

impl Decider for Tortoise {
    type Command = Wish;
    type Event = Event;
    type State = State;
    type Error = No;

    fn decide(state: &State, wish: &Wish) -> Result<Vec<Event>, No> {
        match (wish, &state.home) {
            (Wish::Adopt(_), Some(_)) => Err(No::HasAHome),
            (Wish::Adopt(who), None) => Ok(vec![Event::Adopted(who.clone())]),
            (Wish::GiveBack, None) => Err(No::HasNone),
            (Wish::GiveBack, Some(_)) => Ok(vec![Event::GivenBack]),
            (Wish::Note(text, times), _) => Ok(vec![Event::Noted(text.clone()); *times]),
            (Wish::Slip(text), _) => Ok(vec![Event::Slipped(text.clone())]),
            (Wish::Nothing, _) => Ok(vec![]),
        }
    }

    fn evolve(state: State, event: &Event) -> State {
        match event {
            Event::Adopted(who) => State {
                home: Some(who.clone()),
                adoptions: state.adoptions + 1,
                ..state
            },
            Event::GivenBack => State {
                home: None,
                ..state
            },
            Event::Noted(_) => state,
            Event::Slipped(text) => State {
                slip: text.clone(),
                ..state
            },
        }
    }
}

impl Stored for Tortoise {
    const STATE: u32 = 1;

    fn record(event: &Event) -> Record {
        Record {
            kind: "tortoise".to_owned(),
            version: 1,
            body: json!(event),
        }
    }

    fn event(record: &Record) -> Result<Event, Unreadable> {
        match record.version {
            _ if !Self::knows(&record.kind) => {
                Err(Unreadable(format!("nobody knows a {}", record.kind)))
            }
            1 => Ok(serde_json::from_value(record.body.clone())?),
            other => Err(Unreadable(format!("nobody knows version {other}"))),
        }
    }

    fn knows(kind: &str) -> bool {
        kind == "tortoise"
    }

    fn snapshot(state: &State) -> Value {
        json!(state)
    }

    fn state(snapshot: &Value) -> Result<State, Unreadable> {
        Ok(serde_json::from_value(snapshot.clone())?)
    }
}

pub fn adopt(who: &str) -> Wish {
    Wish::Adopt(who.to_owned())
}

pub fn gustav() -> StreamId {
    "pet#gustav".into()
}

/// A command that nobody repeats.
pub fn once() -> Issued {
    Issued::at(Command::once(), NOW)
}

/// One that somebody may.
pub fn keyed(key: &str, fingerprint: &str) -> Issued {
    let command = Command {
        key: key.to_owned(),
        fingerprint: fingerprint.to_owned(),
    };
    Issued::at(command, NOW)
}

/// Some day in November.
pub const NOW: Duration = Duration::from_secs(1_795_000_000);
