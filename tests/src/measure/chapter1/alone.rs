//! The shop alone: the write path, and what only shows from inside.

use anyhow::{Context, Result};
use book::measured::{Measured, count};

use super::Programs;
use crate::measure::programs::{Served, json_of, number};
use crate::measure::rest::{self, HELD};
use crate::measure::shops::{argument, rate};

/// Pets that are taken in and adopted.
const PETS: u32 = 1_000;

/// The memory of a shop whose threads all have a customer.
pub fn crowded(programs: &Programs, file: &mut Measured) -> Result<()> {
    let folder = programs.shops.data_folder()?;
    let shop = Served::start_with(&programs.shop, folder.path(), Some(HELD))?;
    let what = "resident memory of the shop with 2,000 threads, each of which holds a customer in the middle of a request";
    rest::crowded(&shop, what, file)
}

/// How fast it can promise something: each change is on the disk before it is answered.
pub fn writing(programs: &Programs, file: &mut Measured) -> Result<()> {
    eprintln!("writing");
    let shops = &programs.shops;
    let folder = shops.data_folder()?;
    let shop = Served::start(&programs.shop, folder.path())?;
    file.put(
        "take_ins_per_s",
        shops.take_in(&shop.at, PETS)?,
        "take-ins/s",
        "pets taken in a second, each on disk before the answer, 8 connections",
    );
    let ids = shops.ids(&shop.at)?;
    let (last, others) = ids.split_last().context("no pets")?;
    let seen = shops.adopt_each(&shop.at, others, 8)?;
    file.put(
        "adoptions_per_s",
        rate(&seen)?,
        "adoptions/s",
        "adoptions a second, each on disk before the answer, 8 connections",
    );
    file.put(
        "adoption_us",
        number(&seen, "p50_us")?,
        "µs",
        "median time of an adoption among 8 customers at once",
    );
    file.put(
        "sale_bytes",
        shops.sale_bytes(&shop.at, "/pets", last)?,
        "B",
        "what the shop sends for a sale: a page of pets, the pet, the adoption",
    );
    Ok(())
}

/// What no customer can see: the time of a decision, of an fsync, of a thread's start.
pub fn from_inside(programs: &Programs, file: &mut Measured) -> Result<()> {
    eprintln!("decisions, fsyncs, threads");
    let folder = programs.shops.data_folder()?;
    let seen = json_of(&programs.shops.peer("inside"), &[argument(folder.path())?])?;
    let pets = count(seen["pets"].as_u64().context("no number of pets")?);
    file.put("decide_us", number(&seen, "decide_us")?, "µs", &format!("deciding and recording one adoption in a shop with {pets} pets, without the disk, median"));
    file.put(
        "fsync_ms",
        number(&seen, "fsync_us")? / 1e3,
        "ms",
        "writing 4 KiB to the end of a file and syncing it, median of 200",
    );
    file.put(
        "fsync_p99_ms",
        number(&seen, "fsync_p99_us")? / 1e3,
        "ms",
        "writing 4 KiB to the end of a file and syncing it, 99th percentile of 200",
    );
    let (pool, spawn) = (number(&seen, "pool_us")?, number(&seen, "spawn_us")?);
    file.put(
        "pool_us",
        pool,
        "µs",
        "a connection, a byte there and back, answered by a thread that waited for it, median",
    );
    file.put(
        "spawn_us",
        spawn,
        "µs",
        "a connection, a byte there and back, answered by a thread started for it, median",
    );
    file.put(
        "thread_start_us",
        (spawn - pool).max(0.0),
        "µs",
        "what starting a thread adds to a connection",
    );
    Ok(())
}
