//! Runs seeds, as many at a time as there are processors.

use std::{mem, thread};

use anyhow::{Context, Result, anyhow};
use tokio::runtime::{Builder, Runtime};

use crate::bus::House;
use crate::database::Database;
use crate::guards::Guard;
use crate::tally::Tally;
use crate::world::World;

/// So many seeds share a database, whose streams become slow when much is in them.
const FRESH: usize = 5;

/// What seeds have come to.
#[derive(Debug, Default)]
pub struct Report {
    pub tally: Tally,
    /// The seeds that have failed, and why.
    pub failed: Vec<(u64, Vec<String>)>,
}

impl Report {
    fn add(&mut self, number: u64, seed: Seed) {
        self.tally.add(&seed.tally);
        if !seed.wrong.is_empty() {
            self.failed.push((number, seed.wrong));
        }
    }
}

/// What a seed has come to.
#[derive(Debug, PartialEq, Eq)]
pub struct Seed {
    pub tally: Tally,
    /// What has happened.
    pub story: Vec<String>,
    /// What must not be, and is.
    pub wrong: Vec<String>,
}

/// Runs these seeds.
pub fn all(seeds: &[u64], without: Option<Guard>) -> Result<Report> {
    let threads = thread::available_parallelism()?.get();
    let mut report = Report::default();
    thread::scope(|scope| {
        let parts = seeds.chunks(seeds.len().div_ceil(threads).max(1));
        let parts: Vec<_> = parts
            .map(|part| scope.spawn(|| some(part, without)))
            .collect();
        for part in parts {
            let part = part
                .join()
                .map_err(|_| anyhow!("a thread has panicked"))??;
            report.tally.add(&part.tally);
            report.failed.extend(part.failed);
        }
        anyhow::Ok(())
    })?;
    report.failed.sort();
    Ok(report)
}

fn some(seeds: &[u64], without: Option<Guard>) -> Result<Report> {
    let house = House::read()?;
    let mut report = Report::default();
    runtime()?.block_on(async {
        for seeds in seeds.chunks(FRESH) {
            let database = Database::open()?;
            for &number in seeds {
                let seed = one(number, &house, &database, without).await;
                report.add(number, seed.with_context(|| format!("seed {number}"))?);
            }
        }
        Ok(report)
    })
}

/// Runs one, with its story.
pub fn single(seed: u64, without: Option<Guard>) -> Result<Seed> {
    let (house, database) = (House::read()?, Database::open()?);
    runtime()?.block_on(one(seed, &house, &database, without))
}

/// One thread: nothing goes on besides what is to.
fn runtime() -> Result<Runtime> {
    Ok(Builder::new_current_thread().enable_all().build()?)
}

async fn one(
    number: u64,
    house: &House,
    database: &Database,
    without: Option<Guard>,
) -> Result<Seed> {
    let mut world = World::new(number, house, database, without).await?;
    world.live().await?;
    world.check().await?;
    let mut state = world.wire.state();
    let mut tally = mem::take(&mut state.tally);
    tally.seeds = 1;
    tally.adoptions = u64::try_from(world.granted(false).count())?;
    tally.returns = u64::try_from(world.granted(true).count())?;
    let story = mem::take(&mut state.story);
    drop(state);
    let wrong = world.wrong;
    Ok(Seed {
        tally,
        story,
        wrong,
    })
}
