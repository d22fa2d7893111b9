//! Chapter 1's figures: memory at rest, throughput beside other servers, the write path, slow clients.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use book::measured::{Cell, Column, Measured, Table};
use book::workspace::Workspace;
use serde_json::Value;

use super::programs::{Served, build, built, data_folder, json_of, number};
use super::quiet;
use super::rounds::Rounds;
use crate::ledger::crates::Crates;

const COMMAND: &str = "cargo book measure 1";
const SOURCES: [&str; 3] = [
    "chapters-code/ch01-bare-server/src",
    "peers/http-servers/src",
    "peers/http-servers/Cargo.lock",
];
/// Rounds of the throughput; the servers take turns.
const ROUNDS: u32 = 7;
const CONNECTIONS: u32 = 16;
const PET: &str = r#"{"name":"Gustav","species":"tortoise","born":1923,"price":{"amount":12000,"currency":"EUR"}}"#;

/// Where the programs are.
struct Programs {
    shop: PathBuf,
    peers: PathBuf,
    target: PathBuf,
}

/// Takes the figures and writes them. At most three minutes after the build.
///
/// # Errors
///
/// When the machine is busy and `anyway` is not set, or when something does not build, run or answer.
pub fn measure(workspace: &Workspace, anyway: bool) -> Result<()> {
    let programs = Programs::build(workspace)?;
    let remark = quiet::check(anyway)?;
    let mut file = Measured::begin(workspace, COMMAND, &SOURCES)?;
    if let Some(remark) = remark {
        file.machine = format!("{}, {remark}", file.machine);
    }
    at_rest(&programs, &mut file)?;
    throughput(&programs, &mut file)?;
    writing(&programs, &mut file)?;
    from_inside(&programs, &mut file)?;
    slow_clients(&programs, &mut file)?;
    super::summary(&file);
    super::saved(workspace, &file.save(workspace, "ch01")?);
    Ok(())
}

impl Programs {
    fn build(workspace: &Workspace) -> Result<Self> {
        let target = Crates::of(workspace)?.target();
        let peers = workspace.root().join("peers/http-servers");
        eprintln!("building chapter 1 and the other servers, optimized");
        build(
            workspace.root(),
            &["--release", "--locked", "--package", "ch01-bare-server"],
        )?;
        build(&peers, &["--release", "--locked"])?;
        Ok(Self {
            // `build` builds into the folder of the workspace, whatever the environment says.
            shop: built(
                &workspace.root().join("target"),
                "release",
                "ch01-bare-server",
            ),
            peers: peers.join("target"),
            target,
        })
    }

    fn peer(&self, name: &str) -> PathBuf {
        built(&self.peers, "release", name)
    }

    fn load(&self, at: &str, arguments: &[&str]) -> Result<Value> {
        let at = format!("at={at}");
        let arguments: Vec<&str> = std::iter::once(at.as_str())
            .chain(arguments.iter().copied())
            .collect();
        let seen = json_of(&self.peer("load"), &arguments)?;
        Ok(seen)
    }

    /// As [`Self::load`], where everything has to be answered and allowed.
    fn load_all(&self, at: &str, arguments: &[&str]) -> Result<Value> {
        let seen = self.load(at, arguments)?;
        let wrong = number(&seen, "unanswered")? + number(&seen, "refused")?;
        ensure!(
            wrong == 0.0,
            "load {}: not everything was answered well: {seen}",
            arguments.join(" ")
        );
        Ok(seen)
    }

    /// Takes in pets 1 to `number`; says how many a second.
    fn take_in(&self, at: &str, number_of_pets: u32) -> Result<f64> {
        let (body, most) = (format!("body={PET}"), format!("most={number_of_pets}"));
        let seen = self.load_all(
            at,
            &[
                "method=POST",
                "path=/pets",
                &body,
                &most,
                "connections=8",
                "seconds=60",
            ],
        )?;
        ensure!(
            number(&seen, "asked")? >= f64::from(number_of_pets),
            "the shop took in too few pets in a minute: {seen}"
        );
        rate(&seen)
    }
}

fn rate(seen: &Value) -> Result<f64> {
    Ok(number(seen, "asked")? / number(seen, "seconds")?)
}

fn at_rest(programs: &Programs, file: &mut Measured) -> Result<()> {
    eprintln!("memory at rest");
    let folder = data_folder(&programs.target)?;
    let shop = Served::start(&programs.shop, folder.path())?;
    file.put(
        "start_ms",
        shop.ready_after.as_secs_f64() * 1e3,
        "ms",
        "from starting an empty shop to its being ready",
    );
    programs.load_all(&shop.at, &["path=/health", "most=1"])?;
    thread::sleep(Duration::from_secs(1));
    if let Some(memory) = shop.memory_kib() {
        file.put(
            "memory_at_rest",
            memory,
            "KiB",
            "resident memory of the shop after its first request, at rest",
        );
    }
    Ok(())
}

