//! Tells the bus what is new. A commit is written once, with all that it says: it is its
//! own outbox.

use anyhow::{Context, Result};
use aws_lambda_events::dynamodb::{Event, EventRecord};
use aws_lambda_events::streams::DynamoDbEventResponse;
use aws_sdk_eventbridge::Client;
use ch01_bare_server::pets::PetId;
use ch07_events::teller;
use event_store::{Command, Told};
use futures_util::future::try_join_all;
use serde::Deserialize;
use serde_dynamo::{Item, from_item, to_item};
use serde_json::{Value, json};

use crate::pet::{self, Pets};
use crate::shop::{PREFIX, Shop, stream};

/// The key of a commit. All else of it is read from its stream.
#[derive(Debug, Deserialize)]
struct Key {
    pk: String,
    c: u64,
}

// ANCHOR: tell
/// Tells the bus of these commits, in their order. Chapter 7's teller does it, which is
/// given what it knows: items of an outbox.
///
/// # Errors
///
/// When the streams or the bus are away.
pub async fn tell(shop: &Shop, bus: &Client, mut event: Event) -> Result<DynamoDbEventResponse> {
    let mut records = vec![];
    for record in event.records {
        let item = Box::pin(told(shop, &record)).await;
        let item = item.with_context(|| format!("record {}", record.event_id))?;
        records.extend(item.map(|item| with_item(record, item)));
    }
    event.records = records;
    Box::pin(teller::tell(bus, event)).await
}

fn with_item(mut record: EventRecord, item: Item) -> EventRecord {
    record.change.new_image = item;
    record
}

/// What an outbox would have of a commit; `None` if it is nobody's business.
async fn told(shop: &Shop, record: &EventRecord) -> Result<Option<Item>> {
    let Key { pk, c } = from_item(record.change.keys.clone())?;
    let commits = shop.pets.read(&pk.as_str().into(), c - 1, 1).await?;
    let commit = commits.into_iter().next().context("no such commit")?;
    let Some((name, detail)) = Box::pin(outside(shop, &pk, &commit)).await? else {
        return Ok(None);
    };
    let request = detail["request"].clone();
    let item = json!({ "sk": request, "name": name, "detail": detail.to_string() });
    Ok(Some(to_item(item)?))
}
// ANCHOR_END: tell

// ANCHOR: outside
/// What has happened, as it is told outside. Not all of it is told, and what is told has
/// its own words: how the shop writes its streams may change.
async fn outside(
    shop: &Shop,
    stream: &str,
    commit: &Told<Pets>,
) -> Result<Option<(&'static str, Value)>> {
    let request = commit.correlation.clone().unwrap_or_default();
    let this = PetId(stream.trim_start_matches(PREFIX).to_owned());
    match commit.events.as_slice() {
        [pet::Event::Adopted { customer, together }] => {
            let pets = match together.as_slice() {
                [] => vec![at(shop, &this, commit.number).await?],
                // Of several that were adopted together, the first tells of all.
                [first, ..] if *first != this => return Ok(None),
                pets => {
                    let pets = pets.iter();
                    try_join_all(pets.map(|pet| Box::pin(by(shop, pet, &commit.command)))).await?
                }
            };
            let customer = &customer.0;
            let detail = json!({ "version": 1, "request": request, "customer": customer,
                "pets": pets });
            Ok(Some(("PetAdopted", detail)))
        }
        [pet::Event::Returned { reason }] => {
            let pet = at(shop, &this, commit.number).await?;
            let detail = json!({ "version": 1, "request": request, "pet": pet,
                "reason": reason });
            Ok(Some(("PetReturned", detail)))
        }
        _ => Ok(None),
    }
}
// ANCHOR_END: outside

/// A pet as it is told of, by the commit that this command has led to.
async fn by(shop: &Shop, pet: &PetId, command: &Command) -> Result<Value> {
    let commits = shop.commits(pet).await?;
    let commit = commits.iter().find(|commit| commit.command == *command);
    let commit = commit.with_context(|| format!("pet {pet}: it was adopted alone"))?;
    at(shop, pet, commit.number).await
}

/// A pet as it is told of, after one of its commits. Of two events about a pet, the one
/// with the higher version is the later one.
async fn at(shop: &Shop, pet: &PetId, number: u64) -> Result<Value> {
    let then = shop.pets.load_at(&stream(pet), number).await?;
    let pet = then
        .state
        .with_context(|| format!("there is no pet {pet}"))?;
    let price = json!({ "amount": pet.about.price.amount, "currency": pet.about.price.currency });
    Ok(
        json!({ "id": pet.id.0, "name": pet.about.name, "species": pet.about.species,
        "price": price, "version": number }),
    )
}
