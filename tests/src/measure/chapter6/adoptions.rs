//! How fast the shop sells, beside chapter 5's.

use anyhow::Result;
use book::measured::Measured;

use super::Programs;
use crate::measure::chapter5::adoptions::{ROUNDS, put, sold};
use crate::measure::rounds::Rounds;

/// Adoptions a second by many customers in both shops, in turns.
pub(super) fn at_once(programs: &Programs, file: &mut Measured) -> Result<()> {
    let (mut before, mut now) = (Rounds::default(), Rounds::default());
    for round in 1..=ROUNDS {
        eprintln!("adoptions, round {round} of {ROUNDS}");
        before.add(sold(&programs.before)?.rate);
        let sold = sold(&programs.now)?;
        now.add(sold.rate);
        put(&programs.now, now.median(), sold.bytes, file);
    }
    file.put(
        "adoptions_5_per_s",
        before.median(),
        "1/s",
        "adoptions a second of chapter 5’s shop, in the same run",
    );
    file.put(
        "adoptions_ratio",
        now.median() / before.median(),
        "×",
        "adoptions a second, over those of chapter 5’s shop in the same run",
    );
    Ok(())
}
