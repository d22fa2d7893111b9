//! A letter to whoever has adopted a pet.

use anyhow::Result;
use aws_lambda_events::eventbridge::EventBridgeEvent;
use aws_sdk_dynamodb::types::AttributeValue::S;
use ch03_platform::items;
use ch03_platform::store::Store;
use serde::{Deserialize, Serialize};
use tracing::info;
use uuid::Uuid;

/// The partition of the letters.
pub const LETTERS: &str = "letters";

// ANCHOR: thanks
/// What a letter needs to know of an adoption.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Adopted {
    #[serde(default)]
    request: String,
    customer: String,
    pets: Vec<Pet>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Pet {
    name: String,
}

/// Thanks the customer: a letter is sent, and a copy kept. Whoever is thanked twice gets
/// two letters.
///
/// # Errors
///
/// When the table is away.
pub async fn thank(office: &Store, event: EventBridgeEvent<Adopted>) -> Result<()> {
    let Adopted {
        request,
        customer,
        pets,
    } = event.detail;
    let names: Vec<String> = pets.into_iter().map(|pet| pet.name).collect();
    let text = format!("Thank you for giving {} a home.", names.join(" and "));
    let put = office.client.put_item().table_name(&office.table);
    put.set_item(Some(items::key(LETTERS, &Uuid::now_v7().to_string())))
        .item("customer", S(customer.clone()))
        .item("text", S(text.clone()))
        .item("event", S(event.id.unwrap_or_default()))
        .send()
        .await?;
    info!(request, "to {customer}: {text}");
    Ok(())
}
// ANCHOR_END: thanks
