//! How the events and the state of a pet are written: those of chapter 10 as chapter 10 writes
//! them.

use ch10_processes::pets as before;
use event_store::{Record, Stored, Unreadable};
use serde_json::{Value, json};

use super::{Event, Pets, State};

// ANCHOR: stored
impl Stored for Pets {
    /// Chapter 10's form, and chapter 10's programs may read it: whose the pet is stands in it, put
    /// right.
    const STATE: u32 = <before::Pets as Stored>::STATE;

    fn record(event: &Event) -> Record {
        match event {
            Event::Before(event) => before::Pets::record(event),
            Event::CustomerCorrected => Record::new("CustomerCorrected", 1, json!({})),
        }
    }

    fn event(record: &Record) -> Result<Event, Unreadable> {
        match (record.kind.as_str(), record.version) {
            ("CustomerCorrected", 1) => Ok(Event::CustomerCorrected),
            _ => before::Pets::event(record).map(Event::Before),
        }
    }
    // ANCHOR_END: stored

    fn snapshot(state: &State) -> Value {
        before::Pets::snapshot(state)
    }

    fn state(snapshot: &Value) -> Result<State, Unreadable> {
        before::Pets::state(snapshot)
    }
}
