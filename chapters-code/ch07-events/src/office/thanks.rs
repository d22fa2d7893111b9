//! A letter to whoever has adopted a pet.

use anyhow::{Context, Result, bail};
use aws_lambda_events::eventbridge::EventBridgeEvent;
use aws_lambda_events::sqs::SqsEvent;
use aws_lambda_events::streams::{SqsBatchItemFailure, SqsEventResponse};
use aws_sdk_dynamodb::types::AttributeValue::S;
use aws_sdk_dynamodb::types::Put;
use ch03_platform::items;
use ch04_functions::office::thanks::LETTERS;
use ch06_state::store::Store;
use ch06_state::writes::Written;
use serde::{Deserialize, Serialize};
use tracing::{error, info};

/// What a letter needs to know of an adoption.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Adopted {
    request: String,
    customer: String,
    pets: Vec<Pet>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Pet {
    name: String,
}

// ANCHOR: batch
/// Writes the letters of a batch of messages, and says which it could not write.
pub async fn thank_all(office: &Store, event: SqsEvent) -> SqsEventResponse {
    let mut response = SqsEventResponse::default();
    for message in event.records {
        let id = message.message_id.unwrap_or_default();
        let body = message.body.unwrap_or_default();
        if let Err(because) = thank_for(office, &body).await {
            let because = format!("{because:#}");
            error!(message = id, because, "a letter is not written");
            let mut failure = SqsBatchItemFailure::default();
            failure.item_identifier = Some(id);
            response.batch_item_failures.push(failure);
        }
    }
    response
}

async fn thank_for(office: &Store, body: &str) -> Result<()> {
    let event: EventBridgeEvent<Adopted> = serde_json::from_str(body).context("no adoption")?;
    thank(office, event.detail).await
}
// ANCHOR_END: batch

// ANCHOR: thank
/// Thanks a customer, once for each request. The letter is named after it.
///
/// # Errors
///
/// When the table is away.
pub async fn thank(office: &Store, adopted: Adopted) -> Result<()> {
    let Adopted {
        request,
        customer,
        pets,
    } = adopted;
    let names: Vec<String> = pets.into_iter().map(|pet| pet.name).collect();
    let text = format!("Thank you for giving {} a home.", names.join(" and "));
    let put = Put::builder()
        .table_name(&office.shop.table)
        .set_item(Some(items::key(LETTERS, &request)))
        .item("customer", S(customer.clone()))
        .item("text", S(text.clone()))
        .condition_expression("attribute_not_exists(pk)");
    match office.write(vec![put.build()?.into()]).await? {
        Written::All => info!(request, "to {customer}: {text}"),
        Written::Changed => info!(request, "{customer} has been thanked"),
        Written::LastIsBusy | Written::TooMuch => bail!("the table has too much to do"),
    }
    Ok(())
}
// ANCHOR_END: thank
