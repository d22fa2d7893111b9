//! What things take of the table, in chapters 6 and 7: the outbox's item is written with what it tells of.

use std::path::Path;

use anyhow::Result;
use book::measured::{Cell, Measured};

use super::Programs;
use super::desks::{DESKS, Office};
use crate::measure::chapter4::{table, words};
use crate::measure::chapter6::counted::{Counter, Taken, Want};
use crate::measure::chapter6::{a_million, dollars, units};

/// Dogs in the shop. There is a tortoise, too.
const DOGS: usize = 4;

/// What others are told of.
const WANTS: [Want; 4] = [
    Want::Adoption,
    Want::KeyedAdoption,
    Want::Two,
    Want::GivenBack,
];

/// What an office does: what its figures are called, and what it is.
const OFFICE: (&str, &str) = (
    "desks",
    "what papers, thanks and display do about an adoption",
);

/// Fills the table `operations`.
pub(super) fn count(programs: &Programs, file: &mut Measured) -> Result<()> {
    let shops = programs.shops();
    let mut rows: Vec<Vec<Cell>> = WANTS.map(|want| vec![words(want.words())]).into();
    rows.push(vec![words(OFFICE.1)]);
    let counters = ["state-counter", "events-counter"].map(|counter| shops.shop(counter));
    let offices = [
        Office {
            programs: DESKS.map(|desk| shops.shop(&format!("lambda-{desk}"))),
            has_queue: false,
        },
        Office {
            programs: DESKS.map(|_| shops.shop("events-office")),
            has_queue: true,
        },
    ];
    let chapters = programs.both().into_iter().zip(counters).zip(offices);
    for (((chapter, shop), program), office) in chapters {
        eprintln!("what things take, chapter {chapter}");
        let database = programs.database(shop.release)?;
        let all = taken(&program, &office, &database.process.at)?;
        for (row, (what, taken)) in rows.iter_mut().zip(all) {
            row.extend(put(programs, what, chapter, &taken, file)?);
        }
    }
    let columns = [
        ("What", ""),
        ("Chapter 6: read", "units"),
        ("written", "units"),
        ("a million", "$"),
        ("Chapter 7: read", "units"),
        ("written", "units"),
        ("a million", "$"),
    ];
    let note = format!(
        "Told by a DynamoDB on this machine, which counts as AWS’s does, with {} pets in the shop, and at the prices of the price list. What is written to the index is among \
         what is written: a pet that is adopted is removed from it, and one that is given back comes into it. What is written in a transaction costs twice as much in the table, and once in the index.",
        DOGS + 1
    );
    let what = "What each thing takes of the table";
    file.tables
        .insert("operations".to_owned(), table(what, &columns, rows, &note));
    Ok(())
}

/// What each of [`WANTS`] takes, and what [`OFFICE`] does.
fn taken(
    program: &Path,
    office: &Office,
    database: &str,
) -> Result<Vec<((&'static str, &'static str), Taken)>> {
    let counter = Counter::new(program, database)?;
    counter.stock(DOGS)?;
    let all = counter.count()?.into_iter();
    let wanted = all.filter(|(want, _)| WANTS.contains(want));
    let wanted = wanted.map(|(want, taken)| ((want.key(), want.words()), taken));
    let mut desks = Taken::default();
    for taken in office.count(database)? {
        desks.reads += taken.reads;
        desks.writes += taken.writes;
        desks.index_writes += taken.index_writes;
    }
    Ok(wanted.chain([(OFFICE, desks)]).collect())
}

/// Puts it down, and gives the cells of one chapter.
fn put(
    programs: &Programs,
    (key, words): (&str, &str),
    chapter: &str,
    taken: &Taken,
    file: &mut Measured,
) -> Result<[Cell; 3]> {
    let of = format!("{words}, chapter {chapter}");
    let writes = taken.writes + taken.index_writes;
    let cost = a_million(&programs.prices, taken.reads, writes)?;
    let mut put = |name: &str, value, unit, what: &str| {
        let key = format!("{key}_{chapter}_{name}");
        file.put(&key, value, unit, &format!("{what}: {of}"));
    };
    let (read, write) = ("read request units", "write request units");
    put("reads", taken.reads, read, read);
    let what = "write request units of the table and its index";
    put("writes", writes, write, what);
    let what = "write request units of the index alone";
    if taken.index_writes > 0.0 {
        put("index_writes", taken.index_writes, write, what);
    }
    let usd = format!("op_{key}_{chapter}_usd");
    let what = format!("what a million cost: {of}");
    file.put(&usd, cost.dollars(), "dollars", &what);
    Ok([units(taken.reads), units(writes), dollars(cost)])
}
