//! Order in many durations.

use std::time::Duration;

/// The `part` quantile (0.5 is the median) of these durations, which it sorts; zero when there are none.
pub fn quantile(durations: &mut [Duration], part: f64) -> Duration {
    durations.sort_unstable();
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "a place in a list"
    )]
    let place = (durations.len().saturating_sub(1) as f64 * part).round() as usize;
    durations.get(place).copied().unwrap_or_default()
}

/// Microseconds, with what is below them.
#[must_use]
pub fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_places_in_order() {
        let mut all: Vec<Duration> = (0..=100).rev().map(Duration::from_millis).collect();
        assert_eq!(quantile(&mut all, 0.5), Duration::from_millis(50));
        assert_eq!(quantile(&mut all, 0.99), Duration::from_millis(99));
        assert_eq!(quantile(&mut [], 0.5), Duration::ZERO);
    }
}
