//! What a sale takes that AWS is paid for.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use book::measured::{Cell, Measured};

use super::Programs;
use super::host::Host;
use crate::lambda::Table;
use crate::measure::chapter4::sale::{ITEMS, PER_ITEM, units};
use crate::measure::chapter4::visitor::Visitor;
use crate::measure::chapter4::{table, words};
use crate::measure::database::Database;
use crate::measure::meter::Meter;
use crate::promises::processes::family;

/// Sales that are counted: what all take is divided by it.
const SALES: usize = 50;
/// Pets in the shop when it opens: some are sold before anything is counted, so that all functions run, and some are left in the end.
const PETS: u32 = 160;
const BEFORE: usize = 5;
/// The functions that work at a sale: three for the customer, three that are told of it.
const FUNCTIONS: [&str; 6] = ["list", "show", "adopt", "papers", "thanks", "display"];
const FOR_CUSTOMERS: usize = 3;
/// How much memory a function has that has one processor to itself, in MB.
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html>
const WHOLE: f64 = 1_769.0;
const PATIENCE: Duration = Duration::from_secs(30);

/// Puts down what a sale takes, and the table `sale`.
///
/// # Errors
///
/// When something does not start, or is answered otherwise than expected.
pub fn count(programs: &Programs, file: &mut Measured) -> Result<()> {
    eprintln!("what a sale takes");
    let shops = &programs.shops;
    let folder = shops.data_folder()?;
    let database = Database::start(&shops.shop("local"), None)?;
    let pets = programs.stocked(&database, PETS)?;
    let unsold = database.size()? / count_of(pets.len());
    let meter = Meter::before(&database.process.at)?;
    let host = Host::start(programs, &meter.at, folder.path())?;
    let visitor = Visitor::of(&host.at);
    let (first, others) = pets.split_at(BEFORE);
    sell(programs, &visitor, first)?;
    settled(&host, BEFORE)?;
    let size = database.size()?;
    drop(meter.take());
    sell(programs, &visitor, &others[..SALES])?;
    settled(&host, BEFORE + SALES)?;
    let grown = (database.size()? - size) / count_of(SALES);
    let calls = meter.take();
    drop((visitor, host));
    // The meter takes its time, too.
    let host = Host::start(programs, &database.process.at, folder.path())?;
    let visitor = Visitor::of(&host.at);
    let (first, others) = others[SALES..].split_at(BEFORE);
    sell(programs, &visitor, first)?;
    let before = settled(&host, BEFORE)?;
    let cpu_before = cpu(&host)?;
    sell(programs, &visitor, &others[..SALES])?;
    let log = settled(&host, BEFORE + SALES)?;
    let log = &log[before.len()..];
    let cpu = cpu(&host)?;
    let page = programs.page.1;
    let of = format!(
        "a sale: {page}, the pet, the adoption, and the three functions that are told of it"
    );
    let mut put = |key: &str, value: f64, unit: &str, what: &str| {
        file.put(key, value, unit, &format!("{what} {of}"));
    };
    put(
        "sale_api_requests",
        count_of(FOR_CUSTOMERS),
        "requests",
        "requests to the gateway of",
    );
    put(
        "sale_events",
        count_of(log.matches("the bus is told").count()) / count_of(SALES),
        "events",
        "events of",
    );
    put(
        "sale_reads",
        units(&calls, true) / count_of(SALES),
        "read request units",
        "read request units of",
    );
    put(
        "sale_writes",
        units(&calls, false) / count_of(SALES),
        "write request units",
        "write request units of",
    );
    put(
        "sale_log_bytes",
        printed(log) / count_of(SALES),
        "B",
        "what functions print and what is reported of them, for",
    );
    let pet = unsold + grown + ITEMS * PER_ITEM;
    put(
        "pet_bytes",
        pet,
        "B",
        "room in the table, with the 100 bytes that DynamoDB adds to each item, of a pet, its papers and its letter after",
    );
    let works = works(log, &cpu_before, &cpu)?;
    billed(&works, memory(programs)?, file);
    Ok(())
}

fn sell(programs: &Programs, visitor: &Visitor, pets: &[String]) -> Result<()> {
    for pet in pets {
        visitor.looks_at(programs.page.0)?;
        visitor.looks_at(&format!("/pets/{pet}"))?;
        visitor.adopts(pet)?;
    }
    Ok(())
}

/// What the host has printed when every event of so many sales has been handled.
fn settled(host: &Host, sales: usize) -> Result<String> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let log = host.log()?;
        let reports = log.lines().filter(|line| line.contains(REPORT)).count();
        if reports >= sales * FUNCTIONS.len() && log.ends_with('\n') {
            return Ok(log);
        }
        ensure!(
            Instant::now() < deadline,
            "{reports} events were handled of {sales} sales"
        );
        thread::sleep(Duration::from_millis(10));
    }
}

const REPORT: &str = " | REPORT ";

/// The bytes that are a function's own, without the name that the host puts before each line.
fn printed(log: &str) -> f64 {
    let lines = log.lines().filter_map(|line| line.split_once(" | "));
    lines.map(|(_, line)| count_of(line.len() + 1)).sum()
}

/// What one event of a function takes, in milliseconds.
struct Work {
    function: &'static str,
    duration: f64,
    here: f64,
    cpu: f64,
}

impl Work {
    /// What Lambda would take for it: as much waiting, and the processor for a part of the time.
    fn at_lambda(&self, memory: f64) -> f64 {
        ((self.duration - self.cpu).max(0.0) + self.cpu * WHOLE / memory).ceil()
    }
}

