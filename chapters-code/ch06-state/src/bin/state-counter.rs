//! The functions of the counter. `_HANDLER` says which of them this process is.

use anyhow::Result;
use ch05_lambda::counter::answer;
use ch05_lambda::lambda;
use ch06_state::counter;

// ANCHOR: main
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let counter = counter::open().await?;
    lambda::run(async |event| Ok(answer(&counter, event).await)).await
}
// ANCHOR_END: main
