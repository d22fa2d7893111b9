//! Idempotency keys: for how long one is good, and what is said while its first request
//! is under way.

use std::env;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::AttributeValue::N;
use aws_sdk_dynamodb::types::Put;
use ch01_bare_server::problem::Problem;
use ch02_virtual_server::answer::Answer;
use ch02_virtual_server::order::Key;
use ch03_platform::keys::{self, EXPIRES};

/// The variable with the window in seconds.
const VARIABLE: &str = "KEY_WINDOW";

/// What customers were promised.
const DAY: Duration = Duration::from_hours(24);

/// How long a key is good for: a day, or what `KEY_WINDOW` says.
///
/// # Errors
///
/// When that is no number of seconds, or none at all.
pub fn window() -> Result<Duration> {
    let Ok(text) = env::var(VARIABLE) else {
        return Ok(DAY);
    };
    let seconds = text.parse().ok();
    let seconds =
        seconds.with_context(|| format!("{VARIABLE}={text}: it is no number of seconds"))?;
    ensure!(
        seconds > 0,
        "{VARIABLE}=0: no key would be good for anything"
    );
    Ok(Duration::from_secs(seconds))
}

// ANCHOR: keep
/// Keeps an answer for as long as the window lasts, if there is none for this key.
///
/// # Errors
///
/// None: all that it needs is there.
pub fn keep(table: &str, key: &Key, answer: &Answer, window: Duration) -> Result<Put, BuildError> {
    let mut put = keys::keep(table, key, answer)?;
    let until = (now() + window).as_secs();
    put.item.insert(EXPIRES.into(), N(until.to_string()));
    Ok(put)
}
// ANCHOR_END: keep

// ANCHOR: in_flight
/// What is answered when the first request with a key is not done yet.
/// <https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/>
#[must_use]
pub fn in_flight() -> Answer {
    let detail = "the first request with this key is not done; come again for its answer";
    let title = "A request with this Idempotency-Key is under way";
    let mut answer = Answer::from(Problem::new(
        409,
        "idempotency-key-in-flight",
        title,
        detail,
    ));
    answer.retry_after = Some(1);
    answer
}
// ANCHOR_END: in_flight

fn now() -> Duration {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap_or_default()
}
