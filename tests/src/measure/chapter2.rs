//! Chapter 2's figures, beside chapter 1's in the same run.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use book::measured::{Cell, Column, Measured, Table};
use book::workspace::Workspace;

use super::beside;
use super::programs::{Served, number};
use super::rounds::Rounds;
use super::shops::{self, Shops, held_customers, rate};
use super::slow;

const COMMAND: &str = "cargo book measure 2";
const SOURCES: [&str; 7] = [
    "chapters-code/ch01-bare-server/src",
    "chapters-code/ch02-virtual-server/src",
    "chapters-code/ch02-virtual-server/migrations",
    "chapters-code/ch02-virtual-server/examples/many_at_once.rs",
    "chapters-code/ch02-virtual-server/examples/exercise_group_commit.rs",
    "chapters-code/ch02-virtual-server/examples/exercise_synchronous_normal.rs",
    "peers/http-servers/src",
];
/// As many customers as chapter 1 held with as many threads.
const HELD: usize = 2_000;
/// Pets that are adopted in each round of writing.
const PETS: u32 = 1_000;
const ROUNDS: u32 = 5;
const WRITERS: u32 = 16;

/// Takes the figures and writes them. About three minutes after the build.
///
/// # Errors
///
/// When the machine is busy and `anyway` is not set, or when something does not build, run or answer.
pub fn measure(workspace: &Workspace, anyway: bool) -> Result<()> {
    let shops = Shops::build(workspace, &["ch01-bare-server", "ch02-virtual-server"])?;
    let mut file = shops::begin(workspace, COMMAND, &SOURCES, anyway)?;
    let shop = shops.shop("ch02-virtual-server");
    shops::at_rest(&shops, &shop, &mut file)?;
    crowded(&shops, &mut file)?;
    half_a_head(&shops, &mut file)?;
    let servers = [
        ("chapter 1", shops.shop("ch01-bare-server")),
        ("chapter 2", shop.clone()),
    ];
    let what = "One pet, from memory in chapter 1 and from SQLite in chapter 2";
    beside::throughput(&shops, &servers, None, what, &mut file)?;
    writing(&shops, &mut file)?;
    slow::slow_clients(&shops, &shop, &[0, 1_000], &mut file)?;
    super::summary(&file);
    super::saved(workspace, &file.save(workspace, "ch02")?);
    Ok(())
}

/// The memory of a shop with many customers who are in the middle of a request.
fn crowded(shops: &Shops, file: &mut Measured) -> Result<()> {
    eprintln!("{HELD} customers in the middle of a request");
    let folder = shops.data_folder()?;
    let shop = Served::start(&shops.shop("ch02-virtual-server"), folder.path())?;
    let customers = held_customers(&shop.at, HELD)?;
    if let Some(memory) = shop.memory_kib() {
        file.put(
            "crowded_kib",
            memory,
            "KiB",
            "resident memory of the shop while 2,000 customers are in the middle of a request",
        );
    }
    drop(customers);
    Ok(())
}

/// How long axum's own `serve` waits for the rest of a head. Nobody here waits longer than this.
const PATIENCE: Duration = Duration::from_secs(30);

fn half_a_head(shops: &Shops, file: &mut Measured) -> Result<()> {
    eprintln!("half a head, and {PATIENCE:?} of nothing");
    let folder = shops.data_folder()?;
    let shop = Served::start(&shops.example("many_at_once"), folder.path())?;
    let mut stream = TcpStream::connect(&shop.at)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let begin = Instant::now();
    stream.write_all(b"GET /pets/1 HT")?;
    // An answer and a closed connection are both an end of the waiting; a time-out is none.
    let waited = match stream.read(&mut [0; 1024]) {
        Ok(_) => begin.elapsed(),
        Err(_) => PATIENCE,
    };
    file.put(
        "half_a_head_s",
        waited.as_secs_f64(),
        "s",
        "how long axum's own serve has waited for the rest of a head when the measurement ended it",
    );
    ensure!(
        waited == PATIENCE,
        "axum's serve has ended the waiting after {waited:?}: the page says that it does not"
    );
    Ok(())
}

/// Adoptions a second, each acknowledged as its shop does it, in turns.
fn writing(shops: &Shops, file: &mut Measured) -> Result<()> {
    let kinds: [(&str, &str, PathBuf); 4] = [
        (
            "chapter_1",
            "chapter 1: a line and a sync each",
            shops.shop("ch01-bare-server"),
        ),
        (
            "chapter_2",
            "chapter 2: a transaction and a sync each",
            shops.shop("ch02-virtual-server"),
        ),
        (
            "group",
            "one sync for all who wait (exercise)",
            shops.example("exercise_group_commit"),
        ),
        (
            "normal",
            "no sync at a commit (exercise)",
            shops.example("exercise_synchronous_normal"),
        ),
    ];
    let mut rates = vec![Rounds::default(); kinds.len()];
    let mut middles = rates.clone();
    for round in 1..=ROUNDS {
        eprintln!("writing, round {round} of {ROUNDS}");
        for (at, (_, _, program)) in kinds.iter().enumerate() {
            let folder = shops.data_folder()?;
            let shop = Served::start(program, folder.path())?;
            shops.take_in(&shop.at, PETS)?;
            let seen = shops.adopt(&shop.at, 1, PETS - 1, WRITERS)?;
            rates[at].add(rate(&seen)?);
            middles[at].add(number(&seen, "p50_us")?);
            if round == 1 && at == 1 {
                file.put(
                    "sale_bytes",
                    shops.sale_bytes(&shop.at, PETS)?,
                    "B",
                    "what the shop sends for a sale: a page of pets, the pet, the adoption",
                );
            }
        }
    }
    let measure = rates[0].median();
    let mut rows = Vec::new();
    for (at, (key, words, _)) in kinds.iter().enumerate() {
        let median = rates[at].median();
        file.put(
            &format!("adoptions_{key}_per_s"),
            median,
            "adoptions/s",
            &format!("adoptions a second among {WRITERS} customers at once, {words}"),
        );
        file.put(
            &format!("adoptions_{key}_ratio"),
            median / measure,
            "×",
            &format!("adoptions a second, {words}, over those of chapter 1"),
        );
        rows.push(vec![
            Cell::Words((*words).to_owned()),
            Cell::Number(median),
            Cell::Number(rates[at].spread_percent()),
            Cell::Number(median / measure),
            Cell::Number(middles[at].median()),
        ]);
    }
    let columns = [
        ("Each adoption", ""),
        ("Sold", "adoptions/s"),
        ("Spread", "%"),
        ("To chapter 1", "×"),
        ("Median time", "µs"),
    ];
    file.tables.insert("writing".to_owned(), Table {
        what: "Adoptions, each acknowledged before the next of its customer".to_owned(),
        columns: columns.map(|(name, unit)| Column { name: name.to_owned(), unit: unit.to_owned() }).to_vec(),
        rows,
        note: format!(
            "{WRITERS} customers at once, {PETS} adoptions in each of {ROUNDS} rounds in turns, a new shop for each round, medians; the spread \
             is from the slowest round to the fastest."
        ),
    });
    Ok(())
}
