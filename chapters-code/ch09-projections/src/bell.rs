//! A doorbell: says to the views that a stream has something new.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result};
use aws_lambda_events::dynamodb::{Event, EventRecord};
use aws_lambda_events::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use event_store::StreamId;
use futures_util::{StreamExt, stream};
use serde::Deserialize;
use serde_dynamo::from_item;
use tracing::{error, info};

use crate::kept::{Far, Views};

/// How many streams are looked after at a time.
const AT_ONCE: usize = 8;

/// The key of a commit. All else of it is read from its stream.
#[derive(Debug, Deserialize)]
struct Key {
    pk: String,
    c: u64,
}

/// What a batch says of a stream.
#[derive(Debug, Default)]
pub struct Bell {
    /// The newest commit.
    pub commit: u64,
    /// The first record that names the stream, by its number in the table's stream.
    pub first: Option<String>,
}

// ANCHOR: ring
/// Rings for a batch of records, once for each stream that they name. Where a stream begins at
/// which it fails is told: from there on all come again, and whatever was done by then is done.
///
/// # Errors
///
/// When a record is of something else than a commit.
pub async fn ring(views: &Views, event: Event) -> Result<DynamoDbEventResponse> {
    let rung = bells(&event.records)?.into_iter();
    let rung =
        rung.map(
            async |(stream, bell)| match Box::pin(views.heard(&stream, bell.commit)).await {
                Ok(far) => {
                    tell(&stream, &far);
                    None
                }
                Err(because) => {
                    let (stream, because) = (stream.0, because.to_string());
                    error!(stream, because, "a view is behind");
                    Some(bell.first)
                }
            },
        );
    let failed = stream::iter(rung).buffer_unordered(AT_ONCE);
    let mut response = DynamoDbEventResponse::default();
    response.batch_item_failures = failed
        .filter_map(async |first| Some(failure(first?)))
        .collect()
        .await;
    Ok(response)
}
// ANCHOR_END: ring

/// The streams that a batch names.
///
/// # Errors
///
/// When a record is of something else than a commit.
pub fn bells(records: &[EventRecord]) -> Result<BTreeMap<StreamId, Bell>> {
    let mut bells: BTreeMap<StreamId, Bell> = BTreeMap::new();
    for record in records {
        let key = from_item(record.change.keys.clone());
        let Key { pk, c } = key.with_context(|| format!("record {}", record.event_id))?;
        let bell = bells.entry(StreamId(pk)).or_default();
        bell.commit = bell.commit.max(c);
        let number = || record.change.sequence_number.clone();
        bell.first = bell.first.take().or_else(number);
    }
    Ok(bells)
}

fn failure(number: Option<String>) -> DynamoDbBatchItemFailure {
    let mut failure = DynamoDbBatchItemFailure::default();
    failure.item_identifier = number;
    failure
}

// ANCHOR: lag
/// Tells the log how much later than it was decided something came to be in each view.
fn tell(stream: &StreamId, far: &[Far]) {
    for far in far {
        // Who has heard nothing new has nothing to tell.
        if let Some(at) = far.reached.news {
            let (view, stream, commit) = (far.view, &stream.0, far.reached.commit);
            let lag_ms = millis(far.since.saturating_sub(at));
            info!(view, stream, commit, lag_ms, "a view has it");
        }
    }
}
// ANCHOR_END: lag

fn millis(lag: Duration) -> u64 {
    u64::try_from(lag.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn record(number: &str, stream: &str, commit: u64) -> Result<EventRecord> {
        let keys = json!({ "pk": { "S": stream }, "c": { "N": commit.to_string() } });
        Ok(serde_json::from_value(json!({
            "awsRegion": "eu-central-1", "eventID": number, "eventName": "INSERT",
            "dynamodb": { "Keys": keys, "SequenceNumber": number, "ApproximateCreationDateTime": 1,
                "SizeBytes": 1 },
        }))?)
    }

    #[test]
    fn a_batch_rings_once_for_each_stream() -> Result<()> {
        let records = [
            record("7", "pet#1", 2)?,
            record("8", "pet#2", 1)?,
            record("9", "pet#1", 1)?,
        ];
        let bells = bells(&records)?;
        let bells = bells
            .iter()
            .map(|(stream, bell)| (stream.0.as_str(), bell.commit, bell.first.as_deref()));
        let bells: Vec<_> = bells.collect();
        assert_eq!(bells, [("pet#1", 2, Some("7")), ("pet#2", 1, Some("8"))]);
        Ok(())
    }
}
