//! Compares what the display says with the streams.

use std::env;

use anyhow::{Context, Result};
use aws_lambda_events::eventbridge::EventBridgeEvent;
use ch03_platform::config::Config;
use ch03_platform::logs;
use ch05_lambda::{aws, lambda};
use ch06_state::counter::store;
use ch06_state::keys;
use ch08_event_sourcing::recount;
use ch08_event_sourcing::shop::Shop;

/// The variable with the table of the office.
const OFFICE: &str = "OFFICE_TABLE";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let config = Config::from_env()?;
    logs::start(config.log);
    let sdk = aws::connect().await?;
    let table = env::var(OFFICE);
    let table = table.with_context(|| format!("{OFFICE} is not set: it is a table's name"))?;
    let office = store(&sdk, &table, "office")?;
    let shop = Shop::new(&sdk, &config.table, None, keys::window()?);
    lambda::run(async |_: EventBridgeEvent| recount::compare(&shop, &office).await).await
}
