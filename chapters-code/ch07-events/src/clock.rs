//! What time it is.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Since 1970.
#[must_use]
pub fn now() -> Duration {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap_or_default()
}
