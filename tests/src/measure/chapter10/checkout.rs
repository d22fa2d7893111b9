//! A checkout by itself: what it takes of the tables, and how long.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use book::measured::{Cell, Measured};
use serde_json::json;

use super::till::{LOOKS, Till};
use super::{COMMITS, RELEASE, steps};
use crate::dynamodb::ask;
use crate::measure::chapter4::sale::PER_ITEM;
use crate::measure::chapter4::{table, words};
use crate::measure::chapter5::Programs;
use crate::measure::chapter5::sale::count_of;
use crate::measure::chapter6::units;
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
    let mut rows = steps(programs, file)?;
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
    let mut all = Taken::of(&calls);
    for taken in [&mut all.requests, &mut all.reads, &mut all.writes] {
        *taken /= count_of(COUNTED);
    }
    let of =
        format!("for a checkout from the request to the letter, mean of {COUNTED} by themselves");
    put("checkout_all", &of, all, file);
    rows.push(row("all, with views, papers and a letter, on average", all));
    let columns = [
        ("What", ""),
        ("Requests", ""),
        ("Read", "units"),
        ("Written", "units"),
    ];
    let note = format!(
        "Told by a DynamoDB on this machine, which counts as AWS’s does: a checkout that ends with an adoption, of which the provider tells nothing of its own accord, by functions that have just been started. The last row is the mean of {COUNTED} checkouts, each by itself, by functions that ran already."
    );
    let what = "What a checkout takes of the tables";
    file.tables
        .insert("checkout".to_owned(), table(what, &columns, rows, &note));
    commits(&database, file)
}

/// What is done for a checkout, one step after the other: the rows.
fn steps(programs: &Programs, file: &mut Measured) -> Result<Vec<Vec<Cell>>> {
    let shops = &programs.shops;
    let database = Database::start(&shops.shop("local"), None)?;
    database.release(&shops.shop(RELEASE))?;
    let steps = steps::of_a_checkout(&database, |name| shops.shop(name))?;
    let (first, others) = steps.split_first().context("no steps")?;
    let (last, others) = others.split_last().context("no steps")?;
    let begun = sum([first.checkout, first.pet]);
    let of_checkout = sum(others.iter().map(|step| step.checkout));
    let of_pet = sum(others.iter().map(|step| step.pet));
    let of = "from the answer to the customer to the last commit of her checkout";
    put("checkout", of, sum([of_checkout, of_pet]), file);
    Ok(vec![
        row("the customer asks, and is answered 202", begun),
        row(
            "from there to the last commit, of the checkout",
            of_checkout,
        ),
        row("the same, of the pet", of_pet),
        row(
            "the last commit rings, for nothing",
            sum([last.checkout, last.pet]),
        ),
    ])
}

fn sum(parts: impl IntoIterator<Item = Taken>) -> Taken {
    parts.into_iter().fold(Taken::default(), |mut all, part| {
        all.requests += part.requests;
        all.reads += part.reads;
        all.of_streams += part.of_streams;
        all.writes += part.writes;
        all
    })
}

pub(in crate::measure) fn put(key: &str, of: &str, taken: Taken, file: &mut Measured) {
    for (name, value, unit) in [
        ("requests", taken.requests, "requests"),
        ("reads", taken.reads, "read request units"),
        ("writes", taken.writes, "write request units"),
    ] {
        let what = format!("{unit} to the tables {of}");
        file.put(&format!("{key}_{name}"), value, unit, &what);
    }
}

pub(in crate::measure) fn row(what: &str, taken: Taken) -> Vec<Cell> {
    vec![
        words(what),
        units(taken.requests),
        units(taken.reads),
        units(taken.writes),
    ]
}

/// Puts down how many commits a checkout has, and how large they are.
fn commits(database: &Database, file: &mut Measured) -> Result<()> {
    let url = format!("http://{}", database.process.at);
    let checkouts = BEFORE + COUNTED;
    let all = ask(&url, "Scan", &json!({ "TableName": "checkouts" }))?;
    let all = all["Items"].as_array().context("no items")?.len();
    ensure!(
        all == COMMITS * checkouts,
        "{all} commits of {checkouts} checkouts, and the room that a sale takes is counted for {COMMITS} of each"
    );
    let told = ask(&url, "DescribeTable", &json!({ "TableName": "checkouts" }))?;
    let size = told["Table"]["TableSizeBytes"].as_f64();
    let size = size.with_context(|| format!("no TableSizeBytes in {told}"))?;
    let commits = count_of(all) / count_of(checkouts);
    let what = "commits of a checkout that ends with an adoption";
    file.put("checkout_commits", commits, "commits", what);
    let what = "room in its table, with the 100 bytes that DynamoDB adds to each item, of the commits of a checkout that ends with an adoption";
    let bytes = size / count_of(checkouts) + commits * PER_ITEM;
    file.put("checkout_bytes", bytes, "B", what);
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
            till.is_paid(&checkout, LOOKS)?;
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
