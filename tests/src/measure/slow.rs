//! What slow clients do to the others.

use std::path::Path;

use anyhow::{Context, Result};
use book::measured::{Cell, Column, Measured, Table};

use super::programs::{Served, number};
use super::shops::Shops;

/// Requests beside so many clients that send a byte a second. Fills the table `slow`.
///
/// # Errors
///
/// When the shop does not start.
pub fn slow_clients(
    shops: &Shops,
    program: &Path,
    numbers: &[u32],
    file: &mut Measured,
) -> Result<()> {
    let mut rows = Vec::new();
    let mut tails = Vec::new();
    for slow in numbers.iter().copied() {
        eprintln!("{slow} slow clients");
        let folder = shops.data_folder()?;
        let shop = Served::start(program, folder.path())?;
        shops.take_in(&shop.at, 1)?;
        let clients = format!("slow={slow}");
        let seen = shops.load(
            &shop.at,
            &[
                "path=/pets/1",
                &clients,
                "connections=4",
                "fresh=true",
                "wait=5",
                "seconds=12",
                "most=2000",
            ],
        )?;
        let (asked, unanswered) = (number(&seen, "asked")?, number(&seen, "unanswered")?);
        let answered = 100.0 * (asked - unanswered) / asked;
        let (middle, tail) = (number(&seen, "p50_us")?, number(&seen, "p99_us")?);
        file.put(
            &format!("slow_{slow}_answered"),
            answered,
            "%",
            &format!("requests answered within five seconds beside {slow} slow clients"),
        );
        file.put(
            &format!("slow_{slow}_p99_us"),
            tail,
            "µs",
            &format!(
                "99th percentile of the time to connect and be answered beside {slow} slow clients"
            ),
        );
        tails.push(tail);
        rows.push(
            [f64::from(slow), asked, answered, middle, tail]
                .map(Cell::Number)
                .to_vec(),
        );
    }
    let ratio = tails.last().copied().context("no round")? / tails[0].max(1.0);
    file.put(
        "slow_p99_ratio",
        ratio,
        "×",
        "the 99th percentile beside 1,000 slow clients over the one without any; at least so much, where requests stayed without an answer",
    );
    let columns = [
        ("Slow clients", "clients"),
        ("Requests", "requests"),
        ("Answered", "%"),
        ("Median", "µs"),
        ("99th percentile", "µs"),
    ];
    file.tables.insert("slow".to_owned(), Table {
        what: "Other requests beside clients that send a byte a second".to_owned(),
        columns: columns.map(|(name, unit)| Column { name: name.to_owned(), unit: unit.to_owned() }).to_vec(),
        rows,
        note: "Four customers, a new connection for each request. A customer who has no connection after five seconds, or no answer after five \
               more, counts with the time waited and goes away."
            .to_owned(),
    });
    Ok(())
}
