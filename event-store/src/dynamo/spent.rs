//! What calls have cost.

use std::sync::{Mutex, MutexGuard, PoisonError};

use aws_sdk_dynamodb::types::ConsumedCapacity;

use super::Dynamo;
use crate::item::{Item, size};

/// Bytes that a write unit is good for.
const UNIT: usize = 1_024;

/// What calls have cost.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub struct Spent {
    /// How many calls there were.
    pub requests: u64,
    /// Read units, as the answers say.
    pub reads: f64,
    /// Write units, as the answers say.
    pub writes: f64,
    /// Write units of conditions that did not hold. No answer tells them: they are
    /// computed by the rule, which is that of the larger of both items.
    /// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html>
    pub failed: f64,
}

#[derive(Debug, Default)]
pub(super) struct Meter(Mutex<Spent>);

impl Meter {
    fn spent(&self) -> MutexGuard<'_, Spent> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn request(&self) {
        self.spent().requests += 1;
    }

    pub(super) fn read(&self, told: Option<&ConsumedCapacity>) {
        self.spent().reads += units(told);
    }

    pub(super) fn write(&self, told: Option<&ConsumedCapacity>) {
        self.spent().writes += units(told);
    }

    pub(super) fn write_all(&self, told: &[ConsumedCapacity]) {
        self.spent().writes += told.iter().map(|told| units(Some(told))).sum::<f64>();
    }

    pub(super) fn failed(&self, ours: &Item, theirs: &Item) {
        let units = size(ours).max(size(theirs)).div_ceil(UNIT);
        self.spent().failed += u32::try_from(units).map_or(f64::MAX, f64::from);
    }
}

fn units(told: Option<&ConsumedCapacity>) -> f64 {
    let units = told.and_then(ConsumedCapacity::capacity_units);
    units.unwrap_or_default()
}

impl Dynamo {
    /// What the calls have cost since this was asked for the last time.
    pub fn spent(&self) -> Spent {
        std::mem::take(&mut *self.meter.spent())
    }
}
