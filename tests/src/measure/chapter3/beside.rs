//! The three rungs beside each other.

use anyhow::{Context, Result};
use book::measured::{Cell, Column, Measured, Table};

use super::Programs;
use crate::measure::beside::{self, Beside};
use crate::measure::open::Open;
use crate::measure::rest::{AtRest, HELD, crowded_kib};
use crate::measure::rounds::Rounds;
use crate::measure::writing::{self, Kind};

/// How often each shop is started.
const STARTS: usize = 5;

/// What each rung takes while it has nothing to do. Fills the table `rest`.
pub fn at_rest(programs: &Programs, file: &mut Measured) -> Result<()> {
    let rungs = [
        ("chapter 1", programs.chapter1()),
        ("chapter 2", programs.chapter2()),
        ("chapter 3", programs.chapter3(false)),
    ];
    let mut starts = vec![Rounds::default(); rungs.len()];
    for round in 1..=STARTS {
        eprintln!("starting, round {round} of {STARTS}");
        for (starts, (_, rung)) in starts.iter_mut().zip(&rungs) {
            let open = Open::new(&programs.shops, rung)?;
            starts.add(open.shop.ready_after.as_secs_f64() * 1e3);
        }
    }
    let mut rows = Vec::new();
    for ((name, rung), starts) in rungs.iter().zip(&starts) {
        eprintln!("memory at rest, {name}");
        let open = Open::new(&programs.shops, rung)?;
        let mut rest = AtRest::of(&programs.shops, &open.shop)?;
        rest.start_ms = starts.median();
        // Chapter 1 lets in as many as it has threads. What all of these take is measured with it.
        let crowded = match *name {
            "chapter 1" => None,
            _ => crowded_kib(&open.shop)?,
        };
        if *name == "chapter 3" {
            rest.put(file);
            put_crowded(&open, crowded, file);
        }
        let or_nothing = |memory: Option<f64>| memory.map_or_else(nothing, Cell::Number);
        rows.push(vec![
            Cell::Words((*name).to_owned()),
            Cell::Number(rest.start_ms),
            or_nothing(rest.memory_kib),
            or_nothing(crowded),
        ]);
    }
    let columns = [
        ("Shop", ""),
        ("Listens after", "ms"),
        ("Memory at rest", "KiB"),
        ("With 2,000 customers", "KiB"),
    ];
    file.tables.insert("rest".to_owned(), Table {
        what: "What a shop takes while it has nothing to do".to_owned(),
        columns: columns.map(|(name, unit)| Column { name: name.to_owned(), unit: unit.to_owned() }).to_vec(),
        rows,
        note: format!(
            "Optimized, without any pets. The start is the median of {STARTS}, in turns; the customers are each in the middle of a request, {HELD} at \
             once. Chapter 1 lets in as many as it has threads. The memory of chapter 3’s database is not in it: that is another process, and on \
             the platform another company’s."
        ),
    });
    Ok(())
}

fn nothing() -> Cell {
    Cell::Words("–".to_owned())
}

fn put_crowded(open: &Open, crowded: Option<f64>, file: &mut Measured) {
    if let Some(memory) = crowded {
        let what =
            "resident memory of the shop while 2,000 customers are in the middle of a request";
        file.put("crowded_kib", memory, "KiB", what);
    }
    let database = open.database.as_ref();
    if let Some(memory) = database.and_then(|database| database.process.memory_kib()) {
        let what = "resident memory of the DynamoDB beside it on this machine, with an empty table";
        file.put("database_memory_kib", memory, "KiB", what);
    }
}

/// `GET /pets/{id}` of each rung.
pub fn throughput(programs: &Programs, file: &mut Measured) -> Result<()> {
    let shops = &programs.shops;
    let rungs = [
        ("chapter 1", programs.chapter1()),
        ("chapter 2", programs.chapter2()),
        ("chapter 3", programs.chapter3(false)),
        ("chapter 3 in a file", programs.chapter3(true)),
    ];
    let mut open = Vec::new();
    for (name, rung) in &rungs {
        let shop = Open::new(shops, rung)?;
        shops.take_in(&shop.shop.at, 1)?;
        let ids = shops.ids(&shop.shop.at)?;
        let id = ids.into_iter().next().context("no pet was taken in")?;
        open.push((*name, shop, format!("/pets/{id}")));
    }
    let servers: Vec<Beside<'_>> = open
        .iter()
        .map(|(name, open, path)| Beside {
            name,
            shop: &open.shop,
            path: path.clone(),
        })
        .collect();
    let what = "One pet, from memory in chapter 1, from SQLite in chapter 2, and in chapter 3 from a DynamoDB that is a process on the same \
                machine and keeps its table in memory or in a file. AWS’s is another machine over a network, and was not measured";
    beside::of_all(shops, &servers, what, file)
}

/// Adoptions of each rung.
pub fn writing(programs: &Programs, file: &mut Measured) -> Result<()> {
    let kinds = [
        Kind {
            key: "chapter_1",
            words: "chapter 1: a line and a sync each",
            rung: programs.chapter1(),
        },
        Kind {
            key: "chapter_2",
            words: "chapter 2: a transaction and a sync each",
            rung: programs.chapter2(),
        },
        Kind {
            key: "chapter_3",
            words: "chapter 3: a DynamoDB on this machine, in a file",
            rung: programs.chapter3(true),
        },
        Kind {
            key: "chapter_3_in_memory",
            words: "chapter 3: a DynamoDB on this machine, in memory",
            rung: programs.chapter3(false),
        },
    ];
    writing::adoptions(&programs.shops, &kinds, "chapter_3", file)
}
