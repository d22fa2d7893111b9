//! How late the views are.

use anyhow::{Context, Result, ensure};
use book::measured::{Cell, Measured};

use crate::measure::chapter4::{table, words};
use crate::measure::chapter5::sale::SALES;
use crate::measure::rounds::Rounds;

/// The views, and what they are called.
const VIEWS: [(&str, &str); 3] = [
    ("list", "the list"),
    ("returns", "the report"),
    ("homes", "the display"),
];

/// Fills the table `lag`, after what the functions have printed at so many sales.
pub(super) fn of_each_view(log: &str, file: &mut Measured) -> Result<()> {
    let mut rows = vec![];
    for (view, called) in VIEWS {
        let of_view = format!("\"view\":\"{view}\"");
        let lines = log.lines().filter(|line| line.contains(&of_view));
        let mut lag = Rounds::default();
        let mut count = 0;
        for line in lines {
            let (_, rest) = line.split_once("\"lag_ms\":").context("no lag")?;
            let digits = rest.split(|sign: char| !sign.is_ascii_digit()).next();
            lag.add(digits.unwrap_or_default().parse().context("a lag")?);
            count += 1;
        }
        ensure!(
            count == SALES,
            "{view} has told {count} lags of {SALES} sales"
        );
        for (name, value, what) in [
            ("median", lag.median(), "median"),
            ("most", lag.most(), "longest"),
        ] {
            let what = format!(
                "{what} time from the decision to the row, {called}, of {SALES} sales that come at any time"
            );
            file.put(&format!("lag_{view}_{name}_ms"), value, "ms", &what);
        }
        rows.push(vec![
            words(called),
            Cell::Number(lag.median()),
            Cell::Number(lag.most()),
        ]);
    }
    let columns = [("View", ""), ("Median", "ms"), ("Longest", "ms")];
    let note = format!(
        "From the time at which the commit was decided to the time at which its row was there, of {SALES} adoptions, which come at any time. The host on this machine stands in for AWS, and asks an idle stream four times a second, as Lambda does."
    );
    let what = "How late a view is";
    file.tables
        .insert("lag".to_owned(), table(what, &columns, rows, &note));
    Ok(())
}
