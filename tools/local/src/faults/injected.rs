//! How much was injected.

use std::sync::atomic::{AtomicU64, Ordering};

use super::Options;

/// How often each kind of fault happened.
#[derive(Debug, Default)]
pub struct Injected {
    /// Calls that the dice throttled.
    pub throttlings: Count,
    /// Writes that were carried out and not answered.
    pub losses: Count,
    /// Transactions that met another one.
    pub conflicts: Count,
    /// Reads of an index, each of which was answered from the copy.
    pub late_reads: Count,
    /// Calls for which a partition had no units left.
    pub refusals: Count,
}

/// It only grows.
#[derive(Debug, Default)]
pub struct Count(AtomicU64);

impl Count {
    /// Once more.
    pub fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Injected {
    /// One line on the kinds that were asked for.
    pub fn told(&self, options: &Options) -> String {
        let are_asked_for = [
            options.throttle.is_some(),
            options.lose.is_some(),
            options.conflict.is_some(),
            options.index_delay.is_some(),
            options.partition.is_some(),
        ];
        let kinds = [
            (&self.throttlings, "throttling", ""),
            (&self.losses, "lost answer", ""),
            (&self.conflicts, "conflict", ""),
            (&self.late_reads, "late read", " of an index"),
            (&self.refusals, "refusal", " by a partition"),
        ];
        let kinds = kinds.into_iter().zip(are_asked_for);
        let kinds = kinds.filter(|(_, is_asked_for)| *is_asked_for);
        let kinds = kinds.map(|((count, what, of_what), _)| {
            let count = count.0.load(Ordering::Relaxed);
            let plural = if count == 1 { "" } else { "s" };
            format!("{count} {what}{plural}{of_what}")
        });
        format!("injected {}", kinds.collect::<Vec<_>>().join(", "))
    }
}
