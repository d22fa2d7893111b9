//! The counter of chapter 6, which tells nobody what it has done: it writes it down.

use anyhow::Result;
use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use ch03_platform::config::Config;
use ch03_platform::logs;
use ch04_functions::counter::{self, handler};
use ch05_lambda::aws;
use ch05_lambda::counter::{self as with_staff, Counter};
use ch06_state::counter::store;

use crate::outbox;
use crate::store::Store;

// ANCHOR: open
/// Makes it of what is set in the environment. It calls nobody yet.
///
/// # Errors
///
/// All that is missing or wrong there.
pub async fn open() -> Result<Counter<Store>> {
    let config = Config::from_env()?;
    logs::start(config.log);
    let handler = handler()?;
    let store = Store(store(&aws::connect().await?, &config.table, &handler)?);
    let publisher = None;
    Counter::new(handler, counter::Counter { store, publisher })
}

/// Answers a request.
pub async fn answer(
    counter: &Counter<Store>,
    event: ApiGatewayV2httpRequest,
) -> ApiGatewayV2httpResponse {
    let request = event.request_context.request_id.clone();
    // What one knows of a request on its way takes 18 kilobytes.
    let answer = Box::pin(with_staff::answer(counter, event));
    outbox::during(request.unwrap_or_default(), answer).await
}
// ANCHOR_END: open
