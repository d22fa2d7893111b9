//! What each thing takes of the table, in chapters 5 and 6, in an almost empty shop and in a full one.

use anyhow::Result;
use book::measured::{self, Cell, Measured, count as thousands};

use super::counted::{Counter, Taken, Want};
use super::{FULL, Programs, dollars, units};
use crate::measure::chapter4::{table, words};
use crate::measure::database::Database;

/// Dogs in the shop that is almost empty. There is a tortoise, too.
const DOGS: usize = 4;

/// What was counted of one chapter in one shop.
struct Column {
    chapter: &'static str,
    shop: &'static str,
    taken: Vec<(Want, Taken)>,
}

/// Fills the tables `operations` and `units`, with a database that holds a full shop and has no index yet.
pub(super) fn count(programs: &Programs, full: &Database, file: &mut Measured) -> Result<()> {
    let mut columns = Vec::new();
    for (chapter, program, shop) in [
        ("5", "lambda-counter", &programs.before),
        ("6", "state-counter", &programs.now),
    ] {
        eprintln!("what things take, chapter {chapter}");
        let release = shop.shops.shop(shop.release);
        let program = shop.shops.shop(program);
        let empty = programs.database()?;
        empty.release(&release)?;
        let counter = Counter::new(&program, &empty.process.at)?;
        counter.stock(DOGS)?;
        let mut column = |shop, taken| {
            columns.push(Column {
                chapter,
                shop,
                taken,
            });
        };
        column("empty", counter.count()?);
        // As a reader's table becomes one of chapter 6.
        full.release(&release)?;
        let counter = Counter::new(&program, &full.process.at)?;
        column("full", counter.count()?);
    }
    put(programs, &columns, file)
}

fn put(programs: &Programs, columns: &[Column], file: &mut Measured) -> Result<()> {
    let mut rows: Vec<Vec<Cell>> = Want::ALL.map(|want| vec![words(want.words())]).into();
    for column in columns {
        for ((want, taken), row) in column.taken.iter().zip(&mut rows) {
            let cost = programs.a_million(taken.reads, taken.writes + taken.index_writes)?;
            row.push(dollars(cost));
            column.put(*want, taken, cost.dollars(), file);
        }
    }
    let headings = [
        ("What", ""),
        ("Chapter 5, empty", "$"),
        ("Chapter 5, full", "$"),
        ("Chapter 6, empty", "$"),
        ("Chapter 6, full", "$"),
    ];
    let note = format!(
        "What the table takes for a million of each, at the prices of the price list and in the units that a DynamoDB on this machine told, which counts as AWS’s does: \
         once with {} pets in the shop, and once with {}, of which one in 199 waits, and a single tortoise, the last of them. Whoever looks for it turns pages until it is on one, and all of these \
         are counted. An adoption is counted without what others do when they are told of it. A write whose condition fails is paid for as one that succeeds, and reported by nobody; \
         there was none here.",
        DOGS + 1,
        thousands(FULL)
    );
    let what = "What a million of each costs at the table";
    file.tables
        .insert("operations".to_owned(), table(what, &headings, rows, &note));
    if let Some(full) = columns.last() {
        file.tables.insert("units".to_owned(), full.units());
    }
    Ok(())
}

impl Column {
    fn put(&self, want: Want, taken: &Taken, dollars: f64, file: &mut Measured) {
        let (key, chapter, shop) = (want.key(), self.chapter, self.shop);
        let of = format!("{}, chapter {chapter}, {shop} shop", want.words());
        let mut put = |key: String, value, unit, what: &str| {
            file.put(&key, value, unit, &format!("{what} {of}"));
        };
        let usd = format!("op_{key}_{chapter}_{shop}_usd");
        put(usd, dollars, "dollars", "what a million cost:");
        for (name, value, unit) in [
            ("reads", taken.reads, "read request units"),
            ("writes", taken.writes, "write request units"),
        ] {
            if value > 0.0 {
                let key = format!("{key}_{chapter}_{shop}_{name}");
                put(key, value, unit, &format!("{unit}:"));
            }
        }
        if taken.index_writes > 0.0 {
            let (key, unit) = (
                format!("{key}_{chapter}_index_writes"),
                "write request units",
            );
            put(
                key,
                taken.index_writes,
                unit,
                &format!("{unit} of the index alone:"),
            );
        }
        if want == Want::Search {
            let key = format!("{key}_{chapter}_{shop}_requests");
            put(key, taken.requests, "requests", "requests of a customer:");
        }
    }

    fn units(&self) -> measured::Table {
        let row = |(want, taken): &(Want, Taken)| {
            vec![
                words(want.words()),
                units(taken.reads),
                units(taken.writes),
                units(taken.index_writes),
            ]
        };
        let columns = [
            ("What", ""),
            ("Read", "units"),
            ("Written to the table", "units"),
            ("Written to the index", "units"),
        ];
        let note = format!(
            "Told by a DynamoDB on this machine, which counts as AWS’s does, with {} pets in the shop. A read of the index is eventually consistent and costs half; all others \
             are consistent. What is written in a transaction costs twice as much in the table, and once in the index.",
            thousands(FULL)
        );
        table(
            "What each thing takes of chapter 6’s table",
            &columns,
            self.taken.iter().map(row).collect(),
            &note,
        )
    }
}
