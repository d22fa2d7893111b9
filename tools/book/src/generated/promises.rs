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

    let same = |asked: &Asked| {
        before
            .as_ref()
            .is_some_and(|before| then(before, asked) == Some(asked.declared))
    };
    let (same, changed): (Vec<_>, Vec<_>) = in_order(&file).into_iter().partition(|one| same(one));
    let print = small_print(&escape(&format!("{}.", provenance(&file))));
    let label = format!("The promises on rung {rung}");
    let Some(before) = &before else {
        return Ok(rows(&label, &changed, None).html() + &print);
    };
    let how_many = match same.len() {
        0 => return Ok(rows(&label, &changed, Some(before)).html() + &print),
        1 => "One promise is".to_owned(),
        many => format!("{many} promises are"),
    };
    let folded = format!(
        "<details class=\"folded\"><summary>{how_many} as on the rung before</summary>\n{}</details>\n",
        rows(
            &format!("{label} that are as on the rung before"),
            &same,
            None
        )
        .html()
    );
    Ok(rows(&label, &changed, Some(before)).html() + &folded + &print)
}

fn rows(label: &str, promises: &[&Asked], before: Option<&Measured>) -> Table {
    let mut head = vec![Cell::words("Promise"), Cell::words("This rung")];
    if before.is_some() {
        head.push(Cell::words("Rung before"));
    }
    head.push(Cell::words("What was seen"));
    let mut table = Table::new(label, head);
    for asked in promises {
        let mut row = vec![name(asked), Cell::html(declared(asked.declared))];
        if let Some(before) = before {
            row.push(on(before, asked));
        }
        row.push(Cell::html(seen(asked)));
        table.row(row);
    }
    table
}

/// A promise by its number and its words.
pub(super) fn name(asked: &Asked) -> Cell {
    Cell::html(format!(
        "<span class=\"promise\">{}</span> {}",
        escape(&asked.promise),
        escape(&asked.title)
    ))
}

/// What another rung declares of this promise, as a cell.
pub(super) fn on(other: &Measured, asked: &Asked) -> Cell {
    match then(other, asked) {
        Some(then) => Cell::html(declared(then)),
        None => Cell::words("not asked"),
    }
}

/// What another rung declares of this promise.
fn then(before: &Measured, asked: &Asked) -> Option<Declared> {
    let mut same = before
        .promises
        .iter()
        .filter(|other| other.promise == asked.promise);
    same.next().map(|other| other.declared)
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

fn declared(declared: Declared) -> String {
    match declared {
        Declared::Kept => state("kept", "kept"),
        Declared::Broken => state("broken", "broken"),
        Declared::DoesNotArise => state("does-not-arise", "does not arise"),
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
