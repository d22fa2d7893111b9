//! What a month costs in a shop of a given size.

use std::fmt;
use std::str::FromStr;

use anyhow::{Context, Error, Result};

use super::limits::{Fills, PARTITION};
use super::{BYTES_OF_A_GB, Bill, MONTH, whole};
use crate::measured::human_number;
use crate::money::Money;
use crate::prices::Price;

/// The smallest machine is taken for a shop that sells up to this part of what was sold in the measurement: it has its
/// processors to itself for a small part of the time only.
const SMALL: f64 = 0.01;

/// More than a million a second is no shop.
const MOST: Pace = Pace(MONTH * 1_000_000);

/// How many sales a shop has in a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pace(pub u64);

/// The four sizes of shop that are compared, each with what it is called.
pub const SIZES: [(&str, Pace); 4] = [
    ("no sale", Pace(0)),
    ("one an hour", Pace(MONTH / 3_600)),
    ("one a second", Pace(MONTH)),
    ("1,000 a second", Pace(MONTH * 1_000)),
];

/// What a month costs.
#[derive(Debug, Clone)]
pub struct Month {
    /// All of it.
    pub amount: Money,
    /// Whether the larger machine is needed.
    pub is_larger: bool,
    /// What each further month adds to the one before, at the same pace: what has been sold is kept.
    pub more: Money,
    /// Why the rung does not take as many sales, as it is built. The amount is what they would cost.
    pub stop: Option<Stop>,
}

/// What stops a rung.
#[derive(Debug, Clone, PartialEq)]
pub enum Stop {
    /// It took so many sales a second in the measurement.
    Machine(f64),
    /// A partition of its table takes so many a second.
    Partition(f64),
    /// What sales fill is full after so many months, and there is no more to be had.
    Full(String, f64),
}

impl Pace {
    /// Sales a second.
    #[must_use]
    #[allow(
        clippy::cast_precision_loss,
        reason = "a month has fewer than 2^53 sales"
    )]
    pub fn a_second(self) -> f64 {
        self.0 as f64 / MONTH as f64
    }

    /// `one every 14 seconds`, `2.3 a second`.
    #[must_use]
    pub fn human(self) -> String {
        let rate = self.a_second();
        if self.0 == 0 {
            "none".to_owned()
        } else if rate >= 1.0 {
            format!("{} a second", human_number(rate, "/s"))
        } else {
            format!("one every {}", time(1.0 / rate))
        }
    }
}

impl FromStr for Pace {
    type Err = Error;

    /// Reads `0`, `1/h`, `20/day`, `1000/s`.
    fn from_str(text: &str) -> Result<Self> {
        let wrong = || {
            format!(
                "`{text}` is no pace: sales are given as in 0, 500/month, 20/day, 1/h or 1000/s"
            )
        };
        let (number, each) = text.split_once('/').unwrap_or((text, "month"));
        let number: u64 = number.parse().with_context(wrong)?;
        let times = match each {
            "month" => number,
            "day" => number.saturating_mul(MONTH) / 86_400,
            "h" | "hour" => number.saturating_mul(MONTH) / 3_600,
            "s" | "second" => number.saturating_mul(MONTH),
            _ => return Err(Error::msg(wrong())),
        };
        (Self(times) <= MOST)
            .then_some(Self(times))
            .with_context(|| format!("`{text}` is more than a million a second"))
    }
}

impl Bill {
    /// What a month costs with so many sales; `None` where something that it takes to say so has not been measured.
    ///
    /// What was sold in the month is counted as kept, and looked after each night, for all of it.
    #[must_use]
    pub fn at(&self, pace: Pace) -> Option<Month> {
        let limits = &self.limits;
        if self.uses.is_none() || limits.is_open {
            return None;
        }
        let is_larger = limits.larger.is_some() && !self.small_will_do(pace);
        let (month, included) = match &limits.larger {
            Some(larger) if is_larger => (larger.price.of(1), larger.price.included(self.egress())),
            _ => (self.month, super::included(self, self.egress())),
        };
        let kept = self.kept.as_ref().map_or(Money::ZERO, |kept| kept.amount);
        let nights = self.nights.as_ref().map_or(Money::ZERO, |it| it.amount);
        let kept = (kept + nights).share(pace.0, 1);
        let (room, room_of_a_month) = self.room(pace, is_larger);
        let sent = limits.bytes? * float(pace.0) - float(included * BYTES_OF_A_GB);
        let egress = limits.egress.as_ref();
        let sent = egress.map_or(Money::ZERO, |(_, price)| by_size(price, sent));
        Some(Month {
            amount: [month, self.used().share(pace.0, 1), kept, room, sent]
                .into_iter()
                .sum(),
            is_larger,
            more: kept + room_of_a_month,
            stop: self.stop(pace, is_larger),
        })
    }

