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
mod tests {
    use super::*;
    use std::fs;

    const PRICES: &str = r#"
[vps.month]
what = "a server"
amount = "5.00"
currency = "USD"
per = 1
unit = "month"
source = "https://example.org/"
as_of = "2026-01-01"
checked = true
includes = { amount = 1000, unit = "GB", of = "vps.egress" }
[vps.egress]
what = "egress"
amount = "0.09"
currency = "USD"
per = 1
unit = "GB"
source = "https://example.org/"
as_of = "2026-01-01"
checked = true
[ipv4.hour]
what = "an address"
amount = "0.005"
currency = "USD"
per = 1
unit = "hour"
source = "https://example.org/"
as_of = "2026-01-01"
checked = true
"#;

    const RUNG: &str = r#"
parts = []
[[rung]]
rung = 1
title = "Bare"
handed_over = "nothing"
machines = 1
processes = ["shop"]
configuration = []
fixed = [{ price = "vps.month", count = 1, storage = false }, { price = "ipv4.hour", count = 2, storage = true }]
told = ["attention"]
sale = { requests = 3, capacity = "ch01.sales", bytes = "ch01.bytes", egress = "vps.egress" }
part = []
"#;

    fn workspace(rung: &str) -> (tempfile::TempDir, Workspace) {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("book.toml"), "").unwrap();
        fs::create_dir(dir.path().join("book")).unwrap();
        fs::write(dir.path().join("book/prices.toml"), PRICES).unwrap();
        fs::write(dir.path().join("book/responsibility.toml"), rung).unwrap();
        let workspace = Workspace::at(dir.path()).unwrap();
        (dir, workspace)
    }

    #[test]
    fn an_idle_month_is_the_fixed_cost_beyond_storage() {
        let (_dir, workspace) = workspace(RUNG);
        assert_eq!(idle_month(&workspace, 1).unwrap().human(), "$5.00");
        let bill = Bill::of(&workspace, 1).unwrap();
        // 730 hours, two addresses.
        assert_eq!(bill.month.human(), "$12.30");
        assert_eq!(bill.quiet_sale, bill.month);
        assert!(bill.full.is_none(), "nothing has been measured");
    }

    #[test]
    fn a_rung_without_fixed_costs_is_idle_for_nothing() {
        let (_dir, workspace) = workspace(&RUNG.replace("storage = false", "storage = true"));
        assert!(idle_month(&workspace, 1).unwrap().is_zero());
    }

    #[test]
    fn a_full_shop_pays_for_what_it_sends_beyond_what_is_included() {
        let (_dir, workspace) = workspace(RUNG);
        let mut measured =
            measured::Measured::begin(&workspace, "measure", &["book.toml"]).unwrap();
        measured.put("sales", 100.0, "sales/s", "sales");
        measured.put("bytes", 5000.0, "B", "bytes");
        measured.save(&workspace, "ch01").unwrap();
        let full = Bill::of(&workspace, 1).unwrap().full.unwrap();
        assert_eq!(full.sales, 262_980_000);
        // 1,315 GB are sent, of which 1,000 are included.
        assert_eq!(full.egress.human(), "$28.35");
        assert_eq!(full.sale.human(), "$0.000000155");
    }

    #[test]
    fn a_price_that_is_not_by_the_month_is_no_fixed_cost() {
        let (_dir, workspace) = workspace(&RUNG.replace("\"ipv4.hour\"", "\"vps.egress\""));
        let error = format!("{:#}", Bill::of(&workspace, 1).unwrap_err());
        assert!(error.contains("`vps.egress` is a price per GB"), "{error}");
    }
}
