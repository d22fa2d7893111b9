//! The functions of the counter. `_HANDLER` says which of them this process is.

use anyhow::Result;
use ch05_lambda::lambda;
use ch08_event_sourcing::counter;
use ch08_event_sourcing::pet::Pets;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let counter = counter::open::<Pets>().await?;
    lambda::run(async |event| Ok(counter::answer(&counter, event).await)).await
}
