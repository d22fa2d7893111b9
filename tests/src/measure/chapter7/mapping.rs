//! How much the mapping brings to a function that does nothing, from a stream that is full.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use book::measured::{Cell, Measured, count};
use serde_json::{Value, json};

use super::Programs;
use crate::dynamodb::{TABLE, ask};
use crate::measure::chapter4::table;
use crate::measure::chapter5::host::Host;
use crate::measure::chapter5::work::REPORT;
use crate::measure::database::Database;
use crate::measure::rounds::Rounds;

const ROUNDS: usize = 3;

/// The most changes that a function is told of at once, and what is in the stream before the host starts. One after the other they
/// take so much time that there are fewer.
const BATCHES: [(u32, u32); 4] = [(1, FEW), (10, EVENTS), (100, EVENTS), (1_000, EVENTS)];
const EVENTS: u32 = 10_000;
const FEW: u32 = 1_000;

/// The one with which the shop runs.
const OURS: u32 = 100;

/// How many events a second it is to bring at least.
const GOAL: f64 = 1_000.0;

/// Items in a call: `DynamoDB` takes no more at once.
const TOGETHER: u32 = 25;

const PATIENCE: Duration = Duration::from_mins(2);

/// Fills the table `batches`.
pub(super) fn of_a_full_stream(programs: &Programs, file: &mut Measured) -> Result<()> {
    let few = filled(programs, FEW)?;
    let full = filled(programs, EVENTS)?;
    let mut rates: [Rounds; BATCHES.len()] = Default::default();
    for round in 1..=ROUNDS {
        eprintln!("the mapping, round {round} of {ROUNDS}");
        for ((batch, events), rates) in BATCHES.into_iter().zip(&mut rates) {
            let database = if events == FEW { &few } else { &full };
            rates.add(rate(programs, database, batch, events)?);
        }
    }
    let rates = rates.map(|rates| rates.median());
    let ours = BATCHES.iter().position(|(batch, _)| *batch == OURS);
    file.put(
        "stream_events_per_s",
        rates[ours.context("the shop’s batch is not tried")?],
        "events/s",
        &format!("events a second that the mapping brings to a function that does nothing, from a stream that is full, {OURS} at a time"),
    );
    let rows = BATCHES.into_iter().zip(rates).map(|((batch, _), rate)| {
        vec![
            Cell::Number(batch.into()),
            Cell::Number(rate),
            Cell::Number(1e6 / rate),
            Cell::Number(1e3 * f64::from(batch) / rate),
        ]
    });
    let columns = [
        ("At most at a time", "events"),
        ("Brought", "events/s"),
        ("For an event", "µs"),
        ("For a batch", "ms"),
    ];
    let note = format!(
        "{} events are in the stream of a DynamoDB on this machine, in memory, before the host starts, and {} where they come one at a time. The time is that from the function’s \
         first answer to its last; medians of {ROUNDS} rounds in turns. For each batch the host asks the stream once, hands over once, and writes once to the disk how far it has come. \
         AWS was not measured.",
        count(EVENTS.into()),
        count(FEW.into())
    );
    let what = "What the mapping brings to a function that does nothing";
    let rows = rows.collect();
    file.tables
        .insert("batches".to_owned(), table(what, &columns, rows, &note));
    Ok(())
}

/// Whether the goal of the project is kept.
pub(super) fn is_fast_enough(file: &Measured) -> Result<()> {
    let rate = file.values.get("stream_events_per_s");
    let rate = rate.context("the mapping was not measured")?.value;
    ensure!(
        rate >= GOAL,
        "the mapping brings {rate:.0} events a second, and is to bring {GOAL}"
    );
    Ok(())
}

/// A database with so many events in the outbox.
fn filled(programs: &Programs, events: u32) -> Result<Database> {
    let database = programs.database(programs.now.release)?;
    let url = format!("http://{}", database.process.at);
    for first in (0..events).step_by(TOGETHER as usize) {
        let puts: Vec<Value> = (first..first + TOGETHER)
            .map(|number| json!({ "PutRequest": { "Item": item(number) } }))
            .collect();
        let told = ask(
            &url,
            "BatchWriteItem",
            &json!({ "RequestItems": { TABLE: puts } }),
        )?;
        let left = told["UnprocessedItems"].as_object();
        ensure!(left.is_none_or(serde_json::Map::is_empty), "{told}");
    }
    Ok(database)
}

/// The item of an adoption.
fn item(number: u32) -> Value {
    let (request, detail) = super::adoption(number);
    json!({
        "pk": { "S": "outbox" },
        "sk": { "S": request },
        "name": { "S": "PetAdopted" },
        "detail": { "S": detail.to_string() },
        "expires": { "N": "1800000000" },
    })
}

/// Events a second, from the first answer to the last.
fn rate(programs: &Programs, database: &Database, batch: u32, events: u32) -> Result<f64> {
    let folder = programs.shops().data_folder()?;
    let program = programs.shops().example("nothing").display().to_string();
    let functions =
        format!("[defaults]\nprogram = {program:?}\n\n[[function]]\nname = \"nothing\"\n");
    let sources = format!(
        "[[stream]]\nname = \"outbox\"\nfunction = \"nothing\"\n\
         pattern = {{ eventName = [\"INSERT\"], dynamodb = {{ Keys = {{ pk = {{ S = [\"outbox\"] }} }} }} }}\n\
         batch = {batch}\nage = 3600\nbisect = true\npartial = true\n"
    );
    let mut shop = programs.now.clone();
    shop.table = folder.path().join("functions.toml");
    fs::write(&shop.table, functions)?;
    fs::write(folder.path().join("sources.toml"), sources)?;
    let host = Host::start(&shop, &database.process.at, folder.path())?;
    let batches = events / batch;
    let took = answered(&host, batches)?;
    let log = host.log_file().to_owned();
    drop(host);
    let log = fs::read_to_string(log)?;
    let all = log.lines().filter(|line| line.contains(REPORT)).count();
    ensure!(
        all == batches as usize,
        "{events} events came in {all} batches, and not in {batches}"
    );
    Ok(f64::from(events - batch) / took.as_secs_f64())
}

/// From the first batch that the function has answered to the last.
fn answered(host: &Host, batches: u32) -> Result<Duration> {
    let mut log = BufReader::new(File::open(host.log_file())?);
    let (mut line, mut seen, begin) = (String::new(), 0, Instant::now());
    let mut first = None;
    loop {
        if log.read_line(&mut line)? == 0 {
            ensure!(
                begin.elapsed() < PATIENCE,
                "{seen} of {batches} batches in {PATIENCE:?}"
            );
            thread::sleep(Duration::from_micros(500));
        }
        // It may still be being written.
        if !line.ends_with('\n') {
            continue;
        }
        if line.contains(REPORT) {
            let first = first.get_or_insert_with(Instant::now);
            seen += 1;
            if seen == batches {
                return Ok(first.elapsed());
            }
        }
        line.clear();
    }
}
