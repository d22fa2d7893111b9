//! A counter that nobody can lose count of: `cargo run -p event-store --example counter`
use std::time::UNIX_EPOCH;

use event_store::{Command, Decider, Issued, Memory, Record, Settings, Store, Stored, Unreadable};
use serde_json::{Value, from_value, json};

enum Counter {}

impl Decider for Counter {
    type Command = i64; // add this
    type Event = i64; // this was added
    type State = i64;
    type Error = &'static str;

    fn decide(sum: &i64, add: &i64) -> Result<Vec<i64>, &'static str> {
        let sum = sum.checked_add(*add).filter(|sum| *sum >= 0);
        sum.map(|_| vec![*add]).ok_or("nobody can count that")
    }
    fn evolve(sum: i64, added: &i64) -> i64 {
        sum + added
    }
}

impl Stored for Counter {
    const STATE: u32 = 1;
    fn record(added: &i64) -> Record {
        Record::new("Added", 1, json!(added))
    }
    fn event(record: &Record) -> Result<i64, Unreadable> {
        Ok(from_value(record.body.clone())?)
    }
    fn snapshot(sum: &i64) -> Value {
        json!(sum)
    }
    fn state(snapshot: &Value) -> Result<i64, Unreadable> {
        Ok(from_value(snapshot.clone())?)
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let store: Store<Counter, _> = Store::new(Memory::default(), Settings::default());
    for add in [3, 4, -9, 5] {
        let now = UNIX_EPOCH.elapsed().unwrap_or_default();
        let issued = Issued::at(Command::once(), now);
        match store.execute(&"apples".into(), &issued, &add).await {
            Ok(done) => println!("{add:+}: {} after commit {}", done.state, done.number),
            Err(why) => println!("{add:+}: {why}"),
        }
    }
}
