//! The shop beside other people's servers.

use anyhow::Result;
use book::measured::{Cell, Column, Measured, Table};

use super::{Programs, rate};
use crate::measure::programs::{Served, data_folder, number};
use crate::measure::rounds::Rounds;

/// Rounds; the servers take turns.
const ROUNDS: u32 = 7;
const CONNECTIONS: u32 = 16;

/// The throughput of the same small answer from three servers.
pub fn throughput(programs: &Programs, file: &mut Measured) -> Result<()> {
    let names = ["chapter 1", "axum", "tiny_http"];
    let paths = [
        programs.shop.clone(),
        programs.peer("axum-shop"),
        programs.peer("tiny-http-shop"),
    ];
    let folders = [(); 3].map(|()| data_folder(&programs.target));
    let mut shops = Vec::new();
    for (path, folder) in paths.iter().zip(folders) {
        let folder = folder?;
        {
            let first = Served::start(&programs.shop, folder.path())?;
            programs.take_in(&first.at, 1)?;
        }
        shops.push((Served::start(path, folder.path())?, folder));
    }
    let connections = format!("connections={CONNECTIONS}");
    let mut rates = vec![Rounds::default(); shops.len()];
    let mut tails = rates.clone();
    for round in 0..=ROUNDS {
        eprintln!(
            "throughput, round {round} of {ROUNDS}{}",
            if round == 0 {
                " (to warm up, not counted)"
            } else {
                ""
            }
        );
        for (at, (shop, _)) in shops.iter().enumerate() {
            let seconds = if round == 0 { "seconds=1" } else { "seconds=2" };
            let seen = programs.load_all(&shop.at, &["path=/pets/1", &connections, seconds])?;
            if round > 0 {
                rates[at].add(rate(&seen)?);
                tails[at].add(number(&seen, "p99_us")?);
            }
        }
    }
    let ours = rates[0].median();
    let key = |name: &str| name.replace(' ', "_");
    let mut rows = Vec::new();
    for (at, name) in names.iter().enumerate() {
        let median = rates[at].median();
        let memory = shops[at].0.memory_kib().unwrap_or_default();
        file.put(
            &format!("throughput_{}", key(name)),
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
            Cell::Number(median / ours),
            Cell::Number(tails[at].median()),
            Cell::Number(memory),
        ]);
    }
    let columns = [
        ("Server", ""),
        ("Throughput", "requests/s"),
        ("Spread", "%"),
        ("To ours", "×"),
        ("99th percentile", "µs"),
        ("Memory", "KiB"),
    ];
    file.tables.insert("throughput".to_owned(), Table {
        what: "GET /pets/1 over connections that stay open".to_owned(),
        columns: columns.map(|(name, unit)| Column { name: name.to_owned(), unit: unit.to_owned() }).to_vec(),
        rows,
        note: format!(
            "The same shop behind three HTTP servers, one pet from memory, {CONNECTIONS} connections that each wait for an answer before they \
             ask again, {ROUNDS} rounds of two seconds in turns, medians. The customers run on the same cores as the servers, and take their \
             part of them; the spread is from the slowest round to the fastest."
        ),
    });
    Ok(())
}
