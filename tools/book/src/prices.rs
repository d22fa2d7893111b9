//! The price list, `book/prices.toml`.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result, anyhow, ensure};
use serde::Deserialize;

use crate::measured::{self, Date};
use crate::money::Money;
use crate::nearest;
use crate::workspace::Workspace;

/// After how many days the checks warn that a price should be looked at again.
const A_YEAR: u64 = 365;

/// All prices, by key: `vps.month`.
#[derive(Debug, Clone)]
pub struct Prices(BTreeMap<String, Price>);

/// One price.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// What one gets for it.
    pub what: String,
    amount: String,
    currency: String,
    /// For how many units the amount is.
    pub per: u64,
    /// The unit: `month`, `GB`, `requests`.
    pub unit: String,
    /// The page that publishes it.
    pub source: String,
    /// The day for which it is known.
    pub as_of: Date,
    /// Whether it was read on a page of the provider's own.
    pub checked: bool,
    /// What the price includes of something that is billed elsewhere.
    pub includes: Option<Included>,
}

/// What a price includes of something that is billed elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Included {
    /// How much.
    pub amount: u64,
    /// Of which unit.
    pub unit: String,
    /// The key of the price that is due beyond it.
    pub of: String,
}

impl Prices {
    /// Reads the list.
    ///
    /// # Errors
    ///
    /// When it is missing or a price in it is not well formed; the message names the key.
    pub fn load(workspace: &Workspace) -> Result<Self> {
        let path = workspace.book().join("prices.toml");
        let text = fs::read_to_string(&path)
            .with_context(|| format!("{} cannot be read", path.display()))?;
        Self::parse(&text).with_context(|| path.display().to_string())
    }

    pub(crate) fn parse(text: &str) -> Result<Self> {
        let groups: BTreeMap<String, BTreeMap<String, Price>> = toml::from_str(text)?;
        let mut prices = BTreeMap::new();
        for (group, members) in groups {
            for (name, price) in members {
                let key = format!("{group}.{name}");
                price.check().with_context(|| format!("the price {key}"))?;
                prices.insert(key, price);
            }
        }
        for (key, price) in &prices {
            if let Some(included) = &price.includes {
                ensure!(
                    prices.contains_key(&included.of),
                    "the price {key} includes some of `{}`, which is not in the list",
                    included.of
                );
            }
        }
        Ok(Self(prices))
    }

    /// The price with this key.
    ///
    /// # Errors
    ///
    /// When there is none; the message gives the nearest that exists.
    pub fn get(&self, key: &str) -> Result<&Price> {
        self.0.get(key).ok_or_else(|| {
            anyhow!(
                "there is no price `{key}` in book/prices.toml; {}",
                nearest::hint(key, self.0.keys().map(String::as_str))
            )
        })
    }

    /// All of them, by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Price)> {
        self.0.iter().map(|(key, price)| (key.as_str(), price))
    }

    /// A line for each price that is older than a year on `day`: a warning, not a failure.
    #[must_use]
    pub fn too_old(&self, day: Date) -> Vec<String> {
        let old = |price: &Price| price.as_of.days() + A_YEAR < day.days();
        (self.0.iter().filter(|(_, price)| old(price)))
            .map(|(key, price)| {
                format!(
                    "book/prices.toml: {key} is known as of {} only; look at {}",
                    price.as_of, price.source
                )
            })
            .collect()
    }

    /// [`Self::too_old`] today.
    #[must_use]
    pub fn too_old_today(&self) -> Vec<String> {
        self.too_old(measured::today())
    }
}

impl Price {
    /// The amount for [`Self::per`] units.
    #[must_use]
    pub fn amount(&self) -> Money {
        // `check` has read it before.
        self.amount.parse().unwrap_or_default()
    }

    /// What `units` cost.
    #[must_use]
    pub fn of(&self, units: u64) -> Money {
        self.amount().share(units, self.per)
    }

