//! How the events and the state of a pet are written: chapter 8's as chapter 8 writes them.

use ch08_event_sourcing::pet as before;
use event_store::{Record, Stored, Unreadable};
use serde::{Deserialize, Serialize};
use serde_json::{Value, from_value, json};

use super::{CheckoutId, Event, Pets, State, Turn};

/// By which checkout.
#[derive(Debug, Serialize, Deserialize)]
struct By {
    by: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Snapshot {
    pet: Value,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reserved: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    over: Vec<(String, bool)>,
}

// ANCHOR: stored
impl Stored for Pets {
    /// Chapter 8's is 1. Its programs must not read a state that has reservations, of which
    /// they know nothing: they would give a reserved pet away. So they read the events
    /// instead, do not know one of them, and say so.
    const STATE: u32 = 2;

    fn record(event: &Event) -> Record {
        let by = |by: &CheckoutId| json!(By { by: by.0.clone() });
        match event {
            Event::Before(event) => before::Pets::record(event),
            Event::Reserved { by: checkout } => Record::new("Reserved", 1, by(checkout)),
            Event::Released { by: checkout } => Record::new("Released", 1, by(checkout)),
        }
    }

    fn event(record: &Record) -> Result<Event, Unreadable> {
        let by = || from_value::<By>(record.body.clone()).map(|by| CheckoutId(by.by));
        match (record.kind.as_str(), record.version) {
            ("Reserved", 1) => Ok(Event::Reserved { by: by()? }),
            ("Released", 1) => Ok(Event::Released { by: by()? }),
            _ => before::Pets::event(record).map(Event::Before),
        }
    }
    // ANCHOR_END: stored

    fn snapshot(state: &State) -> Value {
        let turn = |turn: &Turn| (turn.of.0.clone(), turn.adopted);
        json!(Snapshot {
            pet: before::Pets::snapshot(&state.pet),
            reserved: state.reserved.as_ref().map(|by| by.0.clone()),
            over: state.over.iter().map(turn).collect(),
        })
    }

    fn state(snapshot: &Value) -> Result<State, Unreadable> {
        let snapshot: Snapshot = from_value(snapshot.clone())?;
        let turn = |(of, adopted)| Turn {
            of: CheckoutId(of),
            adopted,
        };
        Ok(State {
            pet: before::Pets::state(&snapshot.pet)?,
            reserved: snapshot.reserved.map(CheckoutId),
            over: snapshot.over.into_iter().map(turn).collect(),
        })
    }
}
