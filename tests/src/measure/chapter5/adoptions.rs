//! How fast a shop of functions sells.

use anyhow::{Context, Result, ensure};
use book::measured::Measured;

use super::Programs;
use super::host::Host;
use crate::measure::database::Database;
use crate::measure::open;
use crate::measure::programs::number;
use crate::measure::rounds::Rounds;
use crate::measure::shops::rate;

const ROUNDS: usize = 3;

/// Pets that are adopted in each round.
const PETS: u32 = 1_000;

/// Adoptions a second by many customers, and what the shop sends for a sale.
pub(super) fn at_once(programs: &Programs, file: &mut Measured) -> Result<()> {
    let shops = &programs.shops;
    let mut rates = Rounds::default();
    for round in 1..=ROUNDS {
        eprintln!("adoptions, round {round} of {ROUNDS}");
        let folder = shops.data_folder()?;
        let tables = folder.path().join("tables");
        let database = Database::start(&shops.shop("local"), Some(&tables))?;
        database.release(&shops.shop("ch04-functions"))?;
        let stock = open::start(
            &shops.shop("ch03-platform"),
            &[],
            &database.process.at,
            folder.path(),
        )?;
        shops.take_in(&stock.at, PETS)?;
        let ids = shops.ids(&stock.at)?;
        drop(stock);
        let host = Host::start(programs, &database.process.at, folder.path())?;
        let (last, others) = ids.split_last().context("no pets")?;
        let seen = shops.adopt_each(&host.at, others, 16)?;
        ensure!(
            number(&seen, "refused")? == 0.0,
            "not all were adopted: {seen}"
        );
        rates.add(rate(&seen)?);
        if round == 1 {
            let sent = shops.sale_bytes(&host.at, last)?;
            file.put(
                "sale_bytes",
                sent,
                "B",
                "what the shop sends for a sale: a page of pets, the pet, the adoption",
            );
        }
    }
    file.put(
        "adoptions_per_s",
        rates.median(),
        "1/s",
        "adoptions a second by sixteen customers, with the host in the place of Lambda and a DynamoDB on this machine, in a file",
    );
    Ok(())
}
