//! Tells the bus what the outbox says.

use anyhow::Result;
use aws_sdk_eventbridge::Client;
use ch03_platform::config::Config;
use ch03_platform::logs;
use ch05_lambda::{aws, lambda};
use ch07_events::teller;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    logs::start(Config::from_env()?.log);
    let bus = Client::new(&aws::connect().await?);
    lambda::run(async |event| teller::tell(&bus, event).await).await
}
