//! The bill: what a rung costs when nobody comes, and what a sale costs in a quiet shop and in a full
//! one. Computed from the price list and from measured figures.

mod limits;
mod month;

pub use limits::{Fills, Larger, Limits, PARTITION};
pub use month::{Month, Pace, SIZES, Stop};

use anyhow::{Context, Result, bail, ensure};

use crate::ledger::Ledger;
use crate::measured::{self, Value};
use crate::money::Money;
use crate::prices::{Price, Prices};
use crate::responsibility::{Declared, Fixed, Responsibilities, Sale, Unit};
use crate::workspace::Workspace;

/// Seconds of a mean month: a twelfth of 365.25 days.
pub const MONTH: u64 = 2_629_800;
/// Nights of a month, as bills have it.
const NIGHTS: u32 = 30;
const BYTES_OF_A_GB: u64 = 1_000_000_000;

/// What a rung costs.
#[derive(Debug, Clone)]
pub struct Bill {
    /// The rung's number.
    pub rung: u8,
    /// Its title.
    pub title: String,
    /// What is due each month whether anybody comes or not.
    pub fixed: Vec<Line>,
    /// The sum of [`Self::fixed`].
    pub month: Money,
    /// The same at another provider, where one is named.
    pub elsewhere: Vec<Line>,
    /// HTTP requests of a sale.
    pub requests: u32,
    /// What a sale uses that is paid for by the piece; `None` until it has been measured.
    pub uses: Option<Vec<Used>>,
    /// What a pet costs in each month in which it is kept, where that is paid for by its size and has been measured.
    pub kept: Option<Used>,
    /// What it takes that a pet is looked after for a month of nights, where something does and that has been measured.
    pub nights: Option<Used>,
    /// A sale in a shop that has one a month: it bears the whole month, and what it uses.
    pub quiet_sale: Money,
    /// A sale in a shop that is full day and night, where the figures have been measured.
    pub full: Option<Full>,
    /// How many sales the rung takes as it is built, and what a larger shop needs.
    pub limits: Limits,
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
    /// Whether that was measured, and not counted.
    pub is_measured: bool,
    /// Count times price.
    pub amount: Money,
    /// Whether it is storage.
    pub storage: bool,
    /// Whether it watches over the shop and serves nobody.
    pub watch: bool,
}

/// What is paid for by the piece or by its size.
#[derive(Debug, Clone)]
pub struct Used {
    /// The price of a piece, or of a size.
    pub price: Price,
    /// How many pieces, or bytes.
    pub units: f64,
    /// What they are called, where their unit does not say enough.
    pub called: Option<String>,
    /// Units times price.
    pub amount: Money,
}

/// A shop that sells as fast as it can, day and night.
#[derive(Debug, Clone)]
pub struct Full {
    /// Sales in a month.
    pub sales: u64,
    /// Bytes sent for a sale.
    pub bytes: u64,
    /// What is sent in the month beyond what the fixed prices include; `None` where the list has no price for it.
    pub egress: Option<Money>,
    /// Fixed cost and egress, by sale, and what a sale uses.
    pub sale: Money,
}

/// What a rung costs in a month in which nobody comes, beyond its storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct IdleMonth {
    /// What waits for somebody: promise P10 asks that it be nothing.
    pub waiting: Money,
    /// What watches over the shop and serves nobody.
    pub watch: Money,
}

/// What the rung costs in a month in which nobody comes, beyond its storage.
///
/// # Errors
///
/// When the rung declares nothing or names a price that is not in the list.
pub fn idle_month(workspace: &Workspace, rung: u8) -> Result<IdleMonth> {
    let bill = Bill::of(workspace, rung)?;
    let sum = |watch: bool| {
        let lines = bill.fixed.iter();
        let lines = lines.filter(|line| !line.storage && line.watch == watch);
        lines.map(|line| line.amount).sum()
    };
    Ok(IdleMonth {
        waiting: sum(false),
        watch: sum(true),
    })
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
        let known = Known {
            workspace,
            prices: &prices,
        };
        let bill = known.bill(declared);
        bill.with_context(|| format!("the bill of rung {rung}"))
    }

    /// The bills of all rungs that the ledger knows, from the lowest.
    ///
    /// # Errors
    ///
    /// As [`Bill::of`], and when the ledger cannot be read.
    pub fn all(workspace: &Workspace) -> Result<Vec<Self>> {
        let entries = Ledger::load(workspace)?.entries.into_iter();
        entries
            .map(|entry| Self::of(workspace, entry.counted.rung))
            .collect()
    }

    /// What a sale uses that is paid for by the piece, as far as it has been measured.
    #[must_use]
    pub fn used(&self) -> Money {
        let uses = self.uses.iter().flatten();
        uses.map(|used| used.amount).sum()
    }
}

/// What a bill is computed from.
struct Known<'a> {
    workspace: &'a Workspace,
    prices: &'a Prices,
}

