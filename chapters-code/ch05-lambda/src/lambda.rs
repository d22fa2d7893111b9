//! The function's side of the Runtime API, by those who have made it.

use anyhow::{Error, Result};
use lambda_runtime::{LambdaEvent, service_fn};
use serde::Serialize;
use serde::de::DeserializeOwned;

// ANCHOR: run
/// Handles one event after the other, as long as somebody has one.
///
/// # Errors
///
/// When nobody has any more.
pub async fn run<E, A>(handler: impl AsyncFn(E) -> Result<A>) -> Result<()>
where
    E: DeserializeOwned,
    A: Serialize,
{
    let handler = &handler;
    let service = service_fn(|event: LambdaEvent<E>| handler(event.payload));
    lambda_runtime::run(service)
        .await
        .map_err(Error::from_boxed)
}
// ANCHOR_END: run
