//! What may be chosen.

use std::num::NonZeroUsize;
use std::time::Duration;

use crate::commit::{Known, StreamId, millis};
use crate::error::Failure;

/// What may be chosen of a store.
#[derive(Debug, Clone)]
pub struct Settings {
    /// A state goes into every commit if it has at most so many bytes of JSON, together
    /// with the commands that are remembered, which are some 90 bytes each. With 0, none
    /// goes into every commit.
    pub small: usize,
    /// A larger one goes into every so manieth commit.
    pub every: u64,
    /// How many commands a stream remembers, at most.
    pub remembers: usize,
    /// For how long it remembers one, at most.
    pub window: Duration,
    /// How often a command is decided whose commit was in another's way, and how often
    /// a call is made that failed for a reason that passes.
    pub tries: u32,
    /// How many streams this process remembers the newest state of.
    pub heads: NonZeroUsize,
}

impl Default for Settings {
    /// A state of up to 700 bytes in every commit, which with a small event is one write
    /// unit; a larger one in every 20th; fifty commands for a day; 8 tries; 1,000 streams.
    fn default() -> Self {
        Self {
            small: 700,
            every: 20,
            remembers: 50,
            window: Duration::from_hours(24),
            tries: 8,
            heads: const { NonZeroUsize::new(1_000).unwrap() },
        }
    }
}

impl Settings {
    /// Forgets what is too old or too much at this time.
    pub(crate) fn forget(&self, known: &mut Vec<Known>, at: Duration) {
        known.retain(|known| millis(at).saturating_sub(known.at) <= millis(self.window));
        known.drain(..known.len().saturating_sub(self.remembers));
    }

    /// Whether a state of this size goes into the commit of this number.
    pub(crate) fn carries(&self, bytes: usize, number: u64) -> bool {
        bytes <= self.small || number.is_multiple_of(self.every.max(1))
    }

    /// How many commits are read at once before it is known whether the newest has a state,
    /// and after that.
    pub(crate) fn pages(&self) -> (u32, u32) {
        let every = u32::try_from(self.every).unwrap_or(u32::MAX);
        let first = if self.small > 0 { 1 } else { every };
        (first, every)
    }

    /// Whether there is another try after `lost` of them.
    pub(crate) fn may_try(&self, stream: &StreamId, lost: u32) -> Result<(), Failure> {
        if lost < self.tries {
            return Ok(());
        }
        Err(Failure::Contended {
            stream: stream.clone(),
            tries: lost,
        })
    }
}
