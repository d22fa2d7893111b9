//! Takes the figures of the pages: `cargo book measure 1`, `2`, `3`, `4`, `5`, `6`, `7`, `8`, `9`, `10`, `11`, `12`, `fuzz`, `ledger`, `sizes`, `tools`.

pub mod beside;
pub mod chapter1;
pub mod chapter10;
pub mod chapter11;
pub mod chapter12;
pub mod chapter2;
pub mod chapter3;
pub mod chapter4;
pub mod chapter5;
pub mod chapter6;
pub mod chapter7;
pub mod chapter8;
pub mod chapter9;
pub mod database;
pub mod fuzz;
mod message;
pub mod meter;
pub mod open;
pub mod programs;
pub mod quiet;
pub mod rest;
pub mod rounds;
pub mod shops;
pub mod sizes;
pub mod slow;
pub mod tools;
pub mod writing;

use std::fs;
use std::path::Path;

use anyhow::Result;
use book::generated::ladder;
use book::measured::{Measured, human};
use book::workspace::Workspace;

use crate::ledger;

/// Counts the ledger again and writes it.
///
/// # Errors
///
/// When counting fails or the file cannot be written.
pub fn ledger(workspace: &Workspace) -> Result<()> {
    let file = ledger::count(workspace)?;
    for rung in &file.rungs {
        println!(
            "{}: {} lines of code, {} of tests, {} of configuration; {} crates of others with {} lines",
            rung.name,
            rung.code,
            rung.tests,
            rung.configuration,
            rung.third_party.len(),
            rung.third_party_lines()
        );
    }
    saved(workspace, &file.save(workspace, "ledger")?);
    let picture = workspace.book().join("ladder.svg");
    fs::write(&picture, ladder::standalone(workspace)?)?;
    saved(workspace, &picture);
    Ok(())
}

/// Prints each figure with what it is, and each table.
pub fn summary(file: &Measured) {
    for (key, value) in &file.values {
        println!(
            "{key:>24}  {:<16} {}",
            human(value.value, &value.unit),
            value.what
        );
    }
    for (key, table) in &file.tables {
        println!("{key}: {}", table.what);
        for row in &table.rows {
            let cells = row
                .iter()
                .zip(&table.columns)
                .map(|(cell, column)| match cell {
                    book::measured::Cell::Number(number) => human(*number, &column.unit),
                    book::measured::Cell::Words(words) => words.clone(),
                });
            println!("    {}", cells.collect::<Vec<_>>().join(" | "));
        }
    }
}

/// Says where the figures are now.
pub fn saved(workspace: &Workspace, path: &Path) {
    let shown = path.strip_prefix(workspace.root()).unwrap_or(path);
    println!("written to {}", shown.display());
}
