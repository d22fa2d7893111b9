//! How fast the shop sells, beside that of the chapter before.

use anyhow::Result;
use book::measured::Measured;

use crate::measure::chapter5::Programs;
use crate::measure::chapter5::adoptions::{ROUNDS, put, sold};
use crate::measure::rounds::Rounds;

/// Adoptions a second by many customers in the shops of two chapters, in turns.
pub fn at_once(shops: [(&str, &Programs); 2], file: &mut Measured) -> Result<()> {
    let [(chapter, before_it), (_, programs)] = shops;
    let (mut before, mut now) = (Rounds::default(), Rounds::default());
    for round in 1..=ROUNDS {
        eprintln!("adoptions, round {round} of {ROUNDS}");
        before.add(sold(before_it)?.rate);
        let sold = sold(programs)?;
        now.add(sold.rate);
        put(programs, now.median(), sold.bytes, file);
    }
    file.put(
        &format!("adoptions_{chapter}_per_s"),
        before.median(),
        "1/s",
        &format!("adoptions a second of chapter {chapter}’s shop, in the same run"),
    );
    file.put(
        "adoptions_ratio",
        now.median() / before.median(),
        "×",
        &format!("adoptions a second, over those of chapter {chapter}’s shop in the same run"),
    );
    Ok(())
}
