//! The local `DynamoDB`, asked as its owner, beside the shop.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use ureq::Agent;
use ureq::http::Request;

/// The table that shops are told to use.
pub const TABLE: &str = "pets";

/// It wants a signature and does not look at it.
const UNSIGNED: &str = "AWS4-HMAC-SHA256 Credential=local, SignedHeaders=host, Signature=none";

/// No question waits longer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Asks the `DynamoDB` at `url`:
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html>
///
/// # Errors
///
/// When it does not answer, or answers no; with what it said.
pub fn ask(url: &str, operation: &str, question: &Value) -> Result<Value> {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .proxy(None)
        .timeout_global(Some(PATIENCE));
    let request = Request::post(url)
        .header("Content-Type", "application/x-amz-json-1.0")
        .header("X-Amz-Target", format!("DynamoDB_20120810.{operation}"))
        .header("X-Amz-Date", "20250101T000000Z")
        .header("Authorization", UNSIGNED)
        .body(question.to_string())?;
    let agent = config.build().new_agent();
    let mut answer = agent.run(request).with_context(|| operation.to_owned())?;
    let body = answer.body_mut().read_to_string()?;
    if answer.status() != 200 {
        bail!("{operation}: {body}");
    }
    Ok(serde_json::from_str(&body)?)
}
