//! A shop with a past, whose views are made anew.

use anyhow::{Context, Result, ensure};
use book::measured::{Measured, count};

use super::{OLD_SHOP, Programs, RELEASE};
use crate::dynamodb::TABLE;
use crate::measure::chapter6::run;
use crate::measure::database::Database;

/// Pets of the old shop, with ten commits on average.
const PETS: u32 = 10_000;

/// What a rebuild of 100,000 commits may take.
const MOST_S: f64 = 60.0;

/// Opens it. The views are made at its release.
pub(super) fn shop(programs: &Programs, file: &mut Measured) -> Result<Database> {
    eprintln!("filling a shop with {} pets", count(PETS.into()));
    let database = programs.streams()?;
    let old_shop = programs.shops().example(OLD_SHOP);
    run(&old_shop, &[&PETS.to_string()], &database)?;
    database.forget_news(TABLE)?;
    eprintln!("making its views");
    database.release(&programs.shops().shop(RELEASE))?;
    let what = "pets of a shop with a past, with ten commits on average";
    file.put("old_pets", PETS.into(), "pets", what);
    Ok(database)
}

/// Puts down how long it takes to make the views anew.
pub(super) fn made_anew(
    programs: &Programs,
    database: &Database,
    file: &mut Measured,
) -> Result<()> {
    eprintln!("making them anew");
    let said = run(&programs.shops().shop(RELEASE), &["rebuild"], database)?;
    let figure = |after: &str| {
        let (_, rest) = said.split_once(after)?;
        rest.split(' ').next()?.parse::<f64>().ok()
    };
    let of = |after: &str| figure(after).with_context(|| format!("no {after:?} in {said}"));
    let (streams, commits) = (of("made of ")?, of("streams with ")?);
    ensure!(
        (streams, commits) == (PETS.into(), f64::from(PETS) * 10.0),
        "{said}"
    );
    let (took, waited) = (of("in ")?, of("of which ")?);
    file.put(
        "rebuild_commits",
        commits,
        "commits",
        "commits of which the views were made anew",
    );
    let what = "time to make three views anew of 10,000 streams with 100,000 commits, with the wait in the middle";
    file.put("rebuild_s", took, "s", what);
    let what = "the wait in the middle of that";
    file.put("rebuild_wait_s", waited, "s", what);
    Ok(())
}

/// # Errors
///
/// When it takes longer than it may.
pub(super) fn is_fast_enough(file: &Measured) -> Result<()> {
    let took = file.values.get("rebuild_s").context("rebuild_s")?.value;
    ensure!(
        took <= MOST_S,
        "to make the views anew took {took:.1} s, and {MOST_S} s are due"
    );
    Ok(())
}
