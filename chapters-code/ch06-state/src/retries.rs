//! When to come again.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::Config;

/// How often an order is tried, and how often a call.
pub const TRIES: u32 = 8;

/// The first pause is shorter than this.
const FIRST: Duration = Duration::from_millis(25);

/// And none is longer than this.
const LONGEST: Duration = Duration::from_millis(400);

// ANCHOR: pauses
/// The pauses between tries. Each may be twice as long as the one before, up to 0.4 s,
/// and how much of that it is, chance decides: those who were refused together do not
/// come again together.
/// <https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>
pub fn pauses() -> impl Iterator<Item = Duration> {
    let longest = (1..TRIES).map(|tries| LONGEST.min(FIRST * 2_u32.pow(tries - 1)));
    longest.map(|longest| longest.mul_f64(fastrand::f64()))
}
// ANCHOR_END: pauses

// ANCHOR: client
/// The way to the table, on which a call that was refused because there were too many is
/// made again, as long as the customer waits. The SDK lets chance decide as well.
#[must_use]
pub fn client(sdk: &SdkConfig) -> Client {
    let retries = RetryConfig::standard()
        .with_max_attempts(TRIES)
        .with_initial_backoff(FIRST)
        .with_max_backoff(LONGEST);
    let config = Config::from(sdk).to_builder().retry_config(retries);
    Client::from_conf(config.build())
}
// ANCHOR_END: client

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_differ() {
        let all: Vec<Vec<Duration>> = (0..100).map(|_| pauses().collect()).collect();
        for (at, most) in [25, 50, 100, 200, 400, 400, 400].into_iter().enumerate() {
            let most = Duration::from_millis(most);
            assert!(all.iter().all(|pauses| pauses[at] <= most));
            assert!(all.iter().any(|pauses| pauses[at] > most / 2));
            assert!(all.iter().any(|pauses| pauses[at] < most / 2));
        }
        assert!(all.iter().all(|pauses| pauses.len() == 7));
    }
}