impl Known<'_> {
    fn bill(&self, declared: &Declared) -> Result<Bill> {
        let fixed = self.lines(&declared.fixed)?;
        let month: Money = fixed.iter().map(|line| line.amount).sum();
        let sale = &declared.sale;
        let uses = sale.units.iter().map(|unit| self.used(unit));
        let uses: Option<Vec<Used>> = uses.collect::<Result<_>>()?;
        let kept = sale.kept.as_ref().map(|unit| self.used(unit));
        let mut bill = Bill {
            rung: declared.rung,
            title: declared.title.clone(),
            month,
            elsewhere: self.lines(&declared.elsewhere)?,
            requests: sale.requests,
            uses,
            kept: kept.transpose()?.flatten(),
            nights: self.nights(sale)?,
            quiet_sale: month,
            full: None,
            limits: self.limits(declared)?,
            told: declared.told.clone(),
            fixed,
        };
        bill.quiet_sale = month + bill.used();
        bill.full = self.full(declared, &bill)?;
        Ok(bill)
    }

    fn lines(&self, declared: &[Fixed]) -> Result<Vec<Line>> {
        let line = |fixed: &Fixed| {
            let price = self.prices.get(&fixed.price)?;
            if let Some(each) = &fixed.each {
                return self.measured(fixed, each);
            }
            let amount = match price.unit.as_str() {
                "month" => price.of(1) * fixed.count,
                "hour" => price.of(MONTH / 3600) * fixed.count,
                // What somebody does all the time, as often as that in a month.
                "requests" | "invocations" => price.of(fixed.count.into()),
                unit => bail!(
                    "`{}` is a price per {unit}, not by the month, the hour, the request or the invocation",
                    fixed.price
                ),
            };
            Ok(Line {
                key: fixed.price.clone(),
                amount,
                price: price.clone(),
                count: fixed.count,
                is_measured: false,
                storage: fixed.storage,
                watch: fixed.watch,
            })
        };
        declared.iter().map(line).collect()
    }

    /// What is done so and so often in a month, and takes so much each time.
    fn measured(&self, fixed: &Fixed, each: &str) -> Result<Line> {
        let price = self.prices.get(&fixed.price)?;
        let figure = self.figure(each)?;
        let figure = figure.with_context(|| format!("{each} has not been measured"))?;
        ensure!(
            figure.unit == price.unit,
            "{each} is in {}, and the price {} is per {}",
            figure.unit,
            fixed.price,
            price.unit
        );
        let millionths = whole(figure.value * f64::from(fixed.count) * 1e6)?;
        let parts = 1_000_000_u64.checked_mul(price.per);
        let parts = parts.with_context(|| format!("the price {} is per too much", fixed.price))?;
        Ok(Line {
            key: fixed.price.clone(),
            amount: price.amount().share(millionths, parts),
            price: price.clone(),
            count: u32::try_from(millionths.div_ceil(1_000_000))?,
            is_measured: true,
            storage: fixed.storage,
            watch: fixed.watch,
        })
    }

    /// A figure, where its file has been measured.
    fn figure(&self, path: &str) -> Result<Option<Value>> {
        let file = path.split('.').next().unwrap_or_default();
        let file = measured::folder(self.workspace).join(format!("{file}.json"));
        if !file.is_file() {
            return Ok(None);
        }
        let (_, value) = measured::figure(self.workspace, path)?;
        Ok(Some(value))
    }

    fn used(&self, unit: &Unit) -> Result<Option<Used>> {
        let price = self.prices.get(&unit.price)?;
        let Some(figure) = self.figure(&unit.measured)? else {
            return Ok(None);
        };
        let by_size = price.is_by_size();
        ensure!(
            figure.unit == price.unit || by_size && figure.unit == "B",
            "{} is in {}, and the price {} is per {}",
            unit.measured,
            figure.unit,
            unit.price,
            price.unit
        );
        // A part of a unit has a price too.
        let millionths = whole(figure.value * 1e6)?;
        let parts = if by_size { BYTES_OF_A_GB } else { 1 };
        let parts = (1_000_000 * parts).checked_mul(price.per);
        let parts = parts.with_context(|| format!("the price {} is per too much", unit.price))?;
        Ok(Some(Used {
            units: figure.value,
            called: unit.called.clone(),
            amount: price.amount().share(millionths, parts),
            price: price.clone(),
        }))
    }

    fn nights(&self, sale: &Sale) -> Result<Option<Used>> {
        let night = sale.nightly.as_ref().map(|unit| self.used(unit));
        let night = night.transpose()?.flatten();
        Ok(night.map(|night| Used {
            units: night.units * f64::from(NIGHTS),
            amount: night.amount * NIGHTS,
            ..night
        }))
    }

    fn full(&self, declared: &Declared, bill: &Bill) -> Result<Option<Full>> {
        let sale = &declared.sale;
        let egress = match &sale.egress {
            Some(key) => Some((key.as_str(), self.prices.get(key)?)),
            None => None,
        };
        let figures = (self.figure(&sale.capacity)?, self.figure(&sale.bytes)?);
        let (Some(capacity), Some(bytes), Some(_)) = (figures.0, figures.1, &bill.uses) else {
            return Ok(None);
        };
        full(bill, egress, &capacity, &bytes).map(Some)
    }
}

fn full(
    bill: &Bill,
    egress: Option<(&str, &Price)>,
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
    let sent = sales.saturating_mul(bytes).div_ceil(BYTES_OF_A_GB);
    let egress = egress.map(|(key, price)| price.of(sent.saturating_sub(included(bill, key))));
    Ok(Full {
        sales,
        bytes,
        egress,
        sale: (bill.month + egress.unwrap_or_default()).share(1, sales) + bill.used(),
    })
}

/// How much of what this price is for the fixed prices include.
fn included(bill: &Bill, key: &str) -> u64 {
    let lines = bill.fixed.iter();
    let lines = lines.map(|line| line.price.included(key) * u64::from(line.count));
    lines.sum()
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
