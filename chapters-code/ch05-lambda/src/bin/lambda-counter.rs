//! The functions of the counter. `_HANDLER` says which of them this process is.

use anyhow::Result;
use ch05_lambda::counter::{self, Counter};
use ch05_lambda::lambda;

// ANCHOR: main
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let counter = Counter::open().await?;
    lambda::run(async |event| Ok(counter::answer(&counter, event).await)).await
}
// ANCHOR_END: main
