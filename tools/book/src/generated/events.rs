//! The catalogue of events as a table: who publishes each, and who reads it.

use anyhow::{Result, ensure};

use super::html::{Cell, Table, escape};
use crate::catalogue::{self, Event};
use crate::workspace::Workspace;

/// `{{#events}}`
pub fn table(workspace: &Workspace) -> Result<String> {
    let folder = catalogue::folder(workspace);
    let events = catalogue::read(&folder)?;
    ensure!(!events.is_empty(), "{} holds no event", folder.display());
    Ok(rows(&events).html())
}

fn rows(events: &[Event]) -> Table {
    let head = [
        "Event",
        "Version",
        "What has happened",
        "Published by",
        "Read by",
    ];
    let head = head.map(Cell::words).to_vec();
    let mut table = Table::new("The events, who publishes them and who reads them", head);
    for event in events {
        let readers: Vec<&String> = event.consumers.keys().collect();
        table.row(vec![
            Cell::html(format!("<code>{}</code>", escape(&event.name))),
            Cell::number(&event.version.to_string()),
            Cell::words(&event.about),
            names(&event.owners),
            names(&readers),
        ]);
    }
    table
}

/// Names of functions.
fn names<T: AsRef<str>>(names: &[T]) -> Cell {
    let names = names
        .iter()
        .map(|name| format!("<code>{}</code>", escape(name.as_ref())));
    match names.collect::<Vec<_>>().join(", ") {
        nobody if nobody.is_empty() => Cell::words("nobody"),
        names => Cell::html(names),
    }
}
