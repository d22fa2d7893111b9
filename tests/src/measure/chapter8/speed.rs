//! How fast the store's commands are, beside bare conditional puts on the same database, and whether a stream's age matters.

use anyhow::{Context, Result, ensure};
use book::measured::Measured;
use serde_json::Value;

use super::Programs;
use crate::measure::chapter6::run;
use crate::measure::database::Database;

/// The least part of the rate of bare puts that commands may have.
const LEAST: f64 = 0.9;

/// How much more a command may take on a stream of ten thousand commits.
const MOST: f64 = 1.1;

/// Puts down the rates, and what they are to each other.
pub(super) fn beside_puts(programs: &Programs, file: &mut Measured) -> Result<()> {
    eprintln!("commands beside bare puts");
    let database = Database::start(&programs.shops().shop("local"), None)?;
    let said = run(&programs.shops().example("speed"), &[], &database)?;
    let said: Value = serde_json::from_str(&said)?;
    let of = |name: &str| {
        said[name]
            .as_f64()
            .with_context(|| format!("{name} in {said}"))
    };
    let (commands, puts) = (of("commands_per_s")?, of("puts_per_s")?);
    let what = "commands a second of one task, on a stream that it knows";
    file.put("commands_per_s", commands, "1/s", what);
    let what = "bare conditional puts a second of one task";
    file.put("puts_per_s", puts, "1/s", what);
    let what = "the part of the rate of bare puts that commands have";
    file.put("commands_of_puts", commands / puts, "times", what);
    for (key, old, young, whose) in [
        (
            "age_ratio",
            "old_us",
            "young_us",
            "of a process that knows it",
        ),
        (
            "cold_age_ratio",
            "old_cold_us",
            "young_cold_us",
            "of a process that has never heard of it",
        ),
    ] {
        let what = format!(
            "how many times the time of a command on a young stream one takes on a stream of 10,000 commits, {whose}"
        );
        file.put(key, of(old)? / of(young)?, "times", &what);
    }
    Ok(())
}

/// # Errors
///
/// When commands are slower than they may be.
pub(super) fn is_fast_enough(file: &Measured) -> Result<()> {
    let of = |key: &str| {
        let figure = file.values.get(key).map(|figure| figure.value);
        figure.with_context(|| key.to_owned())
    };
    let rate = of("commands_of_puts")?;
    ensure!(
        rate >= LEAST,
        "commands have {rate:.2} of the rate of bare puts, and {LEAST} are due"
    );
    for key in ["age_ratio", "cold_age_ratio"] {
        let ratio = of(key)?;
        ensure!(
            ratio <= MOST,
            "{key}: {ratio:.2}, and at most {MOST} is due"
        );
    }
    Ok(())
}