    /// Whether it is for a size, of which bytes are measured.
    #[must_use]
    pub fn is_by_size(&self) -> bool {
        ["GB", "GB-month"].contains(&self.unit.as_str())
    }

    /// How much it includes of what the price `key` is for.
    #[must_use]
    pub fn included(&self, key: &str) -> u64 {
        let included = self.includes.as_ref();
        let included = included.filter(|included| included.of == key);
        included.map_or(0, |included| included.amount)
    }

    /// `$5.00 a month`, `$0.20 per million requests`.
    #[must_use]
    pub fn human(&self) -> String {
        let amount = self.amount();
        match self.per {
            1 if matches!(
                self.unit.as_str(),
                "month" | "GB" | "GB-second" | "GB-month"
            ) =>
            {
                format!("{amount} a {}", self.unit)
            }
            1 => format!("{amount} per {}", self.unit),
            1_000_000 => format!("{amount} per million {}", self.unit),
            per => format!("{amount} per {} {}", measured::count(per), self.unit),
        }
    }

    /// Where it comes from, in a few words: `as of 13 March 2026, not checked`.
    #[must_use]
    pub fn provenance(&self) -> String {
        let day = self.as_of.in_words();
        let unchecked = if self.checked {
            ""
        } else {
            ", not checked on the provider’s page"
        };
        format!("as of {day}{unchecked}")
    }

    fn check(&self) -> Result<()> {
        self.amount.parse::<Money>()?;
        ensure!(
            self.currency == "USD",
            "is in {}; the bill adds up US dollars only",
            self.currency
        );
        ensure!(self.per > 0, "is per 0 {}", self.unit);
        ensure!(
            !self.what.is_empty() && !self.unit.is_empty(),
            "does not say what it is for"
        );
        ensure!(
            self.source.starts_with("https://"),
            "has no https:// source"
        );
        ensure!(
            self.as_of <= measured::today(),
            "is known as of {}, which is to come",
            self.as_of
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = r#"
[lambda.request]
what = "requests"
amount = "0.20"
currency = "USD"
per = 1_000_000
unit = "requests"
source = "https://example.org/"
as_of = "2025-06-01"
checked = false
"#;

    #[test]
    fn a_price_is_read_used_and_told() {
        let prices = Prices::parse(ONE).unwrap();
        let price = prices.get("lambda.request").unwrap();
        assert_eq!(price.human(), "$0.20 per million requests");
        assert_eq!(price.of(5).human(), "$0.000001");
        assert_eq!(
            price.provenance(),
            "as of 1 June 2025, not checked on the provider’s page"
        );
        assert_eq!(
            prices.get("lambda.requests").unwrap_err().to_string(),
            "there is no price `lambda.requests` in book/prices.toml; the nearest is `lambda.request`"
        );
    }

    #[test]
    fn a_price_is_too_old_after_a_year() {
        let prices = Prices::parse(ONE).unwrap();
        assert!(prices.too_old("2026-06-01".parse().unwrap()).is_empty());
        let old = prices.too_old("2026-06-02".parse().unwrap());
        assert_eq!(
            old,
            [
                "book/prices.toml: lambda.request is known as of 2025-06-01 only; look at https://example.org/"
            ]
        );
    }

    #[test]
    fn what_is_no_price_is_refused_by_key() {
        for (from, to, message) in [
            ("0.20", "20c", "is not an amount"),
            ("USD", "EUR", "US dollars only"),
            ("per = 1_000_000", "per = 0", "per 0 requests"),
            ("https:", "http:", "no https:// source"),
            ("2025-06-01", "2199-01-01", "which is to come"),
            ("checked = false", "", "missing field `checked`"),
            ("checked", "seen", "unknown field `seen`"),
            (
                "checked = false",
                "checked = false\nincludes = { amount = 1, unit = \"GB\", of = \"x.y\" }",
                "`x.y`, which is not in the list",
            ),
        ] {
            let error = Prices::parse(&ONE.replace(from, to)).unwrap_err();
            assert!(format!("{error:#}").contains(message), "{error:#}");
        }
    }
}
