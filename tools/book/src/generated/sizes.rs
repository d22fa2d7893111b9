//! The bill at four sizes of shop, and from which size on a rung costs more than a lower one.

use anyhow::Result;

use super::html::{Cell, Table, escape, small_print, state};
use crate::bill::{Bill, Month, Pace, SIZES};
use crate::measured::count;
use crate::workspace::Workspace;

const NOT_MEASURED: &str = "not measured";

/// The rungs with which others are compared: a machine, and a platform.
const LOWER: [u8; 2] = [2, 3];

/// `{{#bill sizes}}`
pub fn table(workspace: &Workspace) -> Result<String> {
    let bills = Bill::all(workspace)?;
    let heads = SIZES.map(|(name, _)| Cell::number(name));
    let mut head = vec![Cell::words("Dollars a month")];
    head.extend(heads);
    let (last, most) = SIZES[SIZES.len() - 1];
    head.push(Cell::number("and each month more"));
    let mut table = Table::new("The bill at four sizes of shop", head);
    for bill in &bills {
        let mut row = vec![Cell::words(&format!("{} {}", bill.rung, bill.title))];
        row.extend(SIZES.map(|(_, pace)| amount(bill.at(pace).as_ref())));
        row.push(match bill.at(most) {
            None => Cell::number(NOT_MEASURED),
            Some(_)
                if bill
                    .limits
                    .fills
                    .as_ref()
                    .is_some_and(|fills| fills.more.is_none()) =>
            {
                Cell::number("none to be had")
            }
            Some(month) => Cell::number(&month.more.short()),
        });
        table.row(row);
    }
    let mut prints = vec![format!(
        "{} It would cost that, but the rung does not take as many as it is built. {}.",
        state("broken", ""),
        escape(&stops(&bills).join("; "))
    )];
    let larger: Vec<String> = bills
        .iter()
        .filter(|bill| bill.at(most).is_some_and(|month| month.is_larger))
        .map(|bill| bill.rung.to_string())
        .collect();
    if let Some(machine) = bills.iter().find_map(|bill| bill.limits.larger.as_ref()) {
        prints.push(format!(
            "A machine of one’s own is the smallest, for as many sales as a hundredth of what was tried, and as its memory takes in a month. At {} that of rung \
             {} is a larger one, {}.",
            escape(last),
            larger.join(" and "),
            escape(&format!(
                "{}, {}",
                machine.price.human(),
                machine.price.provenance()
            ))
        ));
    }
    prints.push(format!(
        "What is sold in a month is counted as kept, and looked after each night, for all of it; the last column is what each further month at {} adds to the \
         next. Not in these prices: taking the pet in, which is in what stops a rung; the look of each minute at what is open; free tiers, and lower \
         prices for large amounts; backups.",
        escape(last)
    ));
    let prints = prints.iter().map(|print| small_print(print));
    Ok(table.html() + &prints.collect::<String>())
}

fn amount(month: Option<&Month>) -> Cell {
    match month {
        None => Cell::number(NOT_MEASURED),
        Some(month) if month.stop.is_some() => {
            Cell::marked(format!("{} {}", state("broken", ""), month.amount.short()))
        }
        Some(month) => Cell::number(&month.amount.short()),
    }
}

/// What stops each rung at the largest size: `Rung 1: its memory is full after 10 hours`.
fn stops(bills: &[Bill]) -> Vec<String> {
    let (_, most) = SIZES[SIZES.len() - 1];
    let stops = bills.iter().filter_map(|bill| {
        let stop = bill.at(most)?.stop?;
        Some((bill.rung, stop.to_string()))
    });
    let mut told: Vec<(Vec<String>, String)> = vec![];
    for (rung, stop) in stops {
        match told.iter_mut().find(|(_, known)| *known == stop) {
            Some((rungs, _)) => rungs.push(rung.to_string()),
            None => told.push((vec![rung.to_string()], stop)),
        }
    }
    let told = told.into_iter();
    told.map(|(rungs, stop)| format!("Rung {}: {stop}", rungs.join(", ")))
        .collect()
}

/// `{{#bill crossings}}`
pub fn crossings(workspace: &Workspace) -> Result<String> {
    let bills = Bill::all(workspace)?;
    let lower = LOWER.map(|rung| bills.iter().find(|bill| bill.rung == rung));
    let lower: Vec<&Bill> = lower.into_iter().flatten().collect();
    let mut head = vec![Cell::words("It costs more than")];
    for bill in &lower {
        head.push(Cell::number(&format!("rung {} from", bill.rung)));
        head.push(Cell::number("sales a month"));
    }
    let mut table = Table::new("From where on a rung costs more than a lower one", head);
    for bill in bills.iter().filter(|bill| bill.rung > LOWER[1]) {
        let from = lower.iter().map(|lower| bill.dearer_from(lower));
        // One of which there is no such pace costs more from the first sale, or never.
        let Some(from) = from.collect::<Option<Vec<Pace>>>() else {
            continue;
        };
        let mut row = vec![Cell::words(&format!("{} {}", bill.rung, bill.title))];
        for pace in from {
            row.push(Cell::number(&pace.human()));
            row.push(Cell::number(&count(pace.0)));
        }
        table.row(row);
    }
    Ok(table.html())
}
