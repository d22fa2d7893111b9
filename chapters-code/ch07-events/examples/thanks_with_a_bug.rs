//! The shop of this chapter, whose letters are written by somebody who knows 26 letters.
//!
//! Where a Runtime API is, this program is the function `thanks`. Elsewhere it becomes the
//! host, with this function in the place of the shop's.

#[path = "../../ch06-state/examples/stands_in/mod.rs"]
mod stands_in;

use std::env;

use anyhow::Result;
use aws_lambda_events::sqs::SqsEvent;
use aws_lambda_events::streams::{SqsBatchItemFailure, SqsEventResponse};
use ch05_lambda::lambda;
use ch06_state::store::Store;
use ch07_events::office::{self, thanks};

fn main() -> Result<()> {
    if env::var_os("AWS_LAMBDA_RUNTIME_API").is_some() {
        return write();
    }
    stands_in::become_host("ch07-events", "thanks")
}

// ANCHOR: bug
/// Writes the letters of a batch, but for those with a sign that is not on the typewriter.
async fn thank_all(office: &Store, mut event: SqsEvent) -> SqsEventResponse {
    let is_odd = |body: &str| !body.is_ascii();
    let mut odd = SqsEventResponse::default();
    for message in &event.records {
        if message.body.as_deref().is_some_and(is_odd) {
            let mut failure = SqsBatchItemFailure::default();
            failure.item_identifier.clone_from(&message.message_id);
            odd.batch_item_failures.push(failure);
        }
    }
    event
        .records
        .retain(|message| !message.body.as_deref().is_some_and(is_odd));
    let mut response = thanks::thank_all(office, event).await;
    response.batch_item_failures.extend(odd.batch_item_failures);
    response
}
// ANCHOR_END: bug

#[tokio::main(flavor = "current_thread")]
async fn write() -> Result<()> {
    let office = office::open().await?;
    lambda::run(async |event| Ok(thank_all(&office, event).await)).await
}
