//! `show`, which has called the database before its first customer comes.

use anyhow::Result;
use ch01_bare_server::pets::PetId;
use ch03_platform::config::Config;
use ch03_platform::logs;
use ch04_functions::counter;
use ch05_lambda::counter::shop;
use ch05_lambda::{aws, lambda};

// ANCHOR: main
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let config = Config::from_env()?;
    logs::start(config.log);
    let shop = shop(&aws::connect().await?, &config.table, "show");
    // The connection is what this is for. Whether the database is away, a customer will see.
    let _ = shop
        .store
        .find(&PetId("00000000-0000-7000-8000-000000000000".to_owned()))
        .await;
    lambda::run(async |event| Ok(counter::answer(&shop, "show", event).await)).await
}
// ANCHOR_END: main
