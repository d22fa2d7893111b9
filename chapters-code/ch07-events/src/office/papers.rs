//! The papers that go with a pet: those of whoever has adopted it last.

use anyhow::{Result, bail};
use aws_lambda_events::eventbridge::EventBridgeEvent;
use aws_sdk_dynamodb::types::AttributeValue::{N, S};
use aws_sdk_dynamodb::types::Put;
use ch03_platform::items;
use ch04_functions::office::papers::PAPERS;
use ch06_state::store::Store;
use ch06_state::writes::Written;
use serde::{Deserialize, Serialize};
use tracing::info;

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
    /// None tells of an adoption before pets had versions.
    #[serde(default)]
    version: u64,
}

// ANCHOR: papers
/// Writes the papers of every pet that was adopted, unless there are later ones.
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
    for Pet {
        id,
        name,
        species,
        version,
    } in pets
    {
        let text = format!("{name}, {species}, lives with {customer}.");
        let put = Put::builder()
            .table_name(&office.shop.table)
            .set_item(Some(items::key(PAPERS, &id)))
            .item("customer", S(customer.clone()))
            .item("text", S(text))
            .item("version", N(version.to_string()))
            .condition_expression("attribute_not_exists(version) OR version < :version")
            .expression_attribute_values(":version", N(version.to_string()));
        match office.write(vec![put.build()?.into()]).await? {
            Written::All => info!(request, "the papers of {name} are written"),
            Written::Changed => info!(request, "{name} has these papers, or later ones"),
            Written::LastIsBusy | Written::TooMuch => bail!("the table has too much to do"),
        }
    }
    Ok(())
}
// ANCHOR_END: papers
