//! A table of measured figures.

use anyhow::Result;

use super::html::{Cell, Table, escape, small_print};
use super::inline::provenance;
use crate::measured::{self, Column};
use crate::workspace::Workspace;

/// `{{#table ch01.throughput}}`
pub fn measured(workspace: &Workspace, path: &str) -> Result<String> {
    let (file, data) = measured::table(workspace, path)?;
    let mut table = Table::new(&data.what, data.columns.iter().map(heading).collect());
    for row in &data.rows {
        let cells = row
            .iter()
            .zip(&data.columns)
            .map(|(cell, column)| body(cell, column));
        table.row(cells.collect());
    }
    let note = if data.note.is_empty() {
        String::new()
    } else {
        format!("{} ", escape(&data.note))
    };
    let print = small_print(&format!(
        "{note}{}",
        escape(&format!("{}.", provenance(&file)))
    ));
    Ok(table.html() + &print)
}

fn heading(column: &Column) -> Cell {
    if column.unit.is_empty() {
        Cell::words(&column.name)
    } else if measured::splits_unit_off(&column.unit)
        && !column.name.to_lowercase().contains(&column.unit)
    {
        Cell::number(&format!("{}, {}", column.name, column.unit))
    } else {
        Cell::number(&column.name)
    }
}

fn body(cell: &measured::Cell, column: &Column) -> Cell {
    match cell {
        // A dash in a column of numbers stands where they do.
        measured::Cell::Words(words) if !column.unit.is_empty() => Cell::number(words),
        measured::Cell::Words(words) => Cell::words(words),
        measured::Cell::Number(number) if measured::splits_unit_off(&column.unit) => {
            Cell::number(&measured::human_number(*number, &column.unit))
        }
        measured::Cell::Number(number) => Cell::number(&measured::human(*number, &column.unit)),
    }
}
