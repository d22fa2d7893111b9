//! Idempotency keys: requests that were answered, and their answers.
//!
//! Each is an item in a partition of its own, so that they spread.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue::{B, N, S};
use aws_sdk_dynamodb::types::Put;
use ch02_virtual_server::answer::Answer;
use ch02_virtual_server::order::{Key, reused};

use crate::failure::Failure;
use crate::items::{self, Item};

/// The attribute with the second, since 1970-01-01T00:00:00Z, from which on a key is
/// forgotten. `DynamoDB` deletes the item some time after that, within days:
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html>
pub const EXPIRES: &str = "expires";

/// Seconds for which an answer is kept.
const DAY: u64 = 24 * 60 * 60;

/// Where the answer to a request with this key is kept.
#[must_use]
pub fn place(key: &Key) -> Item {
    items::key(&format!("key {}", key.name), "answer")
}

// ANCHOR: keep
/// Keeps an answer, if there is none for this key.
///
/// # Errors
///
/// None: all that it needs is there.
pub fn keep(table: &str, key: &Key, answer: &Answer) -> Result<Put, BuildError> {
    let now = now();
    let mut item = place(key);
    item.insert("fingerprint".into(), B(Blob::new(key.fingerprint)));
    item.insert("status".into(), N(answer.status.to_string()));
    if let Some(path) = &answer.location {
        item.insert("location".into(), S(path.clone()));
    }
    item.insert("body".into(), S(answer.body.clone()));
    item.insert(EXPIRES.into(), N((now + DAY).to_string()));
    Put::builder()
        .table_name(table)
        .set_item(Some(item))
        .condition_expression("attribute_not_exists(pk) OR expires <= :now")
        .expression_attribute_values(":now", N(now.to_string()))
        .build()
}
// ANCHOR_END: keep

/// What a request with this key is answered, if `item` is what was found in its
/// place.
///
/// # Errors
///
/// [`Failure::Odd`] when it is something else.
pub fn answer(key: &Key, item: &Item) -> Result<Option<Answer>, Failure> {
    if items::number::<u64>(item, EXPIRES)? <= now() {
        return Ok(None);
    }
    let fingerprint = item.get("fingerprint").and_then(|value| value.as_b().ok());
    if fingerprint.is_none_or(|kept| kept.as_ref() != key.fingerprint) {
        return Ok(Some(reused()));
    }
    let location = item.get("location").map(|_| items::text(item, "location"));
    Ok(Some(Answer {
        status: items::number(item, "status")?,
        location: location.transpose()?,
        body: items::text(item, "body")?,
        retry_after: None,
    }))
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |time| time.as_secs())
}
