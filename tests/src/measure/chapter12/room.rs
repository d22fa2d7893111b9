//! How many pets a second a machine takes in and sells, and what each of them leaves there for good.

use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result};
use book::measured::Measured;

use crate::measure::programs::Served;
use crate::measure::rounds::Rounds;
use crate::measure::shops::{Shops, argument};

/// Pets that are taken in and sold before anything is counted, and those that are counted.
const BEFORE: u32 = 4_000;
const COUNTED: u32 = 40_000;
/// Pets that are sold before the clock runs and while it does, and how often all of that is done.
const WARM: u32 = 500;
const PACED: u32 = 3_000;
const ROUNDS: usize = 5;
const CUSTOMERS: u32 = 16;

const KIB: f64 = 1024.0;

/// Puts down by how much the memory of chapter 1's shop grows.
pub fn in_memory(shops: &Shops, file: &mut Measured) -> Result<()> {
    eprintln!("what a sale leaves in memory");
    let folder = shops.data_folder()?;
    let shop = Served::start(&shops.shop("ch01-bare-server"), folder.path())?;
    let memory = || shop.memory_kib().context("the system does not tell");
    sell(shops, &shop.at, BEFORE)?;
    let before = memory()?;
    sell(shops, &shop.at, COUNTED)?;
    let grown = (memory()? - before) * KIB / f64::from(COUNTED);
    let what = "memory that a pet takes for good that is taken in and adopted, chapter 1";
    file.put("rung_1_bytes", grown, "B", what);
    Ok(())
}

/// Puts down by how much the files of chapter 2's shop grow. It is stopped each time, so that all of it is in its place.
pub fn on_disk(shops: &Shops, file: &mut Measured) -> Result<()> {
    eprintln!("what a sale leaves on the disk");
    let folder = shops.data_folder()?;
    let after = |pets| {
        let shop = Served::start(&shops.shop("ch02-virtual-server"), folder.path())?;
        sell(shops, &shop.at, pets)?;
        drop(shop);
        size(folder.path())
    };
    let before = after(BEFORE)?;
    let grown = (after(COUNTED)? - before) / f64::from(COUNTED);
    let what = "room on the disk that a pet takes for good that is taken in and adopted, chapter 2";
    file.put("rung_2_bytes", grown, "B", what);
    Ok(())
}

/// Puts down how many pets a second each of the two shops takes in and sells: the medians of some rounds, in turns.
pub fn pace(shops: &Shops, file: &mut Measured) -> Result<()> {
    let rungs = [(1, "ch01-bare-server"), (2, "ch02-virtual-server")];
    let mut rates = [Rounds::default(), Rounds::default()];
    for round in 1..=ROUNDS {
        eprintln!("how many pets a second are taken in and sold, round {round} of {ROUNDS}");
        for ((_, program), rates) in rungs.iter().zip(&mut rates) {
            rates.add(pets_per_s(shops, program)?);
        }
    }
    for ((rung, _), rates) in rungs.into_iter().zip(rates) {
        let what = format!(
            "pets a second, each taken in, looked for, looked at, and adopted, by {CUSTOMERS} customers, one of the four after the other; the median of {ROUNDS} rounds, chapter {rung}"
        );
        let key = format!("rung_{rung}_pets_per_s");
        file.put(&key, rates.median(), "pets/s", &what);
    }
    Ok(())
}

fn pets_per_s(shops: &Shops, program: &str) -> Result<f64> {
    let folder = shops.data_folder()?;
    let shop = Served::start(&shops.shop(program), folder.path())?;
    sell(shops, &shop.at, WARM)?;
    let before = shops.ids(&shop.at)?.len();
    let begun = Instant::now();
    shops.take_in(&shop.at, PACED)?;
    let taken_in = begun.elapsed();
    let ids = shops.ids(&shop.at)?.split_off(before);
    let begun = Instant::now();
    look(shops, &shop.at, &ids)?;
    shops.adopt_each(&shop.at, &ids, CUSTOMERS)?;
    Ok(f64::from(PACED) / (taken_in + begun.elapsed()).as_secs_f64())
}

/// As many looks at the list as at pets.
fn look(shops: &Shops, at: &str, ids: &[String]) -> Result<()> {
    let folder = shops.data_folder()?;
    let file = folder.path().join("ids");
    fs::write(&file, ids.join("\n"))?;
    let ids_in = format!("ids={}", argument(&file)?);
    let (most, connections) = (
        format!("most={}", ids.len()),
        format!("connections={CUSTOMERS}"),
    );
    let both = [most.as_str(), &connections, "seconds=60"];
    shops.load_all(at, &[&["path=/pets"], &both[..]].concat())?;
    shops.load_all(at, &[&["path=/pets/{n}", &ids_in], &both[..]].concat())?;
    Ok(())
}

/// Takes in so many pets, and has each of them adopted.
fn sell(shops: &Shops, at: &str, pets: u32) -> Result<()> {
    let before = shops.ids(at)?.len();
    shops.take_in(at, pets)?;
    let ids = shops.ids(at)?.split_off(before);
    shops.adopt_each(at, &ids, CUSTOMERS)?;
    Ok(())
}

/// The bytes of all files in a folder and below.
fn size(folder: &Path) -> Result<f64> {
    let mut sum = 0.0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        sum += if metadata.is_dir() {
            size(&entry.path())?
        } else {
            bytes(metadata.len())
        };
    }
    Ok(sum)
}

#[allow(clippy::cast_precision_loss, reason = "no file here is that large")]
fn bytes(length: u64) -> f64 {
    length as f64
}
