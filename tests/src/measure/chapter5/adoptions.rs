//! How fast a shop of functions sells.

use anyhow::{Context, Result, ensure};
use book::measured::Measured;

use super::Programs;
use super::host::Host;
use crate::measure::database::Database;
use crate::measure::programs::number;
use crate::measure::rounds::Rounds;
use crate::measure::shops::rate;

pub const ROUNDS: usize = 3;

/// Pets that are adopted in each round.
const PETS: u32 = 1_000;

/// What was seen of a shop that has sold its pets.
pub struct Sold {
    /// Adoptions a second.
    pub rate: f64,
    /// What the shop sends for a sale.
    pub bytes: f64,
}

/// Adoptions a second by many customers, and what the shop sends for a sale.
pub(super) fn at_once(programs: &Programs, file: &mut Measured) -> Result<()> {
    let mut rates = Rounds::default();
    for round in 1..=ROUNDS {
        eprintln!("adoptions, round {round} of {ROUNDS}");
        let sold = sold(programs)?;
        rates.add(sold.rate);
        put(programs, rates.median(), sold.bytes, file);
    }
    Ok(())
}

/// Opens a shop, and sells all its pets.
///
/// # Errors
///
/// When something of it does not start, or an adoption is refused.
pub fn sold(programs: &Programs) -> Result<Sold> {
    let shops = &programs.shops;
    let folder = shops.data_folder()?;
    let tables = folder.path().join("tables");
    let database = Database::start(&shops.shop("local"), Some(&tables))?;
    let ids = programs.stocked(&database, PETS)?;
    let host = Host::start(programs, &database.process.at, folder.path())?;
    let (last, others) = ids.split_last().context("no pets")?;
    let bytes = shops.sale_bytes(&host.at, programs.page.0, last)?;
    let seen = shops.adopt_each(&host.at, others, 16)?;
    ensure!(
        number(&seen, "refused")? == 0.0,
        "not all were adopted: {seen}"
    );
    Ok(Sold {
        rate: rate(&seen)?,
        bytes,
    })
}

/// Puts down how fast it sells, and what it sends.
pub fn put(programs: &Programs, rate: f64, bytes: f64, file: &mut Measured) {
    let page = programs.page.1;
    file.put(
        "sale_bytes",
        bytes,
        "B",
        &format!("what the shop sends for a sale: {page}, the pet, the adoption"),
    );
    file.put(
        "adoptions_per_s",
        rate,
        "1/s",
        "adoptions a second by sixteen customers, with the host in the place of Lambda and a DynamoDB on this machine, in a file",
    );
}
