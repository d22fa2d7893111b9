//! The units that are left in each partition.

use std::collections::HashMap;
use std::time::Instant;

/// How many times as many read units as write units a partition has: 3,000 to 1,000 at AWS.
const READS: f64 = 3.0;

/// What a call takes of one partition.
#[derive(Debug)]
pub struct Share {
    /// The partition.
    pub partition: Partition,
    /// How many units.
    pub units: f64,
}

/// What is read or written with one partition key value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Partition {
    /// Reads and writes have each their own units.
    pub is_read: bool,
    /// The table.
    pub table: String,
    /// The value, as the request has it.
    pub value: String,
}

/// A bucket for each partition, into which units drip all the time.
#[derive(Debug)]
pub struct Buckets {
    /// How many write units a second, and at most.
    units: f64,
    /// Those that are not full.
    levels: HashMap<Partition, Level>,
}

#[derive(Debug, Clone, Copy)]
struct Level {
    /// Below zero after a call that took more than a second has.
    units: f64,
    at: Instant,
}

impl Buckets {
    /// Full buckets.
    pub fn new(units: u32) -> Self {
        Self {
            units: f64::from(units),
            levels: HashMap::new(),
        }
    }

    /// Takes all shares.
    ///
    /// # Errors
    ///
    /// Takes nothing if a partition lacks units, and tells of each share whether its
    /// partition does.
    pub fn take(&mut self, shares: &[Share], now: Instant) -> Result<(), Vec<bool>> {
        let mut needs: HashMap<&Partition, f64> = HashMap::new();
        for share in shares {
            *needs.entry(&share.partition).or_default() += share.units;
        }
        let lacks = |share: &Share| {
            let partition = &share.partition;
            self.level(partition, now) < needs[partition].min(self.full(partition))
        };
        let lacking: Vec<bool> = shares.iter().map(lacks).collect();
        if lacking.contains(&true) {
            return Err(lacking);
        }
        for (partition, need) in needs {
            let units = self.level(partition, now) - need;
            let level = Level { units, at: now };
            self.levels.insert(partition.clone(), level);
        }
        Ok(())
    }

    fn level(&self, partition: &Partition, now: Instant) -> f64 {
        let full = self.full(partition);
        let Some(level) = self.levels.get(partition) else {
            return full;
        };
        let passed = now.saturating_duration_since(level.at).as_secs_f64();
        passed.mul_add(full, level.units).min(full)
    }

    fn full(&self, partition: &Partition) -> f64 {
        if partition.is_read {
            READS * self.units
        } else {
            self.units
        }
    }
}

#[cfg(test)]
mod tests;
