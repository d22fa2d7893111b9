//! The changes of a table, as the stream gives them and as a function gets them.

use anyhow::{Context, Result};
use aws_lambda_events::dynamodb::{EventRecord, StreamRecord};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{StreamSpecification, StreamViewType};
use aws_sdk_dynamodbstreams::types::{AttributeValue, Record};
use ch06_state::index;
use chrono::DateTime;
use std::collections::HashMap;

// ANCHOR: make
/// Makes the table as chapter 6 does, and gives it a stream of what is new in it, unless
/// it has one.
///
/// # Errors
///
/// When the database is away, or does not allow it.
pub async fn make(client: &Client, table: &str) -> Result<()> {
    index::make(client, table).await?;
    let found = client.describe_table().table_name(table).send().await?;
    let stream = found.table.and_then(|table| table.stream_specification);
    if stream.is_some_and(|stream| stream.stream_enabled) {
        return Ok(());
    }
    let stream = StreamSpecification::builder().stream_enabled(true);
    let stream = stream.stream_view_type(StreamViewType::NewImage);
    let update = client.update_table().table_name(table);
    let update = update.stream_specification(stream.build()?);
    update.send().await.context("the stream cannot be made")?;
    Ok(())
}
// ANCHOR_END: make

/// A change as a function gets it.
#[must_use]
pub fn record(record: Record, stream: &str) -> EventRecord {
    let mut event = EventRecord::default();
    event.aws_region = record.aws_region.unwrap_or_default();
    event.event_id = record.event_id.unwrap_or_default();
    event.event_name = record
        .event_name
        .map(|name| name.as_str().into())
        .unwrap_or_default();
    event.event_source = record.event_source;
    event.event_version = record.event_version;
    event.event_source_arn = Some(stream.into());
    let Some(change) = record.dynamodb else {
        return event;
    };
    let mut told = StreamRecord::default();
    let time = change
        .approximate_creation_date_time
        .map(|time| time.secs());
    let time = time.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    told.approximate_creation_date_time = time.unwrap_or_default();
    told.keys = item(change.keys);
    told.new_image = item(change.new_image);
    told.old_image = item(change.old_image);
    told.sequence_number = change.sequence_number;
    told.size_bytes = change.size_bytes.unwrap_or_default();
    event.change = told;
    event
}

fn item(item: Option<HashMap<String, AttributeValue>>) -> serde_dynamo::Item {
    item.unwrap_or_default().into()
}
