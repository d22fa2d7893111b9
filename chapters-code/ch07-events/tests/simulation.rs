//! Worlds in which goes wrong what may: see `examples/simulation`.

#[path = "../examples/simulation/bus.rs"]
mod bus;
#[path = "../examples/simulation/check.rs"]
mod check;
#[path = "../examples/simulation/customers.rs"]
mod customers;
#[path = "../examples/simulation/database.rs"]
mod database;
#[path = "../examples/simulation/desks.rs"]
mod desks;
#[path = "../examples/simulation/faults.rs"]
mod faults;
#[path = "../examples/simulation/guards.rs"]
mod guards;
#[path = "../examples/simulation/mapping.rs"]
mod mapping;
#[path = "../examples/simulation/run.rs"]
mod run;
#[path = "../examples/simulation/state.rs"]
mod state;
#[path = "../examples/simulation/tally.rs"]
mod tally;
#[path = "../examples/simulation/world.rs"]
mod world;

use anyhow::{Result, bail};
use guards::Guard;

/// `cargo run --example simulation` has a thousand of them, if it is not told how many. Each takes tenths of a second.
const SEEDS: u64 = 200;

fn seeds() -> Vec<u64> {
    (1..=SEEDS).collect()
}

#[test]
fn everything_happens_once_whatever_goes_wrong() -> Result<()> {
    let report = run::all(&seeds(), None)?;
    assert_eq!(report.failed, []);
    assert_eq!(report.tally.missing(), [""; 0], "{}", report.tally);
    assert_eq!(report.tally.seeds, SEEDS);
    Ok(())
}

#[test]
fn without_any_of_its_guards_the_shop_does_not_keep_its_promise() -> Result<()> {
    for (guard, name) in Guard::ALL {
        misses(guard).map_err(|error| error.context(name))?;
    }
    Ok(())
}

/// Looks for a seed that fails without a guard.
fn misses(guard: Guard) -> Result<()> {
    for seeds in seeds().chunks(20) {
        if !run::all(seeds, Some(guard))?.failed.is_empty() {
            return Ok(());
        }
    }
    bail!("nobody misses it")
}

#[test]
fn a_seed_has_the_same_story_each_time() -> Result<()> {
    let (first, again) = (run::single(7, None)?, run::single(7, None)?);
    assert!(first.story.len() > 100, "{:#?}", first.story);
    assert_eq!(first, again);
    assert_ne!(first.story, run::single(8, None)?.story);
    Ok(())
}
