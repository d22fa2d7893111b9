//! The table of promises of a rung: what it declares, and what a run saw.

use anyhow::{Result, ensure};

use super::html::{Cell, Table, escape, small_print, state};
use super::inline::provenance;
use crate::measured::{self, Asked, Declared, Measured, Seen};
use crate::workspace::Workspace;

/// `{{#promises 1}}`
pub fn table(workspace: &Workspace, rung: u8) -> Result<String> {
    let name = |rung: u8| format!("ch{rung:02}-promises");
    let file = measured::load(workspace, &name(rung))?;
    ensure!(
        !file.promises.is_empty(),
        "book/measured/{}.json holds no promises",
        name(rung)
    );
    let before = rung.checked_sub(1).filter(|&before| before > 0);
    let before = before.and_then(|before| measured::load(workspace, &name(before)).ok());

    let mut head = vec![Cell::words("Promise"), Cell::words("This rung")];
    if before.is_some() {
        head.push(Cell::words("Rung before"));
    }
    head.push(Cell::words("What was seen"));
    let mut table = Table::new(&format!("The promises on rung {rung}"), head);
    for asked in in_order(&file) {
        let promise = format!(
            "<span class=\"promise\">{}</span> {}",
            escape(&asked.promise),
            escape(&asked.title)
        );
        let mut row = vec![Cell::html(promise), Cell::html(declared(asked.declared))];
        if let Some(before) = &before {
            row.push(change(before, asked));
        }
        row.push(Cell::html(seen(asked)));
        table.row(row);
    }
    Ok(table.html() + &small_print(&escape(&format!("{}.", provenance(&file)))))
}

/// By number: P2 before P10.
pub(super) fn in_order(file: &Measured) -> Vec<&Asked> {
    let mut promises: Vec<&Asked> = file.promises.iter().collect();
    promises.sort_by_key(|asked| {
        asked
            .promise
            .trim_start_matches('P')
            .parse::<u32>()
            .unwrap_or(u32::MAX)
    });
    promises
}

pub(super) fn declared(declared: Declared) -> String {
    match declared {
        Declared::Kept => state("kept", "kept"),
        Declared::Broken => state("broken", "broken"),
        Declared::DoesNotArise => state("does-not-arise", "does not arise"),
    }
}

fn change(before: &Measured, asked: &Asked) -> Cell {
    match before
        .promises
        .iter()
        .find(|other| other.promise == asked.promise)
    {
        Some(other) if other.declared == asked.declared => Cell::words("the same"),
        Some(other) => Cell::html(declared(other.declared)),
        None => Cell::words("not asked"),
    }
}

/// What was seen, and, where it contradicts what is declared, that it does.
fn seen(asked: &Asked) -> String {
    let contradiction = match (asked.declared, asked.seen) {
        (Declared::Kept, Seen::Broken) => state("broken", "seen to break") + " ",
        (Declared::Broken, Seen::Kept) => state("kept", "seen to be kept") + " ",
        _ => String::new(),
    };
    contradiction + &told(asked)
}

fn told(asked: &Asked) -> String {
    let lines = asked.lines.join(" ");
    match asked.seen {
        Seen::NotAsked => escape(&asked.reason),
        Seen::Kept | Seen::Broken if lines.is_empty() => escape(&asked.reason),
        Seen::Broken if !asked.reason.is_empty() => format!(
            "{} <span class=\"reason\">{}</span>",
            escape(&lines),
            escape(&asked.reason)
        ),
        Seen::Kept | Seen::Broken => escape(&lines),
    }
}
