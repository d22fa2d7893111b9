//! What the functions of a sale take of their processors, and what of it Lambda would bill.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::{Context, Result, ensure};
use book::measured::{Cell, Measured};

use super::Programs;
use super::host::Host;
use super::sale::{SALES, Sale, count_of};
use crate::lambda::Table;
use crate::measure::chapter4::{table, words};
use crate::promises::processes::family;

/// How much memory a function has that has one processor to itself, in MB.
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html>
pub const WHOLE: f64 = 1_769.0;

/// What is in the line that the host prints of each event of a function.
pub const REPORT: &str = " | REPORT ";

/// What one event of a function takes, in milliseconds.
pub struct Work {
    function: &'static str,
    /// How many events of it a sale has.
    times: f64,
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

pub fn works(sale: &Sale, log: &str, before: &Cpu, after: &Cpu) -> Result<Vec<Work>> {
    let work = |function: &&'static str| {
        let name = format!("{function}{REPORT}");
        let reports: Vec<&str> = log.lines().filter(|line| line.starts_with(&name)).collect();
        let events = reports.len();
        ensure!(
            events == SALES || events > SALES && sale.comes_again.contains(function),
            "{function}: {events} events of {SALES} sales"
        );
        let mean = |field: &str| -> Result<f64> {
            let figures = reports.iter().map(|line| told(line, field));
            Ok(figures.sum::<Result<f64>>()? / count_of(events))
        };
        let spent = |cpu: &Cpu| cpu.get(*function).copied().unwrap_or_default();
        Ok(Work {
            function,
            times: count_of(events) / count_of(SALES),
            duration: mean(" Duration: ")?,
            here: mean("Billed Duration: ")?,
            cpu: (spent(after) - spent(before)) / count_of(events),
        })
    };
    sale.functions.iter().map(work).collect()
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
pub fn memory(programs: &Programs) -> Result<f64> {
    let text = fs::read_to_string(&programs.table)?;
    let all = Table::functions(&text, &[])?;
    let memories = programs
        .sale
        .functions
        .iter()
        .filter_map(|name| all.get(*name));
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

pub fn billed(sale: &Sale, works: &[Work], memory: f64, file: &mut Measured) {
    let number = sale.number;
    let of = format!("all {number} events of a sale, by functions that run already");
    let all = |each: &dyn Fn(&Work) -> f64| -> f64 {
        works.iter().map(|work| work.times * each(work)).sum()
    };
    let (here, cpu) = (all(&|work| work.here), all(&|work| work.cpu));
    let lambda = all(&|work| work.at_lambda(memory));
    file.put(
        "sale_function_requests",
        all(&|_| 1.0),
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
        let name = match work.times {
            1.0 => work.function.to_owned(),
            times => format!("{}, {times} times", work.function),
        };
        vec![
            words(&name),
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
pub type Cpu = BTreeMap<String, f64>;

pub fn cpu(host: &Host) -> Result<Cpu> {
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