    /// From how many sales a month on this rung costs more than on the other; `None` if it does before the first, or never.
    #[must_use]
    pub fn dearer_from(&self, other: &Self) -> Option<Pace> {
        let is_dearer = |sales: u64| {
            let (own, theirs) = (self.at(Pace(sales))?, other.at(Pace(sales))?);
            Some(own.amount > theirs.amount)
        };
        if is_dearer(0)? {
            return None;
        }
        let (mut below, mut above) = (0, 1);
        while !is_dearer(above)? {
            // In small steps: between two of them the other may have moved to a larger machine, and be the dearer one again.
            (below, above) = (above, above + above.div_ceil(64));
            if Pace(above) > MOST {
                return None;
            }
        }
        while above - below > 1 {
            let middle = below + (above - below) / 2;
            if is_dearer(middle)? {
                above = middle;
            } else {
                below = middle;
            }
        }
        Some(Pace(above))
    }

    fn egress(&self) -> &str {
        let egress = self.limits.egress.as_ref();
        egress.map_or("", |(key, _)| key)
    }

    /// Whether the machine of the fixed price is enough for a month.
    fn small_will_do(&self, pace: Pace) -> bool {
        let limits = &self.limits;
        let is_fast = limits
            .larger
            .as_ref()
            .is_none_or(|larger| pace.a_second() <= larger.takes * SMALL);
        let has_room = limits
            .fills
            .as_ref()
            .is_none_or(|fills| fills.more.is_some() || fills.months(fills.small, pace) >= 1.0);
        is_fast && has_room
    }

    /// What the room costs beyond what the machine has, and what each further month of sales adds to that.
    fn room(&self, pace: Pace, is_larger: bool) -> (Money, Money) {
        let Some(fills) = &self.limits.fills else {
            return (Money::ZERO, Money::ZERO);
        };
        let Some(price) = &fills.more else {
            return (Money::ZERO, Money::ZERO);
        };
        let has = if is_larger { fills.large } else { fills.small };
        let needs = fills.bytes * float(pace.0);
        (by_size(price, needs - has), by_size(price, needs))
    }

    fn stop(&self, pace: Pace, is_larger: bool) -> Option<Stop> {
        let limits = &self.limits;
        let rate = pace.a_second();
        let partition = limits
            .partition
            .map(|units| Stop::Partition(PARTITION / units));
        let processes = limits.processes.map(Stop::Machine);
        let least = [partition, processes].into_iter().flatten();
        if let Some(stop) = least.min_by(|a, b| a.most().total_cmp(&b.most())) {
            return (rate > stop.most()).then_some(stop);
        }
        if !is_larger {
            return None;
        }
        let fills = limits.fills.as_ref();
        let full = fills.filter(|fills| fills.more.is_none()).map(|fills| {
            let months = fills.months(fills.large, pace);
            (fills.what.clone(), months)
        });
        if let Some((what, months)) = full.filter(|(_, months)| *months < 1.0) {
            return Some(Stop::Full(what, months));
        }
        let takes = limits.larger.as_ref().map(|larger| larger.takes);
        takes.filter(|most| rate > *most).map(Stop::Machine)
    }
}

impl Stop {
    /// Sales a second, where it is a matter of those.
    fn most(&self) -> f64 {
        match self {
            Self::Machine(most) | Self::Partition(most) => *most,
            Self::Full(..) => f64::INFINITY,
        }
    }
}

impl Fills {
    /// After how many months so much room is full.
    fn months(&self, room: f64, pace: Pace) -> f64 {
        room / (self.bytes * float(pace.0))
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Machine(most) => {
                write!(f, "here it took {} a second", human_number(*most, "/s"))
            }
            Self::Partition(most) => {
                let most = human_number(*most, "/s");
                write!(f, "a partition takes {most} a second")
            }
            Self::Full(what, months) => {
                write!(
                    f,
                    "its {what} is full after {}",
                    time(months * float(MONTH))
                )
            }
        }
    }
}

fn by_size(price: &Price, bytes: f64) -> Money {
    let bytes = whole(bytes.max(0.0)).unwrap_or(u64::MAX);
    price.amount().share(bytes, price.per * BYTES_OF_A_GB)
}

/// Seconds, in the unit in which people say them: `5.3 seconds`, `hour`.
fn time(seconds: f64) -> String {
    const UNITS: [(&str, f64); 4] = [
        ("day", 86_400.0),
        ("hour", 3_600.0),
        ("minute", 60.0),
        ("second", 1.0),
    ];
    // A month has a few seconds more than so many whole hours.
    let of_unit = |&(_, of): &(&str, f64)| seconds >= 0.999 * of;
    let (unit, of) = UNITS.into_iter().find(of_unit).unwrap_or(("second", 1.0));
    match human_number(seconds / of, "s").as_str() {
        "1" => unit.to_owned(),
        number => format!("{number} {unit}s"),
    }
}

#[allow(
    clippy::cast_precision_loss,
    reason = "a month has fewer than 2^53 sales"
)]
fn float(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests;
