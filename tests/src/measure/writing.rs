//! Adoptions of shops beside each other, in turns, in one run.

use anyhow::{Context, Result};
use book::measured::{Cell, Column, Measured, Table};
use serde_json::Value;

use super::open::{Open, Rung};
use super::programs::number;
use super::rounds::Rounds;
use super::shops::{Shops, rate};

/// Pets that are adopted in each round.
const PETS: u32 = 1_000;
const ROUNDS: u32 = 5;
const WRITERS: u32 = 16;

/// A shop that is written to.
pub struct Kind<'a> {
    /// What it is called in the keys of figures.
    pub key: &'a str,
    /// What each of its adoptions is, in words.
    pub words: &'a str,
    /// How it is opened.
    pub rung: Rung,
}

/// Adoptions a second, each acknowledged as its shop does it; the first shop is the measure of the others. Fills the table `writing`,
/// and says with `sale_bytes` what the shop `sold_by` sends for a sale.
///
/// # Errors
///
/// When a shop does not open, or refuses an adoption.
pub fn adoptions(
    shops: &Shops,
    kinds: &[Kind<'_>],
    sold_by: &str,
    file: &mut Measured,
) -> Result<()> {
    let mut seen = vec![Seen::default(); kinds.len()];
    for round in 1..=ROUNDS {
        eprintln!("writing, round {round} of {ROUNDS}");
        for (seen, kind) in seen.iter_mut().zip(kinds) {
            let open = Open::new(shops, &kind.rung)?;
            let at = &open.shop.at;
            shops.take_in(at, PETS)?;
            let ids = shops.ids(at)?;
            let (last, others) = ids.split_last().context("no pets")?;
            seen.add(&shops.adopt_each(at, others, WRITERS)?)?;
            if round == 1 && kind.key == sold_by {
                file.put(
                    "sale_bytes",
                    shops.sale_bytes(at, "/pets", last)?,
                    "B",
                    "what the shop sends for a sale: a page of pets, the pet, the adoption",
                );
            }
        }
    }
    tell(kinds, &seen, file);
    Ok(())
}

/// What was seen of a shop in all rounds.
#[derive(Clone, Default)]
struct Seen {
    rates: Rounds,
    middles: Rounds,
    tails: Rounds,
}

impl Seen {
    fn add(&mut self, round: &Value) -> Result<()> {
        self.rates.add(rate(round)?);
        self.middles.add(number(round, "p50_us")?);
        self.tails.add(number(round, "p99_us")?);
        Ok(())
    }
}

fn tell(kinds: &[Kind<'_>], seen: &[Seen], file: &mut Measured) {
    let measure = seen[0].rates.median();
    // `chapter_1` is chapter 1.
    let first = kinds[0].key.replace('_', " ");
    let mut rows = Vec::new();
    for (kind, seen) in kinds.iter().zip(seen) {
        let (key, words, median) = (kind.key, kind.words, seen.rates.median());
        file.put(
            &format!("adoptions_{key}_per_s"),
            median,
            "adoptions/s",
            &format!("adoptions a second among {WRITERS} customers at once, {words}"),
        );
        file.put(
            &format!("adoptions_{key}_ratio"),
            median / measure,
            "×",
            &format!("adoptions a second, {words}, over those of {first}"),
        );
        file.put(
            &format!("adoption_{key}_p99_us"),
            seen.tails.median(),
            "µs",
            &format!("99th percentile of the time of an adoption, {words}"),
        );
        rows.push(vec![
            Cell::Words(words.to_owned()),
            Cell::Number(median),
            Cell::Number(seen.rates.spread_percent()),
            Cell::Number(median / measure),
            Cell::Number(seen.middles.median()),
            Cell::Number(seen.tails.median()),
        ]);
    }
    let to_first = format!("To {first}");
    let columns = [
        ("Each adoption", ""),
        ("Sold", "adoptions/s"),
        ("Spread", "%"),
        (&to_first, "×"),
        ("Median time", "µs"),
        ("99th percentile", "µs"),
    ];
    file.tables.insert("writing".to_owned(), Table {
        what: "Adoptions, each acknowledged before the next of its customer".to_owned(),
        columns: columns.map(|(name, unit)| Column { name: name.to_owned(), unit: unit.to_owned() }).to_vec(),
        rows,
        note: format!(
            "{WRITERS} customers at once, {PETS} adoptions in each of {ROUNDS} rounds in turns, a new shop for each round, medians; the spread \
             is from the slowest round to the fastest."
        ),
    });
}
