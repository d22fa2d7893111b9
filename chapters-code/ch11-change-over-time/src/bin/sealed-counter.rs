//! The functions of the counter. `_HANDLER` says which of them this process is.

use anyhow::Result;
use ch05_lambda::lambda;
use ch11_change_over_time::counter;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let counter = Box::pin(counter::open()).await?;
    lambda::run(async |event| Ok(Box::pin(counter::answer(&counter, event)).await)).await
}
