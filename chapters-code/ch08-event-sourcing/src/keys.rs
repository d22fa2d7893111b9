//! The idempotency key of a pet that is taken in. There is no stream yet that could
//! remember it, so the key is a stream of its own.

use std::convert::Infallible;

use ch01_bare_server::pets::PetId;
use event_store::{Decider, Record, Stored, StreamId, Unreadable};
use serde_json::{Value, from_value, json};

/// What decides about a key.
#[derive(Debug)]
pub enum Keys {}

// ANCHOR: keys
impl Decider for Keys {
    /// The name that the pet would get.
    type Command = PetId;
    /// The name that it has got.
    type Event = PetId;
    type State = ();
    type Error = Infallible;

    /// Whoever comes first gives the name. Those who come later with this key are known
    /// again by the store, as long as it remembers.
    fn decide((): &(), name: &PetId) -> Result<Vec<PetId>, Infallible> {
        Ok(vec![name.clone()])
    }

    fn evolve((): (), _: &PetId) {}
}
// ANCHOR_END: keys

impl Stored for Keys {
    const STATE: u32 = 1;

    fn record(named: &PetId) -> Record {
        Record::new("Named", 1, json!({ "pet": named.0 }))
    }

    fn event(record: &Record) -> Result<PetId, Unreadable> {
        match (record.kind.as_str(), record.version) {
            ("Named", 1) => Ok(PetId(from_value(record.body["pet"].clone())?)),
            (kind, version) => {
                let what = format!("nobody knows {kind} in version {version}");
                Err(Unreadable(what))
            }
        }
    }

    fn snapshot((): &()) -> Value {
        Value::Null
    }

    fn state(_: &Value) -> Result<(), Unreadable> {
        Ok(())
    }
}

/// The stream of a key.
#[must_use]
pub fn stream(key: &str) -> StreamId {
    StreamId(format!("key#{key}"))
}
