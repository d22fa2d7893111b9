//! What things take of the table, in chapters 7 and 8.

use anyhow::Result;
use book::measured::{Cell, Measured};

use super::Programs;
use crate::measure::chapter4::{table, words};
use crate::measure::chapter6::counted::{Counter, Taken, Want, twice};
use crate::measure::chapter6::{a_million, dollars, units};

/// Dogs in the shop. There is a tortoise, too.
const DOGS: usize = 4;

/// Fills the table `operations`.
pub(super) fn count(programs: &Programs, file: &mut Measured) -> Result<()> {
    let mut rows: Vec<Vec<Cell>> = Want::ALL.map(|want| vec![words(want.words())]).into();
    let counters = ["events-counter", "streams-counter"];
    for ((chapter, shop), counter) in programs.both().into_iter().zip(counters) {
        eprintln!("what things take, chapter {chapter}");
        let program = programs.shops().shop(counter);
        // A list reads each pet, and to count takes some in: each time it is another shop.
        let counted = twice(|| {
            let database = programs.database(shop.release)?;
            let counter = Counter::new(&program, &database.process.at)?;
            counter.stock(DOGS)?;
            counter.count_once()
        })?;
        for ((want, taken), row) in counted.into_iter().zip(&mut rows) {
            row.extend(put(programs, want, chapter, &taken, file)?);
        }
    }
    let columns = [
        ("What", ""),
        ("Chapter 7: read", "units"),
        ("written", "units"),
        ("a million", "$"),
        ("Chapter 8: read", "units"),
        ("written", "units"),
        ("a million", "$"),
    ];
    let note = format!(
        "Told by a DynamoDB on this machine, which counts as AWS’s does, with {} pets in the shop, by functions that know no stream yet, and at the prices of the price list. What \
         is written to an index is among what is written. A list reads each of its pets, and in a full shop looks through 200 of them for a page.",
        DOGS + 1
    );
    let what = "What each thing takes of the table";
    file.tables
        .insert("operations".to_owned(), table(what, &columns, rows, &note));
    Ok(())
}

/// Puts it down, and gives the cells of one chapter.
fn put(
    programs: &Programs,
    want: Want,
    chapter: &str,
    taken: &Taken,
    file: &mut Measured,
) -> Result<[Cell; 3]> {
    let (key, of) = (want.key(), format!("{}, chapter {chapter}", want.words()));
    let writes = taken.writes + taken.index_writes;
    let cost = a_million(&programs.prices, taken.reads, writes)?;
    let mut put = |name: &str, value, unit, what: &str| {
        let key = format!("{key}_{chapter}_{name}");
        file.put(&key, value, unit, &format!("{what}: {of}"));
    };
    let (read, write) = ("read request units", "write request units");
    put("reads", taken.reads, read, read);
    put(
        "writes",
        writes,
        write,
        "write request units of the table and its index",
    );
    let usd = format!("op_{key}_{chapter}_usd");
    let what = format!("what a million cost: {of}");
    file.put(&usd, cost.dollars(), "dollars", &what);
    Ok([units(taken.reads), units(writes), dollars(cost)])
}
