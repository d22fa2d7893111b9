//! The bill of a rung as a table.

use anyhow::Result;

use super::html::{Cell, Table, escape, small_print, source};
use crate::bill::{Bill, Full, Line, Used};
use crate::measured;
use crate::prices::Price;
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
            Cell::html(price(&line.price)),
            Cell::number(&line.amount.human()),
        ]);
    }
    table.sum(vec![
        Cell::words("A month in which nobody comes"),
        Cell::words(""),
        Cell::number(&bill.month.human()),
    ]);
    let prints = (bill.elsewhere.iter().map(elsewhere))
        .chain(not_measured(&bill))
        .chain(bill.told.iter().map(|told| escape(told)));
    let prints = prints.map(|print| small_print(&print));
    Ok(table.html() + &sales(&bill).html() + &prints.collect::<String>())
}

fn sales(bill: &Bill) -> Table {
    let head = vec![
        Cell::words("A sale"),
        Cell::words("Computed from"),
        Cell::number("Dollars"),
    ];
    let mut table = Table::new(&format!("What a sale costs on rung {}", bill.rung), head);
    let requests = bill.requests;
    for used in bill.uses.iter().flatten() {
        table.row(vec![
            Cell::words(&pieces(used)),
            Cell::html(price(&used.price)),
            Cell::number(&used.amount.human()),
        ]);
    }
    let is_used = !bill.used().is_zero();
    table.row(vec![
        Cell::words(&format!("The only one of its month ({requests} requests)")),
        Cell::words(if is_used {
            "the whole month, and what it uses"
        } else {
            "the whole month"
        }),
        Cell::number(&bill.quiet_sale.human()),
    ]);
    if let Some(full) = &bill.full {
        table.row(vec![
            Cell::words("One of as many as the rung can take all month"),
            Cell::words(&at_full_pace(full, is_used)),
            Cell::number(&full.sale.human()),
        ]);
    }
    if let Some(kept) = &bill.kept {
        table.row(vec![
            Cell::words("A pet, for each month in which it is kept"),
            Cell::html(size(kept)),
            Cell::number(&kept.amount.human()),
        ]);
    }
    table
}

/// `3 read request units`, `1 write request unit`, `2.1 KiB of logs`
fn pieces(used: &Used) -> String {
    let called = used.called.as_deref();
    if used.price.is_by_size() {
        let size = measured::human(used.units, "B");
        return called.map_or(size.clone(), |called| format!("{size} {called}"));
    }
    let pieces = measured::human(used.units, called.unwrap_or(&used.price.unit));
    match pieces.strip_suffix('s') {
        Some(one) if measured::human_number(used.units, "") == "1" => one.to_owned(),
        _ => pieces,
    }
}

fn not_measured(bill: &Bill) -> Option<String> {
    let print = format!(
        "What a sale uses beside the month has not been measured yet: cargo book measure {}.",
        bill.rung
    );
    bill.uses.is_none().then(|| escape(&print))
}

fn elsewhere(line: &Line) -> String {
    format!(
        "Elsewhere the month would be {}: {}, {}.",
        line.amount,
        escape(&item(line)),
        price(&line.price)
    )
}

fn size(kept: &Used) -> String {
    let bytes = measured::human(kept.units, "B");
    format!("{} at {}", escape(&bytes), price(&kept.price))
}

fn item(line: &Line) -> String {
    let what = &line.price.what;
    if line.count == 1 {
        capitalised(what)
    } else if what.starts_with(&line.price.unit) {
        // What is priced is called by its plural.
        format!("{} {what}", measured::count(line.count.into()))
    } else {
        format!("{} × {what}", line.count)
    }
}

fn price(price: &Price) -> String {
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
fn at_full_pace(full: &Full, is_used: bool) -> String {
    let sales = measured::human_number(full.sales as f64, "sales/s");
    let bytes = measured::human(full.bytes as f64, "B");
    let egress = match full.egress {
        None => "for which the list has no price".to_owned(),
        Some(none) if none.is_zero() => {
            "all of it within the transfer that the machine’s price includes".to_owned()
        }
        Some(dollars) => format!("with {dollars} for transfer beyond what is included"),
    };
    let uses = if is_used { "; and what each uses" } else { "" };
    format!("the month over {sales} sales, each sending {bytes}; {egress}{uses}")
}

fn capitalised(text: &str) -> String {
    let mut signs = text.chars();
    signs.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(signs).collect()
    })
}
