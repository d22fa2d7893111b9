//! How many tests run at a time.

use std::thread::available_parallelism;

/// For tests that mostly wait for the programs that they have started: two for each processor. More of them make each slower without
/// an end to it, and what has a second to answer in needs that second.
#[must_use]
pub fn for_waiting() -> usize {
    2 * available_parallelism().map_or(1, usize::from)
}
