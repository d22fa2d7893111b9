//! The shop of this chapter, whose letters take longer than their queue has patience.
//!
//! Where a Runtime API is, this program is the function `thanks`. Elsewhere it becomes the
//! host, with this function in the place of the shop's.

#[path = "../../ch06-state/examples/stands_in/mod.rs"]
mod stands_in;

use std::env;
use std::time::Duration;

use anyhow::Result;
use aws_lambda_events::sqs::SqsEvent;
use aws_lambda_events::streams::SqsEventResponse;
use ch05_lambda::lambda;
use ch06_state::store::Store;
use ch07_events::office::{self, thanks};
use tokio::time::sleep;

fn main() -> Result<()> {
    if env::var_os("AWS_LAMBDA_RUNTIME_API").is_some() {
        return write();
    }
    stands_in::become_host("ch07-events", "thanks")
}

// ANCHOR: slow
/// Writes the letters of a batch, and takes its time for it.
async fn thank_all(office: &Store, event: SqsEvent) -> SqsEventResponse {
    sleep(Duration::from_secs(2)).await;
    thanks::thank_all(office, event).await
}
// ANCHOR_END: slow

#[tokio::main(flavor = "current_thread")]
async fn write() -> Result<()> {
    let office = office::open().await?;
    lambda::run(async |event| Ok(thank_all(&office, event).await)).await
}
