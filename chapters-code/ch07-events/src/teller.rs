//! Tells the bus what the outbox says.

use anyhow::Result;
use aws_lambda_events::dynamodb::{Event, EventRecord};
use aws_lambda_events::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use ch04_functions::events::SOURCE;
use tracing::{error, info};

use crate::outbox::Told;

/// How many events a call may have.
/// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html>
const MOST: usize = 10;

// ANCHOR: tell
/// Tells the bus what these changes of the table say, in their order, and says at which it
/// had to stop. One that is told twice is two events to the bus.
///
/// # Errors
///
/// When the bus is away.
pub async fn tell(bus: &Client, event: Event) -> Result<DynamoDbEventResponse> {
    let mut response = DynamoDbEventResponse::default();
    for records in event.records.chunks(MOST) {
        let told = records.iter().map_while(|record| Told::read(record).ok());
        let taken = put(bus, &told.collect::<Vec<_>>()).await?;
        // What comes after it comes again with it.
        if let Some(record) = records.get(taken) {
            error!(record = record.event_id, "an event cannot be told");
            response.batch_item_failures.push(failure(record));
            break;
        }
    }
    Ok(response)
}
// ANCHOR_END: tell

/// Gives how many of them the bus has taken, before the first that it has not.
async fn put(bus: &Client, told: &[Told]) -> Result<usize> {
    if told.is_empty() {
        return Ok(0);
    }
    let entries = told.iter().map(|told| {
        let entry = PutEventsRequestEntry::builder().source(SOURCE);
        let entry = entry.detail_type(&told.name).detail(&told.detail);
        entry.build()
    });
    let call = bus.put_events().set_entries(Some(entries.collect()));
    let put = Box::pin(call.send()).await?;
    let taken = put
        .entries()
        .iter()
        .take_while(|entry| entry.error_code().is_none());
    let taken = taken.count();
    for told in &told[..taken.min(told.len())] {
        info!(request = told.request, event = told.name, "the bus is told");
    }
    Ok(taken)
}

fn failure(record: &EventRecord) -> DynamoDbBatchItemFailure {
    let mut failure = DynamoDbBatchItemFailure::default();
    failure
        .item_identifier
        .clone_from(&record.change.sequence_number);
    failure
}
