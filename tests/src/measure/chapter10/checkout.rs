//! A checkout by itself: what it takes of the tables, and how long.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use book::measured::{Cell, Measured};
use serde_json::json;

use super::till::Till;
use crate::dynamodb::{TABLE, ask};
use crate::measure::chapter4::{table, words};
use crate::measure::chapter5::Programs;
use crate::measure::chapter5::sale::count_of;
use crate::measure::chapter9::Taken;
use crate::measure::database::Database;
use crate::measure::meter::{Call, Meter};
use crate::measure::rounds::Rounds;

/// Checkouts that are counted: what all take is divided by it.
const COUNTED: usize = 20;

/// Some that come before, so that all functions run.
const BEFORE: usize = 3;

/// Checkouts whose time is taken.
const TIMED: usize = 50;

/// After this time without a call nobody is at work any more: an idle stream is looked at four times a second.
const QUIET: Duration = Duration::from_millis(700);

/// Nobody is at work for longer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Fills the table `checkout`.
pub(super) fn by_itself(programs: &Programs, file: &mut Measured) -> Result<()> {
    eprintln!("what a checkout takes of the tables");
    let shops = &programs.shops;
    let folder = shops.data_folder()?;
    let database = Database::start(&shops.shop("local"), None)?;
    let pets = programs.stocked(&database, u32::try_from(BEFORE + COUNTED)?)?;
    let meter = Meter::before(&database.process.at)?;
    let till = Till::open(programs, &meter.at, folder.path())?;
    let (first, counted) = pets.split_at(BEFORE);
    for pet in first {
        till.begin(pet)?;
        quiet(&meter)?;
    }
    let mut calls = vec![];
    for pet in counted {
        till.begin(pet)?;
        calls.extend(quiet(&meter)?);
    }
    let of = |tables: &[&str]| {
        let calls = calls
            .iter()
            .filter(|call| tables.contains(&call.table.as_str()));
        Taken::of(&calls.cloned().collect::<Vec<_>>())
    };
    let all = Taken::of(&calls);
    let rows = [
        ("the checkout", of(&["checkouts"])),
        ("the pet", of(&[TABLE])),
        ("all, with views, papers and a letter", all),
    ];
    let each = |number: f64| number / count_of(COUNTED);
    for (name, value, unit) in [
        ("requests", all.requests, "requests"),
        ("reads", all.reads, "read request units"),
        ("writes", all.writes, "write request units"),
    ] {
        let what = format!("{unit} to the tables for a checkout that comes by itself");
        file.put(&format!("checkout_{name}"), each(value), unit, &what);
    }
    let rows = rows.map(|(what, taken)| {
        vec![
            words(what),
            Cell::Number(each(taken.requests)),
            Cell::Number(each(taken.reads)),
            Cell::Number(each(taken.writes)),
        ]
    });
    let columns = [
        ("Of what", ""),
        ("Requests", ""),
        ("Read", "units"),
        ("Written", "units"),
    ];
    let note = format!(
        "Told by a DynamoDB on this machine, which counts as AWS’s does: means of {COUNTED} checkouts, each by itself, from the customer’s request to the letter. The provider tells nothing of its own accord."
    );
    let what = "What a checkout takes of the tables";
    file.tables.insert(
        "checkout".to_owned(),
        table(what, &columns, rows.into(), &note),
    );
    commits(&database, file)
}

/// Puts down how many commits a checkout has, and how large they are.
fn commits(database: &Database, file: &mut Measured) -> Result<()> {
    let url = format!("http://{}", database.process.at);
    let all = ask(&url, "Scan", &json!({ "TableName": "checkouts" }))?;
    let all = all["Items"].as_array().context("no items")?.len();
    let checkouts = BEFORE + COUNTED;
    ensure!(
        all % checkouts == 0,
        "{all} commits of {checkouts} checkouts"
    );
    let what = "commits of a checkout that ends with an adoption";
    file.put(
        "checkout_commits",
        count_of(all / checkouts),
        "commits",
        what,
    );
    Ok(())
}

/// The calls until nobody makes any.
fn quiet(meter: &Meter) -> Result<Vec<Call>> {
    let (begun, mut last, mut calls) = (Instant::now(), Instant::now(), vec![]);
    while last.elapsed() < QUIET {
        ensure!(
            begun.elapsed() < PATIENCE,
            "the tables are called all the time"
        );
        // To look at a stream costs nothing.
        let more: Vec<Call> = meter
            .take()
            .into_iter()
            .filter(|call| call.units.is_some())
            .collect();
        if !more.is_empty() {
            last = Instant::now();
            calls.extend(more);
        }
        thread::sleep(Duration::from_millis(10));
    }
    Ok(calls)
}

/// Puts down how long a checkout takes, with a provider that answers at once and with one that thinks.
pub(super) fn takes(programs: &Programs, file: &mut Measured) -> Result<()> {
    let shops = &programs.shops;
    for (key, thinks) in [("checkout", 0), ("slow_checkout", 300)] {
        eprintln!("how long a checkout takes, with {thinks} ms for the provider");
        let folder = shops.data_folder()?;
        let database = Database::start(&shops.shop("local"), None)?;
        let pets = programs.stocked(&database, u32::try_from(BEFORE + TIMED)?)?;
        let till = Till::open(programs, &database.process.at, folder.path())?;
        till.provider.behave(&json!({ "slow_ms": thinks }))?;
        let mut took = Rounds::default();
        for (number, pet) in pets.iter().enumerate() {
            let (checkout, _) = till.begin(pet)?;
            let begun = Instant::now();
            till.is_paid(&checkout)?;
            if number >= BEFORE {
                took.add(begun.elapsed().as_secs_f64() * 1e3);
            }
            // The next one comes at any time.
            thread::sleep(Duration::from_millis(250).mul_f64(fastrand::f64()));
        }
        let provider = match thinks {
            0 => "that answers at once".to_owned(),
            _ => format!("that takes {thinks} ms for each answer"),
        };
        for (name, value, what) in [
            ("", took.median(), "median"),
            ("_worst", took.most(), "longest"),
        ] {
            let what = format!(
                "{what} time from the answer to a customer until the pet is hers, with a provider {provider}, of {TIMED} checkouts one after the other"
            );
            file.put(&format!("{key}{name}_ms"), value, "ms", &what);
        }
    }
    Ok(())
}
