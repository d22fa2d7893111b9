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
/// Tells the bus what these changes of the table say, in their order, and says which it
/// could not tell. One that is told twice is two events to the bus.
///
/// # Errors
///
/// When the bus is away.
pub async fn tell(bus: &Client, event: Event) -> Result<DynamoDbEventResponse> {
    let mut response = DynamoDbEventResponse::default();
    for records in event.records.chunks(MOST) {
        let told = records.iter().map(|record| Told::read(record).ok());
        let told: Vec<Option<Told>> = told.take_while(Option::is_some).collect();
        let works = &records[..told.len()];
        let failed = put(bus, told.into_iter().flatten().collect()).await?;
        let odd = records.get(works.len());
        let first = works
            .iter()
            .zip(failed)
            .find_map(|(record, failed)| failed.then_some(record));
        // What comes after it comes again with it.
        if let Some(record) = first.or(odd) {
            error!(record = record.event_id, "an event cannot be told");
            response.batch_item_failures.push(failure(record));
            break;
        }
    }
    Ok(response)
}
// ANCHOR_END: tell

/// Gives for each whether the bus has refused it.
async fn put(bus: &Client, told: Vec<Told>) -> Result<Vec<bool>> {
    if told.is_empty() {
        return Ok(vec![]);
    }
    let entries = told.iter().map(|told| {
        let entry = PutEventsRequestEntry::builder().source(SOURCE);
        let entry = entry.detail_type(&told.name).detail(&told.detail);
        entry.build()
    });
    let call = bus.put_events().set_entries(Some(entries.collect()));
    let put = Box::pin(call.send()).await?;
    let failed = put
        .entries()
        .iter()
        .map(|entry| entry.error_code().is_some());
    let failed: Vec<bool> = failed.collect();
    for (told, failed) in told.iter().zip(&failed) {
        if !failed {
            info!(request = told.request, event = told.name, "the bus is told");
        }
    }
    Ok(failed)
}

fn failure(record: &EventRecord) -> DynamoDbBatchItemFailure {
    let mut failure = DynamoDbBatchItemFailure::default();
    failure
        .item_identifier
        .clone_from(&record.change.sequence_number);
    failure
}
