//! What the host and the processes of its functions take.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use book::measured::{Cell, Measured};

use super::visitor::Visitor;
use super::{Programs, table, words};
use crate::ledger::processes;
use crate::measure::open::Open;
use crate::promises::processes::family;

/// As many processes as a function has at most, where its table says nothing else.
const LIMIT: usize = 10;

/// What a sale starts: one process each to take the pet in, to list, to show and to adopt, and three for the event.
const OF_A_SALE: usize = 7;

/// Nobody waits longer for processes to start.
const PATIENCE: Duration = Duration::from_secs(30);

/// Fills the table `memory`, where the system tells of it.
pub(super) fn of_processes(programs: &Programs, file: &mut Measured) -> Result<()> {
    if !processes::can_be_seen() {
        eprintln!("no memory is measured: there is no /proc here");
        return Ok(());
    }
    let seen = [
        ("alone", "the host before anybody has come", 0),
        ("sale", "after a pet was taken in and sold", OF_A_SALE),
        (
            "limit",
            "after many customers at once looked at a pet",
            1 + LIMIT,
        ),
    ];
    let mut rows = Vec::new();
    for (key, when, functions) in seen {
        eprintln!("memory: {when}");
        let open = programs.open(&programs.chapter4(false))?;
        match key {
            "sale" => sell(&open)?,
            "limit" => crowd(programs, &open)?,
            _ => {}
        }
        let taken = Taken::by(&open, functions)?;
        taken.put(key, when, file);
        rows.push(vec![
            words(when),
            Cell::Number(taken.host),
            Cell::Number(taken.functions),
            Cell::Number(taken.processes),
            taken.each().map_or_else(|| words("–"), Cell::Number),
        ]);
    }
    let columns = [
        ("When", ""),
        ("Host", "KiB"),
        ("Functions", "KiB"),
        ("Processes", "processes"),
        ("Each of them", "KiB"),
    ];
    let note = format!(
        "Proportional set size: what processes share is counted once, a part with each of them. A sale starts seven functions, three of them for the event. \
         One function has {LIMIT} processes at most, and the one that took the pet in is there too. The memory of the database is not in it."
    );
    let what = "What the host and the processes of its functions take";
    file.tables
        .insert("memory".to_owned(), table(what, &columns, rows, &note));
    Ok(())
}

fn sell(open: &Open) -> Result<()> {
    let visitor = Visitor::of(&open.shop.at);
    let id = visitor.takes_in()?;
    visitor.looks_at("/pets")?;
    visitor.looks_at(&format!("/pets/{id}"))?;
    visitor.adopts(&id)?;
    Ok(())
}

fn crowd(programs: &Programs, open: &Open) -> Result<()> {
    let at = &open.shop.at;
    let path = format!("path=/pets/{}", Visitor::of(at).takes_in()?);
    let customers = format!("connections={}", 4 * LIMIT);
    let load = [path.as_str(), &customers, "seconds=2"];
    programs.shops.load_all(at, &load)?;
    Ok(())
}

/// Memory in KiB, and how many processes of functions there are.
#[derive(Debug, Clone, Copy)]
struct Taken {
    host: f64,
    functions: f64,
    processes: f64,
}

impl Taken {
    /// By a host that runs so many processes of functions, or is about to.
    fn by(open: &Open, functions: usize) -> Result<Self> {
        let host = open.shop.process();
        let deadline = Instant::now() + PATIENCE;
        while family(host)?.len() < 1 + functions {
            ensure!(
                Instant::now() < deadline,
                "the host does not start {functions} processes"
            );
            thread::sleep(Duration::from_millis(10));
        }
        // Until all have done what they were started for.
        thread::sleep(Duration::from_secs(1));
        let mut taken = Self {
            host: 0.0,
            functions: 0.0,
            processes: 0.0,
        };
        for process in family(host)? {
            let memory = pss_kib(process.id).unwrap_or_default();
            if process.id == host {
                taken.host = memory;
            } else {
                taken.functions += memory;
                taken.processes += 1.0;
            }
        }
        Ok(taken)
    }

    fn each(&self) -> Option<f64> {
        (self.processes > 0.0).then(|| self.functions / self.processes)
    }

    fn put(&self, key: &str, when: &str, file: &mut Measured) {
        let mut put = |name: &str, value, unit, what: &str| {
            file.put(&format!("memory_{key}_{name}"), value, unit, what);
        };
        put(
            "host_kib",
            self.host,
            "KiB",
            &format!("memory of the host, {when}"),
        );
        if let Some(each) = self.each() {
            let (what, processes) = ("of the functions’ processes", "processes");
            put(
                "functions_kib",
                self.functions,
                "KiB",
                &format!("memory of all {what}, {when}"),
            );
            put(
                "each_kib",
                each,
                "KiB",
                &format!("memory of one {what}, {when}"),
            );
            put(
                "processes",
                self.processes,
                processes,
                &format!("number {what}, {when}"),
            );
        }
    }
}

/// `None` when the process has ended.
pub fn pss_kib(process: u32) -> Option<f64> {
    let text = fs::read_to_string(format!("/proc/{process}/smaps_rollup")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    line.split_whitespace().next()?.parse().ok()
}
