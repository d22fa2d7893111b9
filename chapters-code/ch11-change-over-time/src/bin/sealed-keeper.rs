//! Does what checkouts want: when one has something new, and for those of which nobody has
//! heard, each minute and each night. `_HANDLER` says which of the three this process is.

use anyhow::Result;
use ch03_platform::config::Config;
use ch03_platform::logs;
use ch05_lambda::aws;
use ch10_processes::keeper;
use ch11_change_over_time::settings;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let config = Config::from_env()?;
    logs::start(config.log);
    let sdk = aws::connect().await?;
    keeper::run(&settings::performer(&sdk, &config.table)?).await
}
