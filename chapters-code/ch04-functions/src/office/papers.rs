//! The papers that go with a pet.

use anyhow::Result;
use aws_lambda_events::eventbridge::EventBridgeEvent;
use aws_sdk_dynamodb::types::AttributeValue::S;
use ch03_platform::items;
use ch03_platform::store::Store;
use serde::{Deserialize, Serialize};
use tracing::info;

/// The partition of the papers.
pub const PAPERS: &str = "papers";

// ANCHOR: papers
/// What the papers need to know of an adoption.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Adopted {
    #[serde(default)]
    request: String,
    customer: String,
    pets: Vec<Pet>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Pet {
    id: String,
    name: String,
    species: String,
}

/// Writes the papers of every pet that was adopted. To do so twice changes nothing.
///
/// # Errors
///
/// When the table is away.
pub async fn write(office: &Store, event: EventBridgeEvent<Adopted>) -> Result<()> {
    let Adopted {
        request,
        customer,
        pets,
    } = event.detail;
    for Pet { id, name, species } in pets {
        let text = format!("{name}, {species}, lives with {customer}.");
        let put = office.client.put_item().table_name(&office.table);
        put.set_item(Some(items::key(PAPERS, &id)))
            .item("customer", S(customer.clone()))
            .item("text", S(text))
            .send()
            .await?;
        info!(request, "the papers of {name} are written");
    }
    Ok(())
}
// ANCHOR_END: papers
