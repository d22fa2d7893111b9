//! Dollars, exactly: a price per request has more digits after the point than cents do.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Mul};
use std::str::FromStr;

use anyhow::{Context, Error, Result, ensure};

use crate::measured;

/// How many digits after the point are kept.
const DIGITS: usize = 12;
const PICO: i128 = 1_000_000_000_000;

/// An amount of US dollars, in whole picodollars (10⁻¹² $).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Money(i128);

impl Money {
    /// No money.
    pub const ZERO: Self = Self(0);

    /// Whether it is nothing at all.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// `self × times ÷ parts`, rounded down to a picodollar. Nothing for no parts.
    #[must_use]
    pub fn share(self, times: u64, parts: u64) -> Self {
        Self(
            (self.0 * i128::from(times))
                .checked_div(i128::from(parts))
                .unwrap_or(0),
        )
    }

    /// In dollars, as exactly as a float can say.
    #[must_use]
    #[allow(
        clippy::cast_precision_loss,
        reason = "a figure is shown with three digits"
    )]
    pub const fn dollars(self) -> f64 {
        self.0 as f64 / PICO as f64
    }

    /// For people: `$5.00`, `$0.005`, `$0.0000133`; below a cent with three figures.
    #[must_use]
    pub fn human(self) -> String {
        let dollars = self.0 / PICO;
        let rest = (self.0 % PICO).unsigned_abs();
        let cents = (rest + 5_000_000_000) / 10_000_000_000;
        if dollars != 0
            || rest >= 995_000_000_000
            || rest == 0
            || rest.is_multiple_of(10_000_000_000)
        {
            let (dollars, cents) = (dollars + i128::from(cents == 100), cents % 100);
            let whole = u64::try_from(dollars).unwrap_or_default();
            return format!("${}.{cents:02}", measured::count(whole));
        }
        let digits = format!("{rest:0DIGITS$}");
        let zeros = digits.len() - digits.trim_start_matches('0').len();
        let kept = (zeros + 3).min(DIGITS);
        let step = 10_u128.pow(u32::try_from(DIGITS - kept).unwrap_or(0));
        let rounded = (rest + step / 2) / step;
        let digits = format!("{rounded:0kept$}");
        let shown = digits.trim_end_matches('0');
        format!("$0.{shown:0<2}")
    }

    /// As [`Self::human`], and whole dollars from a thousand on: `$25,612`.
    #[must_use]
    pub fn short(self) -> String {
        let dollars = u64::try_from((self.0 + PICO / 2) / PICO).unwrap_or_default();
        if dollars < 1_000 {
            return self.human();
        }
        format!("${}", measured::count(dollars))
    }
}

impl FromStr for Money {
    type Err = Error;

    /// Reads `0.0000133334`: digits, perhaps a point and up to twelve more.
    fn from_str(text: &str) -> Result<Self> {
        let wrong = || format!("`{text}` is not an amount like 5.00 or 0.0000133334");
        let (whole, rest) = text.split_once('.').unwrap_or((text, "0"));
        let digits =
            |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        ensure!(
            digits(whole) && digits(rest) && rest.len() <= DIGITS,
            wrong()
        );
        let whole: i128 = whole.parse().with_context(wrong)?;
        let rest: i128 = format!("{rest:0<DIGITS$}").parse().with_context(wrong)?;
        let pico = whole
            .checked_mul(PICO)
            .and_then(|whole| whole.checked_add(rest));
        pico.map(Self).with_context(wrong)
    }
}

impl Add for Money {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::ZERO, Add::add)
    }
}

impl Mul<u32> for Money {
    type Output = Self;

    fn mul(self, times: u32) -> Self {
        Self(self.0 * i128::from(times))
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.human())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(text: &str) -> Money {
        text.parse().unwrap()
    }

    #[test]
    fn amounts_are_read_exactly_and_told_shortly() {
        for (text, told) in [
            ("5", "$5.00"),
            ("5.00", "$5.00"),
            ("1234.5", "$1,234.50"),
            ("0.09", "$0.09"),
            ("0.625", "$0.625"),
            ("0.005", "$0.005"),
            ("0.0000133334", "$0.0000133"),
            ("0.00000000383", "$0.00000000383"),
            ("0.9999", "$1.00"),
            ("0.0199999", "$0.02"),
            ("0", "$0.00"),
        ] {
            assert_eq!(money(text).human(), told, "{text}");
        }
        for text in ["", "5,00", "-1", "$5", "1.", ".5", "0.0000000000001", "1e3"] {
            assert!(text.parse::<Money>().is_err(), "{text}");
        }
    }

    #[test]
    fn large_amounts_are_told_in_whole_dollars() {
        for (text, told) in [
            ("999.49", "$999.49"),
            ("999.5", "$1,000"),
            ("25612.15", "$25,612"),
        ] {
            assert_eq!(money(text).short(), told);
        }
    }

    #[test]
    fn a_share_is_exact_to_the_picodollar() {
        assert_eq!(money("0.20").share(3, 1_000_000), money("0.0000006"));
        assert_eq!(money("5").share(1, 0), Money::ZERO);
        assert_eq!(money("2.5") * 2 + money("0.5"), money("5.5"));
    }
}
