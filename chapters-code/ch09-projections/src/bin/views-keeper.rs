//! Keeps the views: when something is new in the streams, and each night for what nobody has
//! heard. `_HANDLER` says which of the two this process is.

use std::env;

use anyhow::{Result, bail};
use aws_lambda_events::eventbridge::EventBridgeEvent;
use ch03_platform::config::Config;
use ch03_platform::logs;
use ch05_lambda::{aws, lambda};
use ch09_projections::bell;
use ch09_projections::kept::{self, Views};
use tracing::info;

// ANCHOR: main
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let config = Config::from_env()?;
    logs::start(config.log);
    let sdk = aws::connect().await?;
    let views = &Views::new(&sdk, &config.table, &kept::table());
    match env::var("_HANDLER").as_deref() {
        Ok("views") => lambda::run(async |event| bell::ring(views, event).await).await,
        Ok("sweep") => lambda::run(async |_: EventBridgeEvent| sweep(views).await).await,
        other => bail!("_HANDLER={other:?}: it is views or sweep"),
    }
}
// ANCHOR_END: main

async fn sweep(views: &Views) -> Result<()> {
    for (view, behind) in views.sweep().await? {
        info!(view, behind, "rows that nobody had been heard for");
    }
    Ok(())
}
