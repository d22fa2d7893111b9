//! A shop where nobody adopts a pet without an idempotency key.
//!
//! Where a Runtime API is, this program is the function `adopt`. Elsewhere it becomes the
//! host, with this function in the place of the shop's.

mod stands_in;

use std::env;

use anyhow::Result;
use ch01_bare_server::problem::Problem;
use ch04_functions::request::respond;
use ch05_lambda::counter::answer;
use ch05_lambda::lambda;
use ch06_state::counter;
use serde_json::{Value, from_value};

fn main() -> Result<()> {
    if env::var_os("AWS_LAMBDA_RUNTIME_API").is_some() {
        return adopt();
    }
    stands_in::become_host("ch06-state", "adopt")
}

#[tokio::main(flavor = "current_thread")]
async fn adopt() -> Result<()> {
    let counter = counter::open().await?;
    lambda::run(async |event: Value| {
        Ok(match refusal(&event) {
            Some(problem) => respond(problem.into()),
            None => answer(&counter, from_value(event)?).await,
        })
    })
    .await
}

// ANCHOR: refusal
/// What is said to whoever wants a pet and sends no key. The fields of a request are in
/// `event["headers"]`, in lower case.
fn refusal(event: &Value) -> Option<Problem> {
    if event["headers"]["idempotency-key"].is_string() {
        return None;
    }
    let detail =
        "send the field Idempotency-Key with a key of your own, and with each try the same one";
    let problem = Problem::new(400, "no-key", "There is no Idempotency-Key", detail);
    Some(problem)
}
// ANCHOR_END: refusal
