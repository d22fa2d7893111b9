//! The bill: what a rung costs when nobody comes, and what a sale costs in a quiet shop and in a full
//! one. Computed from the price list and from measured figures.

use anyhow::{Context, Result, ensure};

use crate::measured::{self, Value};
use crate::money::Money;
use crate::prices::{Price, Prices};
use crate::responsibility::{Declared, Responsibilities};
use crate::workspace::Workspace;

/// Seconds of a mean month: a twelfth of 365.25 days.
pub const MONTH: u64 = 2_629_800;
const BYTES_OF_A_GB: u64 = 1_000_000_000;

/// What a rung costs.
#[derive(Debug, Clone)]
pub struct Bill {
    /// The rung's number.
    pub rung: u8,
    /// What is due each month whether anybody comes or not.
    pub fixed: Vec<Line>,
    /// The sum of [`Self::fixed`].
    pub month: Money,
    /// HTTP requests of a sale.
    pub requests: u32,
    /// A sale in a shop that has one a month: it bears the whole month.
    pub quiet_sale: Money,
    /// A sale in a shop that is full day and night, where the figures have been measured.
    pub full: Option<Full>,
    /// What is told and not computed.
    pub told: Vec<String>,
}

/// One item of the month's bill.
#[derive(Debug, Clone)]
pub struct Line {
    /// Its key in the price list.
    pub key: String,
    /// The price.
    pub price: Price,
    /// How many.
    pub count: u32,
    /// Count times price.
    pub amount: Money,
    /// Whether it is storage.
    pub storage: bool,
}

/// A shop that sells as fast as it can, day and night.
#[derive(Debug, Clone)]
pub struct Full {
    /// Sales in a month.
    pub sales: u64,
    /// Bytes sent for a sale.
    pub bytes: u64,
    /// What is sent in the month beyond what the fixed prices include.
    pub egress: Money,
    /// Fixed cost and egress, by sale.
    pub sale: Money,
}

/// What the rung costs in a month in which nobody comes, beyond its storage: promise P10 asks that it be nothing.
///
/// # Errors
///
/// When the rung declares nothing or names a price that is not in the list.
pub fn idle_month(workspace: &Workspace, rung: u8) -> Result<Money> {
    let bill = Bill::of(workspace, rung)?;
    let lines = bill.fixed.iter().filter(|line| !line.storage);
    Ok(lines.map(|line| line.amount).sum())
}

impl Bill {
    /// Computes the bill of a rung.
    ///
    /// # Errors
    ///
    /// When the rung declares nothing, names a price that is not in the list, or when a measured figure it
    /// names is there and makes no sense. A file that has not been measured yet leaves [`Self::full`] empty.
    pub fn of(workspace: &Workspace, rung: u8) -> Result<Self> {
        let all = Responsibilities::load(workspace)?;
        let declared = all.rung(rung)?;
        let prices = Prices::load(workspace)?;
        let fixed = lines(declared, &prices).with_context(|| format!("the bill of rung {rung}"))?;
        let month: Money = fixed.iter().map(|line| line.amount).sum();
        let egress = prices.get(&declared.sale.egress)?;
        let full = match figures(workspace, declared)? {
            Some((capacity, bytes)) => Some(full(
                &fixed,
                month,
                egress,
                &declared.sale.egress,
                &capacity,
                &bytes,
            )?),
            None => None,
        };
        Ok(Self {
            rung,
            fixed,
            month,
            requests: declared.sale.requests,
            quiet_sale: month,
            full,
            told: declared.told.clone(),
        })
    }
}

fn lines(declared: &Declared, prices: &Prices) -> Result<Vec<Line>> {
    let line = |fixed: &crate::responsibility::Fixed| {
        let price = prices.get(&fixed.price)?;
        ensure!(
            price.unit == "month" || price.unit == "hour",
            "`{}` is a price per {}, not by the month or hour",
            fixed.price,
            price.unit
        );
        let units = if price.unit == "hour" {
            MONTH / 3600
        } else {
            1
        };
        Ok(Line {
            key: fixed.price.clone(),
            amount: price.of(units) * fixed.count,
            price: price.clone(),
            count: fixed.count,
            storage: fixed.storage,
        })
    };
    declared.fixed.iter().map(line).collect()
}

/// Sales a second and bytes a sale, where both have been measured.
fn figures(workspace: &Workspace, declared: &Declared) -> Result<Option<(Value, Value)>> {
    let sale = &declared.sale;
    let file = sale.capacity.split('.').next().unwrap_or_default();
    if !measured::folder(workspace)
        .join(format!("{file}.json"))
        .is_file()
    {
        return Ok(None);
    }
    let (_, capacity) = measured::figure(workspace, &sale.capacity)?;
    let (_, bytes) = measured::figure(workspace, &sale.bytes)?;
    Ok(Some((capacity, bytes)))
}

fn full(
    fixed: &[Line],
    month: Money,
    egress: &Price,
    key: &str,
    capacity: &Value,
    bytes: &Value,
) -> Result<Full> {
    ensure!(
        capacity.unit.ends_with("/s"),
        "the capacity is in {}, not in sales/s",
        capacity.unit
    );
    ensure!(
        bytes.unit == "B",
        "the bytes of a sale are in {}, not in B",
        bytes.unit
    );
    #[allow(
        clippy::cast_precision_loss,
        reason = "a month has fewer than 2^53 seconds"
    )]
    let sales = whole(capacity.value * MONTH as f64)?;
    let bytes = whole(bytes.value)?;
    ensure!(sales > 0, "the shop takes no sales at all");
    let included: u64 = fixed
        .iter()
        .filter_map(|line| {
            let included = line
                .price
                .includes
                .as_ref()
                .filter(|included| included.of == key)?;
            Some(included.amount * u64::from(line.count))
        })
        .sum();
    let sent = sales.saturating_mul(bytes).div_ceil(BYTES_OF_A_GB);
    let egress = egress.of(sent.saturating_sub(included));
    Ok(Full {
        sales,
        bytes,
        egress,
        sale: (month + egress).share(1, sales),
    })
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked just before"
)]
fn whole(value: f64) -> Result<u64> {
    ensure!(
        (0.0..1e15).contains(&value),
        "{value} is no amount of anything"
    );
    Ok(value.round() as u64)
}

#[cfg(test)]
mod tests;
