//! Tells the bus what is new in the streams.

use anyhow::Result;
use aws_sdk_eventbridge::Client;
use ch03_platform::config::Config;
use ch03_platform::logs;
use ch05_lambda::{aws, lambda};
use ch06_state::keys;
use ch08_event_sourcing::shop::Shop;
use ch08_event_sourcing::teller;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let config = Config::from_env()?;
    logs::start(config.log);
    let sdk = aws::connect().await?;
    let shop = Shop::new(&sdk, &config.table, None, keys::window()?);
    let bus = Client::new(&sdk);
    lambda::run(async |event| teller::tell(&shop, &bus, event).await).await
}
