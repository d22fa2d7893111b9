//! What a sale takes of the database, with what its event brings about.

use std::ops::Add;

use anyhow::{Context, Result};
use book::measured::{Cell, Measured};

use super::visitor::Visitor;
use super::{Programs, TABLE, table, words};
use crate::measure::meter::{Call, Meter};
use crate::measure::open;

/// Pets in the shop when a sale is counted.
const PETS: usize = 40;
/// Sales that are counted: what all take is divided by it.
const SALES: usize = 10;
/// What `DynamoDB` adds to an item when it is billed for room.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html>
pub const PER_ITEM: f64 = 100.0;
/// The items that a sold pet has: the pet itself, its papers, and a letter of thanks. The display's one item is there only once.
pub const ITEMS: f64 = 3.0;

/// Puts down what a sale takes, and the table `sale`.
pub(super) fn count(programs: &Programs, file: &mut Measured) -> Result<()> {
    let open = programs.open(&programs.chapter4(false))?;
    let database = open.database.as_ref().context("its database")?;
    let meter = Meter::before(&database.process.at)?;
    let (host, told) = (programs.shops.shop("ch04-functions"), programs.told(TABLE));
    let start = || open::start(&host, &told, &meter.at, open.folder());

    let metered = start()?;
    let visitor = Visitor::of(&metered.at);
    let pets: Vec<String> = (0..PETS)
        .map(|_| visitor.takes_in())
        .collect::<Result<_>>()?;
    let unsold = database.size()?;
    drop(meter.take());
    let sold = &pets[..SALES];
    for pet in sold {
        visitor.looks_at("/pets")?;
        visitor.looks_at(&format!("/pets/{pet}"))?;
    }
    let looks = meter.take();
    for pet in sold {
        visitor.adopts(pet)?;
    }
    // A polite end comes when every event was delivered.
    drop((visitor, metered));
    let adoptions = meter.take();
    // The first event has made the display's item as well, which weighs nothing beside the rest.
    let grown = (database.size()? - unsold) / count_of(SALES);
    let all: Vec<Call> = looks.iter().chain(&adoptions).cloned().collect();
    put(file, &all);
    file.put(
        "pet_bytes",
        unsold / count_of(PETS) + grown + ITEMS * PER_ITEM,
        "B",
        "room in the table of a pet that is sold, its papers and its letter, with the 100 bytes that DynamoDB adds to each item",
    );
    let rows = vec![
        row("the list and the pet", &looks),
        row("the adoption, and what its event brings about", &adoptions),
    ];
    let columns = [
        ("What", ""),
        ("Calls", "calls"),
        ("Read", "units"),
        ("Written", "units"),
    ];
    let note = format!(
        "Told by a DynamoDB on this machine, which counts as AWS’s does: {SALES} sales of {PETS} pets, for one sale. The event goes to three functions, each of \
         which writes an item."
    );
    let what = "What a sale takes of the database";
    file.tables
        .insert("sale".to_owned(), table(what, &columns, rows, &note));
    Ok(())
}

fn put(file: &mut Measured, calls: &[Call]) {
    let of_a_sale = "a sale: a page of pets, the pet, the adoption, and the three functions that are told of it";
    for (name, value, unit, what) in [
        (
            "sale_calls",
            per_sale(calls.len()),
            "calls",
            "calls to the database for",
        ),
        (
            "sale_reads",
            per_sale_units(calls, true),
            "read request units",
            "read request units of",
        ),
        (
            "sale_writes",
            per_sale_units(calls, false),
            "write request units",
            "write request units of",
        ),
    ] {
        file.put(name, value, unit, &format!("{what} {of_a_sale}"));
    }
}

fn row(what: &str, calls: &[Call]) -> Vec<Cell> {
    vec![
        words(what),
        Cell::Number(per_sale(calls.len())),
        Cell::Number(per_sale_units(calls, true)),
        Cell::Number(per_sale_units(calls, false)),
    ]
}

/// The units of a sale that are paid for as reads, or as writes.
fn per_sale_units(calls: &[Call], reads: bool) -> f64 {
    units(calls, reads) / count_of(SALES)
}

/// The units of calls that are paid for as reads, or as writes.
pub fn units(calls: &[Call], reads: bool) -> f64 {
    let calls = calls.iter().filter(|call| call.reads() == reads);
    calls.filter_map(|call| call.units).fold(0.0, f64::add)
}

fn per_sale(calls: usize) -> f64 {
    count_of(calls) / count_of(SALES)
}

#[allow(clippy::cast_precision_loss, reason = "there are few of anything")]
fn count_of(number: usize) -> f64 {
    number as f64
}
