//! How times are written.

use std::time::Duration;

/// Milliseconds since 1970.
#[must_use]
pub fn millis(at: Duration) -> u64 {
    u64::try_from(at.as_millis()).unwrap_or(u64::MAX)
}
