//! Makes streams of the pets in chapter 7's table, and brings along what the office has:
//! `moving_in FROM STREAMS OFFICE`, in the database that the environment names. It may be
//! run again and does no harm; whatever is there is left alone. Nobody may change the old
//! table meanwhile, and the new shop opens after it.

use std::convert::Infallible;
use std::env;

use anyhow::{Context, Result, bail};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use ch01_bare_server::pets::{Pet, Status};
use ch03_platform::items::{self, Item};
use ch03_platform::table;
use ch04_functions::office::papers::PAPERS;
use ch06_state::items::VERSION;
use ch07_events::clock::now;
use ch08_event_sourcing::pet::{Event, Pets};
use ch08_event_sourcing::shop::stream;
use event_store::{Command, Decider, Dynamo, Issued, Record, Settings, Store, Stored, Unreadable};
use serde_json::Value;

// ANCHOR: decide
/// Decides about a pet that another shop has known, on the same streams.
enum Moving {}

impl Decider for Moving {
    /// How things were there.
    type Command = Pet;
    type Event = Event;
    type State = Option<Pet>;
    type Error = Infallible;

    fn decide(state: &Option<Pet>, there: &Pet) -> Result<Vec<Event>, Infallible> {
        if state.is_some() {
            return Ok(vec![]);
        }
        let mut past = vec![Event::TakenIn(there.id.clone(), there.about.clone())];
        if let Status::Adopted(customer) = &there.status {
            let (customer, together) = (customer.clone(), vec![]);
            past.push(Event::Adopted { customer, together });
        }
        Ok(past)
    }

    fn evolve(state: Option<Pet>, event: &Event) -> Option<Pet> {
        Pets::evolve(state, event)
    }
}
// ANCHOR_END: decide

impl Stored for Moving {
    const STATE: u32 = Pets::STATE;

    fn record(event: &Event) -> Record {
        Pets::record(event)
    }

    fn event(record: &Record) -> Result<Event, Unreadable> {
        Pets::event(record)
    }

    fn snapshot(state: &Option<Pet>) -> Value {
        Pets::snapshot(state)
    }

    fn state(snapshot: &Value) -> Result<Option<Pet>, Unreadable> {
        Pets::state(snapshot)
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let words: Vec<String> = env::args().skip(1).collect();
    let [from, streams, office] = words.as_slice() else {
        bail!("say from which table, to which for the streams, and to which for the office");
    };
    let client = Client::new(&table::connect().await);
    let streams: Store<Moving, Dynamo> =
        Store::new(Dynamo::new(&client, streams), Settings::default());
    let (mut pets, mut papers, mut after) = (0, 0, None);
    loop {
        let scan = client.scan().table_name(from).consistent_read(true);
        let page = scan.set_exclusive_start_key(after).send().await;
        let page = page.with_context(|| format!("the table {from}"))?;
        for item in page.items() {
            match items::text(item, "pk")?.as_str() {
                items::SHOP => {
                    become_stream(&streams, &items::read(item)?).await?;
                    pets += 1;
                }
                PAPERS | "letters" | "display" | "counted" => {
                    copy(&client, office, item.clone()).await?;
                    papers += 1;
                }
                // Keys are forgotten in a day, and what is in the outbox was told.
                _ => {}
            }
        }
        after = page.last_evaluated_key;
        if after.is_none() {
            println!("{pets} pets are streams, and {papers} items are in the office");
            return Ok(());
        }
    }
}

async fn become_stream(streams: &Store<Moving, Dynamo>, pet: &Pet) -> Result<()> {
    let issued = Issued::at(Command::once(), now());
    streams.execute(&stream(&pet.id), &issued, pet).await?;
    Ok(())
}

/// Brings an item to the office, unless it is there. Papers leave their version behind:
/// the pet's stream begins to count anew, and what it tells would never be later.
async fn copy(client: &Client, office: &str, mut item: Item) -> Result<()> {
    item.remove(VERSION);
    let put = client.put_item().table_name(office).set_item(Some(item));
    let put = put.condition_expression("attribute_not_exists(pk)");
    match put.send().await.map_err(SdkError::into_service_error) {
        Ok(_) | Err(PutItemError::ConditionalCheckFailedException(_)) => Ok(()),
        Err(error) => Err(error).with_context(|| format!("the table {office}")),
    }
}
