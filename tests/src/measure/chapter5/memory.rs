//! What a process of a function takes, and how large its program is.

use std::fs;

use anyhow::{Context, Result};
use book::measured::{Cell, Measured};

use super::host::Host;
use super::{Desk, Programs};
use crate::ledger::processes;
use crate::measure::chapter4::memory::pss_kib;
use crate::measure::chapter4::visitor::Visitor;
use crate::measure::chapter4::{table, words};
use crate::promises::processes::family;

const PROGRAMS: [&str; 4] = [
    "lambda-counter",
    "lambda-papers",
    "lambda-thanks",
    "lambda-display",
];

/// Puts down what one process takes that has shown a pet, where the system tells, and the table `programs`.
pub(super) fn of_a_function(programs: &Programs, file: &mut Measured) -> Result<()> {
    if processes::can_be_seen() {
        let desk = Desk::open(programs)?;
        let host = Host::start(programs, &desk.database.process.at, desk.folder.path())?;
        Visitor::of(&host.at).looks_at(&format!("/pets/{}", desk.pet))?;
        let mut all = family(host.process())?.into_iter();
        let function = all.find(|process| process.id != host.process());
        let function = function.context("no process of a function")?;
        let memory = pss_kib(function.id).context("its memory")?;
        let what = "memory of a process that has shown a pet, where what processes share is counted in parts";
        file.put("memory_kib", memory, "KiB", what);
    }
    let mut rows = Vec::new();
    for name in PROGRAMS {
        let size = size(fs::metadata(programs.shops.shop(name))?.len());
        let key = format!("size_{}_bytes", name.trim_start_matches("lambda-"));
        file.put(
            &key,
            size,
            "B",
            &format!("size of the program {name}, as a release has it"),
        );
        rows.push(vec![words(name), Cell::Number(size)]);
    }
    let columns = [("Program", ""), ("Size", "B")];
    let note = "As `cargo build --release` makes them, with the names of their functions in them.";
    file.tables.insert(
        "programs".to_owned(),
        table("The programs", &columns, rows, note),
    );
    Ok(())
}

#[allow(clippy::cast_precision_loss, reason = "fewer than 2^53")]
fn size(bytes: u64) -> f64 {
    bytes as f64
}
