//! The functions of the counter. `_HANDLER` says which of them this process is.

use anyhow::Result;
use ch03_platform::config::Config;
use ch03_platform::logs;
use ch04_functions::counter::{self, Counter};
use ch04_functions::runtime;

// ANCHOR: main
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let (shop, handler) = runtime::ready(open()).await?;
    runtime::run(async |event| Ok(counter::answer(&shop, &handler, event).await)).await
}

async fn open() -> Result<(Counter, String)> {
    let config = Config::from_env()?;
    logs::start(config.log.clone());
    Ok((Counter::open(&config).await, counter::handler()?))
}
// ANCHOR_END: main
