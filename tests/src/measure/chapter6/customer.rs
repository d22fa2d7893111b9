//! How long one customer waits, in a chapter and in the one before.

use anyhow::{Context, Result};
use book::measured::{Cell, Measured, count};
use tempfile::TempDir;

use super::FULL;
use crate::measure::chapter4::{table, words};
use crate::measure::chapter5::{Programs, host::Host};
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
    chapter: &'a str,
    programs: &'a Programs,
    host: Host,
    /// In the full shop.
    full: Option<Host>,
    pets: Vec<String>,
    /// Of each of [`WANTS`]; none of what there is not.
    seen: [Rounds; WANTS.len()],
    _database: Database,
    _folders: [TempDir; 2],
}

/// Fills the table `one_customer`: the shops of two chapters, and the same with a database that holds a full shop, where there is one.
pub fn alone(
    [before, now]: [(&str, &Programs); 2],
    full: Option<&Database>,
    file: &mut Measured,
) -> Result<()> {
    let mut before = Desk::open(before, full)?;
    let mut now = Desk::open(now, full)?;
    for round in 0..=ROUNDS {
        eprintln!("one customer, round {round} of {ROUNDS} (the first is not counted)");
        for desk in [&mut before, &mut now] {
            let seen = desk.round()?;
            if round > 0 {
                for (all, figure) in desk.seen.iter_mut().zip(seen) {
                    if let Some(figure) = figure {
                        all.add(figure);
                    }
                }
            }
        }
    }
    put(&before, &now, file);
    Ok(())
}

impl<'a> Desk<'a> {
    fn open((chapter, programs): (&'a str, &'a Programs), full: Option<&Database>) -> Result<Self> {
        let folders = [programs.shops.data_folder()?, programs.shops.data_folder()?];
        let database = Database::start(&programs.shops.shop("local"), None)?;
        let pets = u32::try_from((ROUNDS + 1) * ADOPTED + LEFT)?;
        let pets = programs.stocked(&database, pets)?;
        let start = |database: &Database, folder: &TempDir| {
            Host::start(programs, &database.process.at, folder.path())
        };
        Ok(Self {
            chapter,
            programs,
            host: start(&database, &folders[0])?,
            full: full.map(|full| start(full, &folders[1])).transpose()?,
            pets,
            seen: Default::default(),
            _database: database,
            _folders: folders,
        })
    }

    /// The median times of a round, in milliseconds.
    fn round(&mut self) -> Result<[Option<f64>; WANTS.len()]> {
        let first = self.pets.first().context("no pets")?;
        let show = self.looks(&self.host, &format!("/pets/{first}"))?;
        let waiting = self.looks(&self.host, "/pets?status=available")?;
        let full = self.full.as_ref();
        let full = full.map(|full| self.looks(full, "/pets?status=available"));
        let full = full.transpose()?;
        // The last ones, so that the page remains as it is.
        let adopted = self.pets.split_off(self.pets.len() - ADOPTED);
        let seen = self.programs.shops.adopt_each(&self.host.at, &adopted, 1)?;
        let adoption = number(&seen, "p50_us")? / 1e3;
        Ok([Some(show), Some(waiting), full, Some(adoption)])
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
        if key == "waiting_full" && now.full.is_none() {
            continue;
        }
        let times = [before, now].map(|desk| (desk.chapter, desk.seen[at].median()));
        for (chapter, time) in times {
            let what = format!("median time for one customer, chapter {chapter}: {what}");
            file.put(&format!("one_{key}_{chapter}_ms"), time, "ms", &what);
        }
        let [(_, before), (_, now)] = times;
        rows.push(vec![
            words(what),
            Cell::Number(before),
            Cell::Number(now),
            Cell::Number(now / before),
        ]);
    }
    let headings = [before, now].map(|desk| format!("Chapter {}", desk.chapter));
    let columns = [
        ("What", ""),
        (&headings[0], "ms"),
        (&headings[1], "ms"),
        (&format!("To chapter {}", before.chapter), "×"),
    ];
    let in_full = if now.full.is_some() {
        format!(
            ", and the full one {}, of which one in 199 does. There chapter 5’s page ends before it is full",
            count(FULL)
        )
    } else {
        String::new()
    };
    let host = match (before.programs.host, now.programs.host) {
        ("ch04-functions", "ch04-functions") => "chapter 4’s host",
        (before, now) if before == now => "chapter 7’s host",
        _ => "the host of each",
    };
    let note = format!(
        "One customer over one connection, who waits for each answer, with {host} in the place of Lambda; {ROUNDS} rounds in turns, medians of the rounds. The shop has some \
         hundred pets in a DynamoDB on this machine, in memory, of which most wait{in_full}. AWS was not measured."
    );
    let what = "How long one customer waits";
    file.tables.insert(
        "one_customer".to_owned(),
        table(what, &columns, rows, &note),
    );
}
