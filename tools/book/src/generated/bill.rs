//! The bill of a rung as a table.

use anyhow::Result;

use super::html::{Cell, Table, escape, small_print, source};
use crate::bill::{Bill, Full, Line};
use crate::measured;
use crate::workspace::Workspace;

/// `{{#bill 1}}`
pub fn table(workspace: &Workspace, rung: u8) -> Result<String> {
    let bill = Bill::of(workspace, rung)?;
    let head = vec![
        Cell::words("Item"),
        Cell::words("Price"),
        Cell::number("Dollars"),
    ];
    let mut table = Table::new(&format!("The bill of rung {rung}"), head);
    for line in &bill.fixed {
        table.row(vec![
            Cell::words(&item(line)),
            Cell::html(price(line)),
            Cell::number(&line.amount.human()),
        ]);
    }
    table.sum(vec![
        Cell::words("A month in which nobody comes"),
        Cell::words(""),
        Cell::number(&bill.month.human()),
    ]);
    let told = bill.told.iter().map(|told| small_print(&escape(told)));
    Ok(table.html() + &sales(&bill).html() + &told.collect::<String>())
}

fn sales(bill: &Bill) -> Table {
    let head = vec![
        Cell::words("A sale"),
        Cell::words("Computed from"),
        Cell::number("Dollars"),
    ];
    let mut table = Table::new(&format!("What a sale costs on rung {}", bill.rung), head);
    let requests = bill.requests;
    table.row(vec![
        Cell::words(&format!("The only one of its month ({requests} requests)")),
        Cell::words("the whole month"),
        Cell::number(&bill.quiet_sale.human()),
    ]);
    if let Some(full) = &bill.full {
        table.row(vec![
            Cell::words("One of as many as the rung can take all month"),
            Cell::words(&at_full_pace(full)),
            Cell::number(&full.sale.human()),
        ]);
    }
    table
}

fn item(line: &Line) -> String {
    let what = capitalised(&line.price.what);
    if line.count == 1 {
        what
    } else {
        format!("{} × {what}", line.count)
    }
}

fn price(line: &Line) -> String {
    let price = &line.price;
    format!(
        "{} ({})",
        escape(&price.human()),
        source(&price.source, &price.provenance())
    )
}

#[allow(
    clippy::cast_precision_loss,
    reason = "both are shown with three figures"
)]
fn at_full_pace(full: &Full) -> String {
    let sales = measured::human_number(full.sales as f64, "sales/s");
    let bytes = measured::human(full.bytes as f64, "B");
    let egress = if full.egress.is_zero() {
        "all of it within the transfer that the machine’s price includes".to_owned()
    } else {
        format!("with {} for transfer beyond what is included", full.egress)
    };
    format!("the month over {sales} sales, each sending {bytes}; {egress}")
}

fn capitalised(text: &str) -> String {
    let mut signs = text.chars();
    signs.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(signs).collect()
    })
}
