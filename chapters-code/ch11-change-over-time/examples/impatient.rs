//! A release that reads what it writes, and nothing older. It looks after all checkouts.
//! `impatient`

use anyhow::Result;
use ch03_platform::config::Config;
use ch03_platform::{logs, table};
use ch10_processes::checkout::{Event, Fact, Unknown};
use ch10_processes::performer::{Performer, Progressed};
use ch10_processes::{due, keeper, settings as before};
use ch11_change_over_time::checkout::Checkout;
use ch11_change_over_time::pets::Pets;
use event_store::{Decider, Record, Stored, Unreadable};
use serde_json::Value;

/// Chapter 11's checkout, read impatiently.
#[derive(Debug)]
enum Impatient {}

// ANCHOR: event
fn event(record: &Record) -> Result<Event, Unreadable> {
    match (record.kind.as_str(), record.version) {
        ("Begun", 2) => Checkout::event(record),
        ("Begun", version) => {
            let what = format!("nobody knows Begun in version {version}");
            Err(Unreadable(what))
        }
        _ => Checkout::event(record),
    }
}
// ANCHOR_END: event

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let config = Config::from_env()?;
    logs::start(config.log);
    let sdk = table::connect().await;
    let performer: Performer<Impatient, Pets, _, _> = Performer {
        checkouts: before::in_table(&sdk, &before::table()),
        pets: before::in_table(&sdk, &config.table),
        payments: before::payments()?,
    };
    println!("{}", keeper::look_back(&performer, due::MONTH).await?);
    Ok(())
}

impl Decider for Impatient {
    type Command = Fact;
    type Event = Event;
    type State = Progressed;
    type Error = Unknown;

    fn decide(state: &Progressed, fact: &Fact) -> Result<Vec<Event>, Unknown> {
        Checkout::decide(state, fact)
    }

    fn evolve(state: Progressed, event: &Event) -> Progressed {
        Checkout::evolve(state, event)
    }
}

impl Stored for Impatient {
    const STATE: u32 = Checkout::STATE;

    fn record(event: &Event) -> Record {
        Checkout::record(event)
    }

    fn event(record: &Record) -> Result<Event, Unreadable> {
        event(record)
    }

    fn snapshot(state: &Progressed) -> Value {
        Checkout::snapshot(state)
    }

    fn state(snapshot: &Value) -> Result<Progressed, Unreadable> {
        Checkout::state(snapshot)
    }
}