fn works(log: &str, before: &Cpu, after: &Cpu) -> Result<Vec<Work>> {
    let work = |function: &&'static str| {
        let name = format!("{function}{REPORT}");
        let reports: Vec<&str> = log.lines().filter(|line| line.starts_with(&name)).collect();
        ensure!(
            reports.len() == SALES,
            "{function}: {} events of {SALES} sales",
            reports.len()
        );
        let mean = |field: &str| -> Result<f64> {
            let figures = reports.iter().map(|line| told(line, field));
            Ok(figures.sum::<Result<f64>>()? / count_of(SALES))
        };
        let spent = |cpu: &Cpu| cpu.get(*function).copied().unwrap_or_default();
        Ok(Work {
            function,
            duration: mean(" Duration: ")?,
            here: mean("Billed Duration: ")?,
            cpu: (spent(after) - spent(before)) / count_of(SALES),
        })
    };
    FUNCTIONS.iter().map(work).collect()
}

/// A figure of a report.
fn told(line: &str, field: &str) -> Result<f64> {
    let (_, rest) = line
        .split_once(field)
        .with_context(|| format!("no `{field}` in {line}"))?;
    let figure = rest.split(' ').next().unwrap_or_default();
    figure.parse().with_context(|| line.to_owned())
}

/// The memory that each of these functions has, in MB.
fn memory(programs: &Programs) -> Result<f64> {
    let text = fs::read_to_string(&programs.table)?;
    let all = Table::functions(&text)?;
    let memories = FUNCTIONS.iter().filter_map(|name| all.get(*name));
    let memories: BTreeSet<u64> = memories.map(|function| function.memory).collect();
    ensure!(
        memories.len() == 1,
        "the functions have {memories:?} MB: say which of them takes how much"
    );
    let memory = memories
        .first()
        .copied()
        .and_then(|mb| u32::try_from(mb).ok());
    Ok(memory.context("too much")?.into())
}

fn billed(works: &[Work], memory: f64, file: &mut Measured) {
    let of = "all six events of a sale, by functions that run already";
    let here: f64 = works.iter().map(|work| work.here).sum();
    let lambda: f64 = works.iter().map(|work| work.at_lambda(memory)).sum();
    let cpu: f64 = works.iter().map(|work| work.cpu).sum();
    file.put(
        "sale_function_requests",
        count_of(works.len()),
        "requests",
        &format!("events for functions: {of}"),
    );
    file.put(
        "sale_cpu_ms",
        cpu,
        "ms",
        &format!("time of a processor for {of}"),
    );
    file.put(
        "sale_billed_here_ms",
        here,
        "ms",
        &format!("billed on this machine for {of}"),
    );
    file.put(
        "sale_billed_lambda_ms",
        lambda,
        "ms",
        &format!(
            "computed: what Lambda would bill where {memory} MB have {memory}/{WHOLE} of a processor, for {of}"
        ),
    );
    file.put(
        "sale_gb_seconds",
        lambda / 1e3 * memory / 1_024.0,
        "GB-second",
        &format!("computed: memory and time that Lambda would bill for {of}"),
    );
    let row = |work: &Work| {
        vec![
            words(work.function),
            Cell::Number(work.duration),
            Cell::Number(work.cpu),
            Cell::Number(work.here),
            Cell::Number(work.at_lambda(memory)),
        ]
    };
    let rows = works.iter().map(row).collect();
    let columns = [
        ("Function", ""),
        ("Takes", "ms"),
        ("Of a processor", "ms"),
        ("Billed here", "ms"),
        ("Billed at Lambda", "ms"),
    ];
    let note = format!(
        "Means of {SALES} sales, of functions that ran already. At Lambda a function with {memory} MB has {memory}/{WHOLE} of a processor: what is billed there is computed \
         as the time in which it waits here, and {WHOLE}/{memory} times that in which it works, rounded up to whole milliseconds for each function. The way to the database takes no time here."
    );
    let what = "What the functions of a sale take";
    file.tables
        .insert("sale".to_owned(), table(what, &columns, rows, &note));
}

/// Milliseconds that the processes of each function have worked.
type Cpu = BTreeMap<String, f64>;

fn cpu(host: &Host) -> Result<Cpu> {
    let mut spent = Cpu::new();
    for process in family(host.process())? {
        let Some(name) = name(process.id) else {
            continue; // The host.
        };
        *spent.entry(name).or_default() += worked(process.id)?;
    }
    Ok(spent)
}

fn name(process: u32) -> Option<String> {
    let set = fs::read(format!("/proc/{process}/environ")).ok()?;
    let mut set = set.split(|byte| *byte == 0);
    let name = set.find_map(|text| text.strip_prefix(b"AWS_LAMBDA_FUNCTION_NAME="))?;
    Some(String::from_utf8_lossy(name).into_owned())
}

/// All threads of a process, as the scheduler counts it.
fn worked(process: u32) -> Result<f64> {
    let mut nanoseconds = 0.0;
    for thread in fs::read_dir(format!("/proc/{process}/task"))? {
        let told = fs::read_to_string(thread?.path().join("schedstat"))?;
        let figure = told.split(' ').next().unwrap_or_default();
        nanoseconds += figure.parse::<f64>()?;
    }
    Ok(nanoseconds / 1e6)
}

#[allow(clippy::cast_precision_loss, reason = "there are few of anything")]
fn count_of(number: usize) -> f64 {
    number as f64
}
