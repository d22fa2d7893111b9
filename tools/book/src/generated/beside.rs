//! All rungs side by side: `{{#promises all}}`, `{{#ledger all}}`, `{{#bill all}}`.

use anyhow::{Result, ensure};

use super::html::{Cell, Table, escape, small_print, state};
use super::ledger::ROWS;
use super::promises;
use crate::bill::Bill;
use crate::ledger::Ledger;
use crate::measured::{self, Measured};
use crate::workspace::Workspace;

/// Which rung keeps which promise.
pub fn promises(workspace: &Workspace) -> Result<String> {
    let files = rungs(workspace)?.into_iter().map(|rung| {
        let file = measured::load(workspace, &format!("ch{rung:02}-promises"))?;
        Ok((rung, file))
    });
    let files = files.collect::<Result<Vec<(u8, Measured)>>>()?;
    ensure!(!files.is_empty(), "no rung has been put to the promises");
    let mut table = Table::new("The promises on every rung", heads("Promise", &files));
    for asked in promises::in_order(&files[0].1) {
        let mut row = vec![promises::name(asked)];
        row.extend(files.iter().map(|(_, file)| promises::on(file, asked)));
        table.row(row);
    }
    let marks = [
        ("kept", "kept"),
        ("broken", "broken"),
        ("does-not-arise", "does not arise"),
    ];
    let key = marks.map(|(class, words)| format!("{} {words}", state(class, "")));
    Ok(table.html() + &small_print(&key.join(" &emsp; ")))
}

/// What you run on each rung, and who applies what.
pub fn ledger(workspace: &Workspace) -> Result<String> {
    let ledger = Ledger::load(workspace)?;
    let numbered: Vec<_> = ledger
        .entries
        .iter()
        .map(|entry| (entry.counted.rung, entry))
        .collect();
    let mut counted = Table::new(
        "What you run on every rung",
        figures("What you run", &numbered),
    );
    for (what, count) in ROWS {
        let mut row = vec![Cell::words(what)];
        row.extend(
            numbered
                .iter()
                .map(|(_, entry)| Cell::number(&measured::count(count(entry)))),
        );
        counted.row(row);
    }
    let mut applied = Table::new("Who applies what on every rung", heads("Part", &numbered));
    for part in numbered
        .last()
        .map_or(&[][..], |(_, entry)| &entry.declared.parts)
    {
        let mut row = vec![Cell::words(&part.part)];
        row.extend(numbered.iter().map(|(_, entry)| {
            Cell::words(
                entry
                    .declared
                    .part(&part.part)
                    .map_or("is not there", |part| &part.applies),
            )
        }));
        applied.row(row);
    }
    Ok(counted.html() + &applied.html())
}

/// What each rung costs.
pub fn bill(workspace: &Workspace) -> Result<String> {
    let bills = Bill::all(workspace)?.into_iter();
    let bills: Vec<(u8, Bill)> = bills.map(|bill| (bill.rung, bill)).collect();
    let mut table = Table::new("The bill of every rung", figures("Dollars", &bills));
    for (what, tell) in ITEMS {
        let mut row = vec![Cell::words(what)];
        row.extend(bills.iter().map(|(_, bill)| Cell::number(&tell(bill))));
        table.row(row);
    }
    let print = "A sale at full pace is computed from how many sales a second the rung took in the measurement, on a machine that is larger \
                 than the one that is priced. What no list has a price for stands with each rung.";
    Ok(table.html() + &small_print(&escape(print)))
}

type Item = (&'static str, fn(&Bill) -> String);

const ITEMS: [Item; 6] = [
    ("A month in which nobody comes", |bill| bill.month.human()),
    ("What a sale uses beside the month", |bill| {
        let is_measured = bill.uses.is_some();
        told(is_measured.then(|| bill.used().human()))
    }),
    ("The only sale of its month", |bill| bill.quiet_sale.human()),
    ("A sale at full pace, day and night", |bill| {
        told(bill.full.as_ref().map(|full| full.sale.human()))
    }),
    ("Sales in such a month", |bill| {
        told(bill.full.as_ref().map(|full| measured::count(full.sales)))
    }),
    (
        "A pet, for each month in which it is kept",
        |bill| match &bill.kept {
            Some(kept) => kept.amount.human(),
            None if bill.uses.is_some() => "with the month".to_owned(),
            None => told(None),
        },
    ),
];

fn told(figure: Option<String>) -> String {
    figure.unwrap_or_else(|| "not measured".to_owned())
}

/// The rungs that the ledger knows.
fn rungs(workspace: &Workspace) -> Result<Vec<u8>> {
    let ledger = Ledger::load(workspace)?;
    let entries = ledger.entries.iter();
    Ok(entries.map(|entry| entry.counted.rung).collect())
}

fn heads<T>(first: &str, rungs: &[(u8, T)]) -> Vec<Cell> {
    let rungs = rungs
        .iter()
        .map(|(rung, _)| Cell::words(&format!("Rung {rung}")));
    std::iter::once(Cell::words(first)).chain(rungs).collect()
}

fn figures<T>(first: &str, rungs: &[(u8, T)]) -> Vec<Cell> {
    let rungs = rungs
        .iter()
        .map(|(rung, _)| Cell::number(&format!("Rung {rung}")));
    std::iter::once(Cell::words(first)).chain(rungs).collect()
}
