//! Shops beside each other, in turns, in one run.

use std::path::{Path, PathBuf};

use anyhow::Result;
use book::measured::{Cell, Column, Measured, Table};

use super::programs::{Served, number};
use super::rounds::Rounds;
use super::shops::{Shops, rate};

/// Rounds; the servers take turns.
const ROUNDS: u32 = 7;
const CONNECTIONS: u32 = 16;

/// The throughput of `GET /pets/1` from several servers; the first is the measure of the others. The pet is taken in by `clerk`, for
/// servers that cannot, or else by each server itself. Fills the table `throughput`.
///
/// # Errors
///
/// When a server does not start, or does not answer every request well.
pub fn throughput(
    shops: &Shops,
    servers: &[(&str, PathBuf)],
    clerk: Option<&Path>,
    what: &str,
    file: &mut Measured,
) -> Result<()> {
    let mut running = Vec::new();
    for (_, program) in servers {
        let folder = shops.data_folder()?;
        {
            let clerk = Served::start(clerk.unwrap_or(program), folder.path())?;
            shops.take_in(&clerk.at, 1)?;
        }
        running.push((Served::start(program, folder.path())?, folder));
    }
    measure(shops, servers, &running, what, file)
}

fn measure(
    shops: &Shops,
    servers: &[(&str, PathBuf)],
    running: &[(Served, tempfile::TempDir)],
    what: &str,
    file: &mut Measured,
) -> Result<()> {
    let connections = format!("connections={CONNECTIONS}");
    let mut rates = vec![Rounds::default(); running.len()];
    let mut tails = rates.clone();
    for round in 0..=ROUNDS {
        let remark = if round == 0 {
            " (to warm up, not counted)"
        } else {
            ""
        };
        eprintln!("throughput, round {round} of {ROUNDS}{remark}");
        for (at, (shop, _)) in running.iter().enumerate() {
            let seconds = if round == 0 { "seconds=1" } else { "seconds=2" };
            let seen = shops.load_all(&shop.at, &["path=/pets/1", &connections, seconds])?;
            if round > 0 {
                rates[at].add(rate(&seen)?);
                tails[at].add(number(&seen, "p99_us")?);
            }
        }
    }
    let measure = rates[0].median();
    let mut rows = Vec::new();
    for (at, (name, _)) in servers.iter().enumerate() {
        let median = rates[at].median();
        file.put(
            &format!("throughput_{}", name.replace(' ', "_")),
            median,
            "requests/s",
            &format!(
                "answers to GET /pets/1 a second, {name}, {CONNECTIONS} connections that stay open"
            ),
        );
        rows.push(vec![
            Cell::Words((*name).to_owned()),
            Cell::Number(median),
            Cell::Number(rates[at].spread_percent()),
            Cell::Number(median / measure),
            Cell::Number(tails[at].median()),
            Cell::Number(running[at].0.memory_kib().unwrap_or_default()),
        ]);
    }
    let columns = [
        ("Server", ""),
        ("Throughput", "requests/s"),
        ("Spread", "%"),
        ("To the first", "×"),
        ("99th percentile", "µs"),
        ("Memory", "KiB"),
    ];
    file.tables.insert("throughput".to_owned(), Table {
        what: "GET /pets/1 over connections that stay open".to_owned(),
        columns: columns.map(|(name, unit)| Column { name: name.to_owned(), unit: unit.to_owned() }).to_vec(),
        rows,
        note: format!(
            "{what}, {CONNECTIONS} connections that each wait for an answer before they ask again, {ROUNDS} rounds of two seconds in turns, \
             medians. The customers run on the same cores as the servers, and take their part of them; the spread is from the slowest round \
             to the fastest."
        ),
    });
    Ok(())
}
