//! The outbox: what has happened, written together with what it did.
//!
//! All of it is in one partition, which takes 1,000 write units a second; in a transaction
//! an event takes two of them for each KB.

use std::time::Duration;

use aws_lambda_events::dynamodb::EventRecord;
use aws_sdk_dynamodb::types::AttributeValue::{N, S};
use aws_sdk_dynamodb::types::Put;
use ch03_platform::failure::Failure;
use ch03_platform::items::{self, Item};
use ch03_platform::keys::EXPIRES;
use ch04_functions::events::Event;
use ch06_state::items::Held;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::task_local;
use uuid::Uuid;

use crate::clock::now;

/// The partition of the outbox.
pub const OUTBOX: &str = "outbox";

/// How long an event stays. The stream forgets after 24 hours; what was given up can be
/// repaired from the table for a week.
const KEPT: Duration = Duration::from_hours(7 * 24);

task_local! {
    /// The request that this task is at.
    static REQUEST: String;
}

/// Does this work for a request.
pub async fn during<T>(request: String, work: impl Future<Output = T>) -> T {
    REQUEST.scope(request, work).await
}

/// The request that this task is at; a new name if it is at none, or at one that has none.
#[must_use]
pub fn request() -> String {
    let request = REQUEST.try_with(Clone::clone).unwrap_or_default();
    if request.is_empty() {
        return Uuid::now_v7().to_string();
    }
    request
}

// ANCHOR: put
/// Puts an event into the outbox, by the request that it comes of: no request does two
/// things.
///
/// # Errors
///
/// None: all that it needs is there.
pub fn put(table: &str, request: &str, event: &Event, held: &[Held]) -> Result<Put, Failure> {
    let mut item = items::key(OUTBOX, request);
    item.insert("name".into(), S(event.name().into()));
    item.insert("detail".into(), S(detail(event, held).to_string()));
    item.insert(EXPIRES.into(), N((now() + KEPT).as_secs().to_string()));
    let put = Put::builder().table_name(table).set_item(Some(item));
    let put = put.condition_expression("attribute_not_exists(pk)");
    Ok(put.build()?)
}

/// An event, with the version that each pet has now: of two events about a pet, the one
/// with the higher version is the later one.
fn detail(event: &Event, held: &[Held]) -> Value {
    let mut detail = json!(event);
    let pets: Vec<&mut Value> = match event {
        Event::PetAdopted { .. } => detail["pets"]
            .as_array_mut()
            .into_iter()
            .flatten()
            .collect(),
        Event::PetReturned { .. } => vec![&mut detail["pet"]],
    };
    for pet in pets {
        let before = held.iter().find(|held| pet["id"] == held.pet.id.0);
        let before = before.and_then(|held| held.version).unwrap_or(0);
        pet["version"] = json!(before + 1);
    }
    detail
}
// ANCHOR_END: put

/// When an item was put into the outbox, since 1970. `None` if it is no item of it.
#[must_use]
pub fn put_at(item: &Item) -> Option<Duration> {
    let expires = items::number(item, EXPIRES).ok()?;
    Duration::from_secs(expires).checked_sub(KEPT)
}

/// The request of an item, and the same event as another item, which to the table's
/// stream is a new one. `None` if it is no item of the outbox.
#[must_use]
pub fn again(item: &Item) -> Option<(String, Item)> {
    let request = request_of(item.get("sk")?.as_s().ok()?);
    let name = format!("{request}{AGAIN}{}", Uuid::now_v7());
    let mut again = item.clone();
    again.extend(items::key(OUTBOX, &name));
    again.insert(EXPIRES.into(), N((now() + KEPT).as_secs().to_string()));
    Some((request.to_owned(), again))
}

/// No name of a request has it.
const AGAIN: char = '#';

/// The request that an item's name has in it.
fn request_of(name: &str) -> &str {
    name.split_once(AGAIN).map_or(name, |(request, _)| request)
}

// ANCHOR: told
/// What an item of the outbox says.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Told {
    /// The request that it comes of.
    #[serde(rename = "sk")]
    pub request: String,
    /// `PetAdopted`
    pub name: String,
    /// A JSON object.
    pub detail: String,
}

impl Told {
    /// From the change of the table with which it came.
    ///
    /// # Errors
    ///
    /// When it is no item of the outbox.
    pub fn read(record: &EventRecord) -> Result<Self, serde_dynamo::Error> {
        let told: Self = serde_dynamo::from_item(record.change.new_image.clone())?;
        let request = request_of(&told.request).to_owned();
        Ok(Self { request, ..told })
    }
}
// ANCHOR_END: told
