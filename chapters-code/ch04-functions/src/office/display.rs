//! The display above the door: how many pets have found a home.

use anyhow::{Result, bail};
use aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use aws_lambda_events::eventbridge::EventBridgeEvent;
use aws_sdk_dynamodb::types::AttributeValue::N;
use ch02_virtual_server::answer::Answer;
use ch03_platform::failure::Failure;
use ch03_platform::items::{self, Item};
use ch03_platform::store::Store;
use serde::Deserialize;
use serde_json::json;
use tracing::info;

use crate::request::respond;

/// The attribute with the number.
const COUNT: &str = "count";

/// Where the number is.
fn place() -> Item {
    items::key("display", "homes")
}

// ANCHOR: count
/// What the display needs to know of an adoption.
#[derive(Debug, Deserialize)]
struct Adopted {
    pets: Vec<serde_json::Value>,
}

/// Counts the pets of an event. One that comes twice is counted twice.
///
/// # Errors
///
/// When it is an event of another kind, or the table is away.
pub async fn count(office: &Store, event: EventBridgeEvent) -> Result<()> {
    let request = event.detail["request"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let more = match event.detail_type.as_str() {
        "PetAdopted" => {
            let adopted: Adopted = serde_json::from_value(event.detail)?;
            adopted.pets.len().to_string()
        }
        "PetReturned" => "-1".to_owned(),
        other => bail!("the display does not count {other}"),
    };
    let update = office.client.update_item().table_name(&office.table);
    let update = update.set_key(Some(place()));
    let update = update.update_expression("ADD #count :more");
    let update = update.expression_attribute_names("#count", COUNT);
    let update = update.expression_attribute_values(":more", N(more));
    update.send().await?;
    info!(request, "the display has counted");
    Ok(())
}
// ANCHOR_END: count

// ANCHOR: show
/// `GET /display`
///
/// # Errors
///
/// None: a customer is told that the table is away.
pub async fn show(office: &Store) -> Result<ApiGatewayV2httpResponse> {
    let homes = homes(office).await;
    let answer = homes.map(|homes| Answer::ok(&json!({ "homes": homes })));
    Ok(respond(answer.unwrap_or_else(Answer::from)))
}

async fn homes(office: &Store) -> Result<i64, Failure> {
    let get = office.client.get_item().table_name(&office.table);
    let get = get.set_key(Some(place())).consistent_read(true);
    let found = get.send().await?.item;
    found.map_or(Ok(0), |item| items::number(&item, COUNT))
}
// ANCHOR_END: show
