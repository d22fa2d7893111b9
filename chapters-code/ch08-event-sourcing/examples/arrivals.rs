//! Shows what happens in the shop as it happens: a line for each event, with how much later
//! it was seen. Ctrl-C ends it.
//!
//! It asks for the names of all streams, and each of them for what is new, three times a
//! second. That is how to look at a small shop, and no way to follow a large one.

use std::collections::BTreeMap;
use std::env;
use std::io::{self, Write};
use std::time::Duration;

use anyhow::{Context, Result};
use aws_sdk_dynamodb::Client;
use ch03_platform::table;
use ch07_events::clock::now;
use ch08_event_sourcing::pet::{Event, Pets};
use ch08_event_sourcing::shop::PREFIX;
use event_store::{Backend, Dynamo, Settings, Store, StreamId, Told};
use tokio::time::sleep;

const PAUSE: Duration = Duration::from_millis(333);

/// How many streams, or commits of one, are asked for at once.
const PAGE: u32 = 100;

/// What is known of a stream: how many commits were shown, and what the pet is called.
type Seen = BTreeMap<StreamId, (u64, String)>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let table = env::var("TABLE").context("TABLE is not set")?;
    let client = Client::new(&table::connect().await);
    let shop: Store<Pets, _> = Store::new(Dynamo::new(&client, &table), Settings::default());
    let mut seen = Seen::new();
    loop {
        for stream in streams(&shop).await? {
            let (number, name) = seen.entry(stream.clone()).or_default();
            for commit in shop.read(&stream, *number, PAGE).await? {
                *number = commit.number;
                if !show(name, &commit)? {
                    return Ok(());
                }
            }
        }
        sleep(PAUSE).await;
    }
}

async fn streams(shop: &Store<Pets, Dynamo>) -> Result<Vec<StreamId>> {
    let mut streams: Vec<StreamId> = vec![];
    loop {
        let page = shop.backend().streams(PREFIX, streams.last(), PAGE).await?;
        if page.is_empty() {
            return Ok(streams);
        }
        streams.extend(page);
    }
}

/// Whether anybody still looks.
fn show(name: &mut String, commit: &Told<Pets>) -> Result<bool> {
    let later = now().saturating_sub(commit.at).as_secs_f64();
    for event in &commit.events {
        let what = match event {
            Event::TakenIn(_, about) => {
                name.clone_from(&about.name);
                format!("is taken in, a {} of {}", about.species, about.born)
            }
            Event::Adopted { customer, together } if together.is_empty() => {
                format!("is adopted by {}", customer.0)
            }
            Event::Adopted { customer, together } => {
                format!("is adopted by {}, as one of {}", customer.0, together.len())
            }
            Event::Returned { reason } => format!("comes back: {reason}"),
        };
        let shown = writeln!(
            io::stdout(),
            "{later:6.2} s  {name}, commit {}: {what}",
            commit.number
        );
        match shown {
            // Whoever has read enough has hung up.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(false),
            shown => shown?,
        }
    }
    Ok(true)
}
