//! How long one customer waits, in chapters 5 and 6.

use anyhow::{Context, Result};
use book::measured::{Cell, Measured, count};
use tempfile::TempDir;

use super::{FULL, Programs};
use crate::measure::chapter4::{table, words};
use crate::measure::chapter5::{self, host::Host};
use crate::measure::database::Database;
use crate::measure::programs::number;
use crate::measure::rounds::Rounds;

const ROUNDS: usize = 5;

/// Pets that are adopted in each round, and those that are left in the end.
const ADOPTED: usize = 50;
const LEFT: usize = 50;

/// What a customer wants: what its figures are called, and what it is.
const WANTS: [(&str, &str); 4] = [
    ("show", "a pet"),
    ("waiting", "a page of the pets that wait"),
    ("waiting_full", "the same in a full shop"),
    ("adoption", "an adoption"),
];

/// A shop of one chapter, its pets, and what was seen of it.
struct Desk<'a> {
    programs: &'a chapter5::Programs,
    host: Host,
    /// In the full shop.
    full: Host,
    pets: Vec<String>,
    seen: [Rounds; WANTS.len()],
    _database: Database,
    _folders: [TempDir; 2],
}

/// Fills the table `one_customer`, with a database that holds a full shop.
pub(super) fn alone(programs: &Programs, full: &Database, file: &mut Measured) -> Result<()> {
    // Chapter 5's functions do not mind the index.
    full.release(&programs.shops().shop(programs.now.release))?;
    let mut before = Desk::open(&programs.before, full)?;
    let mut now = Desk::open(&programs.now, full)?;
    for round in 0..=ROUNDS {
        eprintln!("one customer, round {round} of {ROUNDS} (the first is not counted)");
        for desk in [&mut before, &mut now] {
            let seen = desk.round()?;
            if round > 0 {
                for (all, figure) in desk.seen.iter_mut().zip(seen) {
                    all.add(figure);
                }
            }
        }
    }
    put(&before, &now, file);
    Ok(())
}

impl<'a> Desk<'a> {
    fn open(programs: &'a chapter5::Programs, full: &Database) -> Result<Self> {
        let folders = [programs.shops.data_folder()?, programs.shops.data_folder()?];
        let database = Database::start(&programs.shops.shop("local"), None)?;
        let pets = u32::try_from((ROUNDS + 1) * ADOPTED + LEFT)?;
        let pets = programs.stocked(&database, pets)?;
        Ok(Self {
            programs,
            host: Host::start(programs, &database.process.at, folders[0].path())?,
            full: Host::start(programs, &full.process.at, folders[1].path())?,
            pets,
            seen: Default::default(),
            _database: database,
            _folders: folders,
        })
    }

    /// The median times of a round, in milliseconds.
    fn round(&mut self) -> Result<[f64; WANTS.len()]> {
        let first = self.pets.first().context("no pets")?;
        let show = self.looks(&self.host, &format!("/pets/{first}"))?;
        let waiting = self.looks(&self.host, "/pets?status=available")?;
        let waiting_full = self.looks(&self.full, "/pets?status=available")?;
        // The last ones, so that the page remains as it is.
        let adopted = self.pets.split_off(self.pets.len() - ADOPTED);
        let seen = self.programs.shops.adopt_each(&self.host.at, &adopted, 1)?;
        Ok([show, waiting, waiting_full, number(&seen, "p50_us")? / 1e3])
    }

    fn looks(&self, host: &Host, path: &str) -> Result<f64> {
        let path = format!("path={path}");
        let load = &["connections=1", "seconds=1", &path];
        let seen = self.programs.shops.load_all(&host.at, load)?;
        Ok(number(&seen, "p50_us")? / 1e3)
    }
}

fn put(before: &Desk<'_>, now: &Desk<'_>, file: &mut Measured) {
    let mut rows = Vec::new();
    for (at, (key, what)) in WANTS.into_iter().enumerate() {
        let (before, now) = (before.seen[at].median(), now.seen[at].median());
        for (chapter, time) in [("5", before), ("6", now)] {
            let what = format!("median time for one customer, chapter {chapter}: {what}");
            file.put(&format!("one_{key}_{chapter}_ms"), time, "ms", &what);
        }
        rows.push(vec![
            words(what),
            Cell::Number(before),
            Cell::Number(now),
            Cell::Number(now / before),
        ]);
    }
    let columns = [
        ("What", ""),
        ("Chapter 5", "ms"),
        ("Chapter 6", "ms"),
        ("To chapter 5", "×"),
    ];
    let note = format!(
        "One customer over one connection, who waits for each answer, with chapter 4’s host in the place of Lambda; {ROUNDS} rounds in turns, medians of the rounds. The shop has some \
         hundred pets in a DynamoDB on this machine, in memory, of which most wait, and the full one {}, of which one in 199 does. There chapter 5’s page ends before it is full. AWS was not measured.",
        count(FULL)
    );
    let what = "How long one customer waits";
    file.tables.insert(
        "one_customer".to_owned(),
        table(what, &columns, rows, &note),
    );
}
