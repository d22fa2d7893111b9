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
    let beside = servers
        .iter()
        .zip(&running)
        .map(|((name, _), (shop, _))| Beside {
            name,
            shop,
            path: "/pets/1".to_owned(),
        });
    of_all(shops, &beside.collect::<Vec<_>>(), what, file)
}

/// A server that runs beside others.
pub struct Beside<'a> {
    /// What it is called.
    pub name: &'a str,
    /// Its process.
    pub shop: &'a Served,
    /// The pet that is asked for.
    pub path: String,
}

/// The throughput of `GET /pets/{id}` from servers that run. Fills the table `throughput`.
///
/// # Errors
///
/// When a server does not answer every request well.
pub fn of_all(
    shops: &Shops,
    servers: &[Beside<'_>],
    what: &str,
    file: &mut Measured,
) -> Result<()> {
    let connections = format!("connections={CONNECTIONS}");
    let mut rates = vec![Rounds::default(); servers.len()];
    let (mut middles, mut tails) = (rates.clone(), rates.clone());
    for round in 0..=ROUNDS {
        let remark = if round == 0 {
            " (to warm up, not counted)"
        } else {
            ""
        };
        eprintln!("throughput, round {round} of {ROUNDS}{remark}");
        for (at, server) in servers.iter().enumerate() {
            let seconds = if round == 0 { "seconds=1" } else { "seconds=2" };
            let path = format!("path={}", server.path);
            let seen = shops.load_all(&server.shop.at, &[&path, &connections, seconds])?;
            if round > 0 {
                rates[at].add(rate(&seen)?);
                middles[at].add(number(&seen, "p50_us")?);
                tails[at].add(number(&seen, "p99_us")?);
            }
        }
    }
    let measure = rates[0].median();
    let mut rows = Vec::new();
    for (at, server) in servers.iter().enumerate() {
        let (name, median) = (server.name, rates[at].median());
        let called = name.replace(' ', "_");
        let mut put = |key: String, value, unit, what: &str| {
            let what = format!("{what}, {name}, {CONNECTIONS} connections that stay open");
            file.put(&key, value, unit, &what);
        };
        put(
            format!("throughput_{called}"),
            median,
            "requests/s",
            "answers to GET /pets/1 a second",
        );
        put(
            format!("read_{called}_p50_us"),
            middles[at].median(),
            "µs",
            "median time of an answer to GET /pets/1",
        );
        put(
            format!("read_{called}_p99_us"),
            tails[at].median(),
            "µs",
            "99th percentile of the time of an answer to GET /pets/1",
        );
        rows.push(vec![
            Cell::Words(name.to_owned()),
            Cell::Number(median),
            Cell::Number(rates[at].spread_percent()),
            Cell::Number(median / measure),
            Cell::Number(tails[at].median()),
            Cell::Number(server.shop.memory_kib().unwrap_or_default()),
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
