//! How many sales a rung takes as it is built.

use anyhow::{Result, ensure};

use super::Known;
use crate::prices::Price;
use crate::responsibility::{Declared, Room};

/// How many write request units a second a partition of `DynamoDB` takes.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html>
pub const PARTITION: f64 = 1_000.0;

/// How many sales a rung takes, as far as that has been declared and measured.
#[derive(Debug, Clone, Default)]
pub struct Limits {
    /// Bytes sent for a sale.
    pub bytes: Option<f64>,
    /// The key of the price of what is sent, and that price.
    pub egress: Option<(String, Price)>,
    /// The machine for a larger shop, where the rung has one.
    pub larger: Option<Larger>,
    /// What sales fill for good.
    pub fills: Option<Fills>,
    /// Write request units that a pet takes of the partition that takes the most.
    pub partition: Option<f64>,
    /// Sales a second that processes on somebody else's machines took in the measurement.
    pub processes: Option<f64>,
    /// Whether something of this has been declared and not been measured yet.
    pub is_open: bool,
}

/// A machine at least as large as the one on which the shop was measured.
#[derive(Debug, Clone)]
pub struct Larger {
    /// What it costs a month.
    pub price: Price,
    /// How many pets a second were taken in and sold in the measurement.
    pub takes: f64,
}

/// Room on a machine, which sales fill.
#[derive(Debug, Clone)]
pub struct Fills {
    /// `memory`, `disk`.
    pub what: String,
    /// Bytes that a sale leaves there.
    pub bytes: f64,
    /// Bytes that the small machine has.
    pub small: f64,
    /// Bytes that the larger one has.
    pub large: f64,
    /// The price of more; `None` where there is no more to be had.
    pub more: Option<Price>,
}

impl Known<'_> {
    pub(super) fn limits(&self, declared: &Declared) -> Result<Limits> {
        let sale = &declared.sale;
        let value = |path: &str, unit: &str| -> Result<Option<f64>> {
            let Some(figure) = self.figure(path)? else {
                return Ok(None);
            };
            ensure!(
                figure.unit.ends_with(unit),
                "{path} is in {}, not in {unit}",
                figure.unit
            );
            Ok(Some(figure.value))
        };
        let egress = match &sale.egress {
            Some(key) => Some((key.clone(), self.prices.get(key)?.clone())),
            None => None,
        };
        let mut limits = Limits {
            bytes: value(&sale.bytes, "B")?,
            egress,
            ..Limits::default()
        };
        if let Some(machine) = &sale.larger {
            let takes = value(&machine.takes, "/s")?;
            limits.is_open |= takes.is_none();
            let price = self.prices.get(&machine.price)?;
            limits.larger = takes.map(|takes| Larger {
                price: price.clone(),
                takes,
            });
        }
        if sale.larger.is_none() && !declared.processes.is_empty() {
            limits.processes = value(&sale.capacity, "/s")?;
        }
        if let Some(unit) = &sale.nightly {
            limits.is_open |= self.figure(&unit.measured)?.is_none();
        }
        if let Some(room) = &sale.fills {
            let bytes = value(&room.measured, "B")?;
            limits.is_open |= bytes.is_none();
            limits.fills = match bytes {
                Some(bytes) => Some(self.fills(room, bytes)?),
                None => None,
            };
        }
        if let Some(path) = &sale.partition {
            limits.partition = value(path, "write request units")?;
            limits.is_open |= limits.partition.is_none();
        }
        Ok(limits)
    }

    #[allow(clippy::cast_precision_loss, reason = "no machine has 2^53 megabytes")]
    fn fills(&self, room: &Room, bytes: f64) -> Result<Fills> {
        const MEGABYTE: f64 = 1e6;
        let more = match &room.more {
            Some(key) => Some(self.prices.get(key)?.clone()),
            None => None,
        };
        ensure!(bytes > 0.0, "{} is nothing", room.measured);
        Ok(Fills {
            what: room.what.clone(),
            bytes,
            small: room.mb as f64 * MEGABYTE,
            large: room.larger_mb as f64 * MEGABYTE,
            more,
        })
    }
}
