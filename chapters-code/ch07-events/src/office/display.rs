//! The display above the door: how many pets have found a home.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use aws_lambda_events::eventbridge::EventBridgeEvent;
use aws_sdk_dynamodb::types::AttributeValue::N;
use aws_sdk_dynamodb::types::{Put, Update};
use ch03_platform::items::{self, Item};
use ch03_platform::keys::EXPIRES;
use ch03_platform::writes::Write;
use ch06_state::retries::pauses;
use ch06_state::store::Store;
use ch06_state::writes::Written;
use serde::{Deserialize, Serialize};
use tokio::time::sleep;
use tracing::info;

use crate::clock::now;

/// The partition of what has been counted.
pub const COUNTED: &str = "counted";

/// The attribute with the number.
pub const COUNT: &str = "count";

/// Where the number is.
#[must_use]
pub fn place() -> Item {
    items::key("display", "homes")
}

/// How long it is known: twice as long as any event may be on its way.
const KNOWN: Duration = Duration::from_hours(28 * 24);

/// What the display needs to know.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Told {
    request: String,
    #[serde(default)]
    pets: Vec<serde_json::Value>,
}

// ANCHOR: count
/// Counts the pets of an event, and in the same transaction writes down that it has.
///
/// # Errors
///
/// When it is an event of another kind, when others count all the time, or when the table
/// is away.
pub async fn count(office: &Store, event: EventBridgeEvent<Told>) -> Result<()> {
    let Told { request, pets } = event.detail;
    let more = match event.detail_type.as_str() {
        "PetAdopted" => pets.len().to_string(),
        "PetReturned" => "-1".to_owned(),
        other => bail!("the display does not count {other}"),
    };
    let counted = Put::builder()
        .table_name(&office.shop.table)
        .set_item(Some(items::key(COUNTED, &request)))
        .item(EXPIRES, N((now() + KNOWN).as_secs().to_string()))
        .condition_expression("attribute_not_exists(pk)");
    let update = Update::builder()
        .table_name(&office.shop.table)
        .set_key(Some(place()))
        .update_expression("ADD #count :more")
        .expression_attribute_names("#count", COUNT)
        .expression_attribute_values(":more", N(more));
    let (counted, update) = (counted.build()?, update.build()?);
    let mut pauses = pauses();
    loop {
        let writes = vec![counted.clone().into(), Write::Update(update.clone())];
        if office.write(writes).await? == Written::All {
            info!(request, "the display has counted");
            return Ok(());
        }
        // It was counted before, or others are counting in this moment.
        if is_counted(office, &request).await? {
            info!(request, "the display has counted that before");
            return Ok(());
        }
        sleep(pauses.next().context("others are counting")?).await;
    }
}
// ANCHOR_END: count

async fn is_counted(office: &Store, request: &str) -> Result<bool> {
    let get = office.shop.client.get_item();
    let get = get.table_name(&office.shop.table).consistent_read(true);
    let get = get.set_key(Some(items::key(COUNTED, request)));
    Ok(get.send().await?.item.is_some())
}
