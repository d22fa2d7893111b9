//! The ledger of a rung: what you run, and who looks after what.

use anyhow::Result;

use super::html::{Cell, Table, escape, small_print, source};
use crate::ledger::{Entry, Ledger};
use crate::measured;
use crate::responsibility::Part;
use crate::workspace::Workspace;

/// `{{#ledger 1}}`: two tables.
pub fn tables(workspace: &Workspace, rung: u8) -> Result<String> {
    let ledger = Ledger::load(workspace)?;
    let entry = ledger.rung(rung)?;
    let before = ledger.before(rung);
    let counted = small_print(&escape(&format!(
        "Counted on {} with {}: lines without blank ones and comments; your code is the chapter's own and what it uses of earlier \
         chapters; third-party code is every crate of others that is compiled into the process, with the C that it brings, without the standard library and without what is needed only to build or to test.",
        ledger.file.date, ledger.file.command
    )));
    Ok(what_you_run(entry, before).html() + &counted + &who_looks_after_what(entry, before).html())
}

fn what_you_run(entry: &Entry, before: Option<&Entry>) -> Table {
    let mut head = vec![Cell::words("What you run"), Cell::number("This rung")];
    if before.is_some() {
        head.extend([Cell::number("Rung before"), Cell::number("Change")]);
    }
    let mut table = Table::new(
        &format!("What you run on rung {}", entry.counted.rung),
        head,
    );
    for (what, count) in ROWS {
        let now = count(entry);
        let mut row = vec![Cell::words(what), Cell::number(&measured::count(now))];
        if let Some(before) = before {
            let then = count(before);
            row.extend([
                Cell::number(&measured::count(then)),
                Cell::number(&change(then, now)),
            ]);
        }
        table.row(row);
    }
    table
}

pub(super) type Row = (&'static str, fn(&Entry) -> u64);

pub(super) const ROWS: [Row; 7] = [
    ("Your code, lines", |entry| entry.counted.code),
    ("Its tests, lines (they do not run in the shop)", |entry| {
        entry.counted.tests
    }),
    ("Your configuration, lines", |entry| {
        entry.counted.configuration
    }),
    ("Third-party crates in the process", |entry| {
        entry.counted.third_party.len() as u64
    }),
    ("Their code, lines", |entry| {
        entry.counted.third_party_lines()
    }),
    ("Processes that must be up", |entry| {
        entry.counted.processes.len() as u64
    }),
    ("Machines whose system you keep up to date", |entry| {
        u64::from(entry.declared.machines)
    }),
];

fn change(then: u64, now: u64) -> String {
    match now.cmp(&then) {
        std::cmp::Ordering::Less => format!("−{}", measured::count(then - now)),
        std::cmp::Ordering::Equal => "0".to_owned(),
        std::cmp::Ordering::Greater => format!("+{}", measured::count(now - then)),
    }
}

fn who_looks_after_what(entry: &Entry, before: Option<&Entry>) -> Table {
    let mut head = vec![
        Cell::words("Part"),
        Cell::words("Who mends it"),
        Cell::words("Who applies it here"),
    ];
    if before.is_some() {
        head.push(Cell::words("Who applied it before"));
    }
    head.push(Cell::words("Source"));
    let mut table = Table::new(
        &format!("Who looks after what on rung {}", entry.counted.rung),
        head,
    );
    for part in &entry.declared.parts {
        let mut row = vec![
            Cell::words(&part.part),
            Cell::words(&part.mends),
            Cell::words(&part.applies),
        ];
        if let Some(before) = before {
            row.push(Cell::words(then(before, part)));
        }
        row.push(Cell::html(source(&part.source, &host(&part.source))));
        table.row(row);
    }
    table
}

fn then<'a>(before: &'a Entry, part: &Part) -> &'a str {
    match before.declared.part(&part.part) {
        Some(other) if other.applies == part.applies => "the same",
        Some(other) => &other.applies,
        None => "was not there",
    }
}

fn host(source: &str) -> String {
    let rest = source
        .trim_start_matches("https://")
        .trim_start_matches("www.");
    rest.split('/').next().unwrap_or(rest).to_owned()
}
