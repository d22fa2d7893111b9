//! Does what checkouts want: when one has something new, and for those of which nobody has
//! heard, each minute and each night. `_HANDLER` says which of the three this process is.

use std::env;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail, ensure};
use aws_lambda_events::eventbridge::EventBridgeEvent;
use ch03_platform::config::Config;
use ch03_platform::logs;
use ch05_lambda::{aws, lambda};
use ch07_events::clock::now;
use ch10_processes::checkout::Checkout;
use ch10_processes::performer::Performer;
use ch10_processes::pets::Pets;
use ch10_processes::provider::client::Http;
use ch10_processes::{bell, due, settings};
use event_store::Dynamo;
use tracing::info;

type Shop = Performer<Checkout, Pets, Arc<Dynamo>, Http>;

// ANCHOR: main
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let config = Config::from_env()?;
    logs::start(config.log);
    let sdk = aws::connect().await?;
    let shop = &settings::performer(&sdk, &config.table)?;
    match env::var("_HANDLER").as_deref() {
        Ok("performer") => lambda::run(async |event| bell::ring(shop, event).await).await,
        Ok("due") => lambda::run(async |_: EventBridgeEvent| sweep(shop, due::HOUR).await).await,
        Ok("overdue") => {
            lambda::run(async |_: EventBridgeEvent| sweep(shop, due::MONTH).await).await
        }
        other => bail!("_HANDLER={other:?}: it is performer, due or overdue"),
    }
}
// ANCHOR_END: main

/// It fails when a checkout is stuck, so that somebody is woken. It is not tried again: the next
/// one comes anyway.
async fn sweep(shop: &Shop, back: Duration) -> Result<()> {
    let since = now().saturating_sub(back);
    let swept = due::sweep(shop, since, now()).await?;
    info!(
        looked_at = swept.looked_at,
        open = swept.open,
        late = swept.late,
        stuck = swept.stuck,
        "checkouts were looked after"
    );
    ensure!(swept.stuck == 0, "{} checkouts are stuck", swept.stuck);
    Ok(())
}
