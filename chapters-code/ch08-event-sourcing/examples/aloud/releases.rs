//! Two releases of the shop, of which each can read the events, and only its own states.

use std::sync::Arc;

use anyhow::Result;
use ch01_bare_server::pets::{Pet, Refusal};
use ch08_event_sourcing::pet::{Command, Event, Pets};
use event_store::{Decider, Memory, Record, Stored, Unreadable};
use serde_json::Value;

use crate::{adopt, ask, back, process, silent, take_in};

/// The next release, which says that it makes something else of the events.
enum Next {}

impl Decider for Next {
    type Command = Command;
    type Event = Event;
    type State = Option<Pet>;
    type Error = Refusal;

    fn decide(pet: &Option<Pet>, command: &Command) -> Result<Vec<Event>, Refusal> {
        Pets::decide(pet, command)
    }

    fn evolve(pet: Option<Pet>, event: &Event) -> Option<Pet> {
        Pets::evolve(pet, event)
    }
}

// ANCHOR: next
impl Stored for Next {
    const STATE: u32 = Pets::STATE + 1;
    // ANCHOR_END: next

    fn record(event: &Event) -> Record {
        Pets::record(event)
    }

    fn event(record: &Record) -> Result<Event, Unreadable> {
        Pets::event(record)
    }

    fn snapshot(pet: &Option<Pet>) -> Value {
        Pets::snapshot(pet)
    }

    fn state(snapshot: &Value) -> Result<Option<Pet>, Unreadable> {
        Pets::state(snapshot)
    }
}

pub async fn run() -> Result<()> {
    let commits = Arc::new(Memory::default());
    let first = silent::<Pets>(&commits);
    // ANCHOR: releases
    for wish in [take_in(), adopt("Ada"), back()] {
        ask(&first, wish).await?;
    }
    let new = process::<Next>("new", &commits);
    ask(&new, adopt("Ben")).await?;
    let old = process::<Pets>("old", &commits);
    ask(&old, back()).await?;
    ask(&new, adopt("Zoë")).await?;
    // ANCHOR_END: releases
    Ok(())
}