fn throughput(programs: &Programs, file: &mut Measured) -> Result<()> {
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
        ("Answers", "requests/s"),
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

fn writing(programs: &Programs, file: &mut Measured) -> Result<()> {
    eprintln!("writing");
    const PETS: u32 = 1_000;
    let folder = data_folder(&programs.target)?;
    let shop = Served::start(&programs.shop, folder.path())?;
    let taken_in = programs.take_in(&shop.at, PETS)?;
    file.put(
        "take_ins_per_s",
        taken_in,
        "take-ins/s",
        "pets taken in a second, each on disk before the answer, 8 connections",
    );
    let adopt = [
        "method=POST",
        "path=/pets/{n}/adoption",
        r#"body={"customer":"Ada"}"#,
    ];
    let most = format!("most={}", PETS - 1);
    let seen = programs.load_all(
        &shop.at,
        &[&adopt[..], &[&most, "connections=8", "seconds=20"]].concat(),
    )?;
    file.put(
        "adoptions_per_s",
        rate(&seen)?,
        "adoptions/s",
        "adoptions a second, each on disk before the answer, 8 connections",
    );
    file.put(
        "adoption_us",
        number(&seen, "p50_us")?,
        "µs",
        "median time of an adoption among 8 customers at once",
    );
    let from = format!("from={PETS}");
    let alone = programs.load_all(&shop.at, &[&adopt[..], &[&from, "most=1"]].concat())?;
    let looks = [
        programs.load_all(&shop.at, &["path=/pets", "most=1"])?,
        programs.load_all(&shop.at, &["path=/pets/1", "most=1"])?,
    ];
    let mut bytes = number(&alone, "bytes")?;
    for look in &looks {
        bytes += number(look, "bytes")?;
    }
    file.put(
        "sale_bytes",
        bytes,
        "B",
        "what the shop sends for a sale: a page of pets, the pet, the adoption",
    );
    Ok(())
}

fn from_inside(programs: &Programs, file: &mut Measured) -> Result<()> {
    eprintln!("decisions, fsyncs, threads");
    let folder = data_folder(&programs.target)?;
    let seen = json_of(&programs.peer("inside"), &[path(folder.path())?])?;
    let pets = number(&seen, "pets")?;
    file.put("decide_us", number(&seen, "decide_us")?, "µs", &format!("deciding and recording one adoption in a shop with {pets} pets, without the disk, median"));
    file.put(
        "fsync_us",
        number(&seen, "fsync_us")?,
        "µs",
        "writing 4 KiB to the end of a file and syncing it, median of 200",
    );
    file.put(
        "fsync_p99_us",
        number(&seen, "fsync_p99_us")?,
        "µs",
        "writing 4 KiB to the end of a file and syncing it, 99th percentile of 200",
    );
    let (pool, spawn) = (number(&seen, "pool_us")?, number(&seen, "spawn_us")?);
    file.put(
        "pool_us",
        pool,
        "µs",
        "a connection, a byte there and back, answered by a thread that waited for it, median",
    );
    file.put(
        "spawn_us",
        spawn,
        "µs",
        "a connection, a byte there and back, answered by a thread started for it, median",
    );
    file.put(
        "thread_start_us",
        (spawn - pool).max(0.0),
        "µs",
        "what starting a thread adds to a connection",
    );
    Ok(())
}

fn slow_clients(programs: &Programs, file: &mut Measured) -> Result<()> {
    let mut rows = Vec::new();
    let mut tails = Vec::new();
    for slow in [0, 50, 1_000] {
        eprintln!("{slow} slow clients");
        let folder = data_folder(&programs.target)?;
        let shop = Served::start(&programs.shop, folder.path())?;
        programs.take_in(&shop.at, 1)?;
        let clients = format!("slow={slow}");
        let seen = programs.load(
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
        "the 99th percentile beside 1,000 slow clients over the one without any",
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
        note: "Four customers, a new connection for each request. One who has no connection after five seconds, or no answer after five \
               more, counts with the time waited and goes away."
            .to_owned(),
    });
    Ok(())
}

fn path(path: &Path) -> Result<&str> {
    fs::metadata(path)?;
    path.to_str()
        .with_context(|| format!("{} is not UTF-8", path.display()))
}
