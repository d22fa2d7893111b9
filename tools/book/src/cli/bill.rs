//! `cargo book bill`: what a month costs on each rung, in a shop of a given size.

use std::fmt::Write as _;
use std::process::ExitCode;

use anyhow::Result;

use crate::bill::{Bill, Pace, SIZES};
use crate::measured::count;
use crate::workspace::Workspace;

/// Prints a line for each rung.
pub(super) fn bill(workspace: &Workspace, pace: Option<Pace>) -> Result<ExitCode> {
    let bills = Bill::all(workspace)?;
    let paces = pace.map_or_else(|| SIZES.map(|(_, pace)| pace).to_vec(), |pace| vec![pace]);
    let mut told = String::new();
    for (at, pace) in paces.into_iter().enumerate() {
        if at > 0 {
            told.push('\n');
        }
        writeln!(told, "{} sales a month: {}", count(pace.0), pace.human())?;
        for bill in &bills {
            writeln!(told, "{}", line(bill, pace))?;
        }
    }
    super::tell(&told)?;
    Ok(ExitCode::SUCCESS)
}

/// ` 2 A virtual server                $5.00`
fn line(bill: &Bill, pace: Pace) -> String {
    let rung = format!("{:>2} {:<20}", bill.rung, bill.title);
    match bill.at(pace) {
        None => format!("{rung} {:>14}", "not measured"),
        Some(month) => {
            let amount = month.amount.short();
            let stop = month.stop.map(|stop| format!("  but {stop}"));
            format!("{rung} {amount:>14}{}", stop.unwrap_or_default())
        }
    }
}
