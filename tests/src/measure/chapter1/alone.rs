//! The shop alone: memory at rest, the write path, and what only shows from inside.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use book::measured::Measured;
use book::measured::count;

use super::{Programs, rate};
use crate::measure::programs::{Served, data_folder, json_of, number};

/// Pets that are taken in and adopted.
const PETS: u32 = 1_000;

/// What the shop takes when nobody wants anything of it.
pub fn at_rest(programs: &Programs, file: &mut Measured) -> Result<()> {
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
    if let Some(threads) = shop.threads() {
        file.put(
            "threads",
            threads - 1.0,
            "threads",
            "threads of the running shop that wait for customers: all but the first one",
        );
    }
    if let Some(memory) = shop.memory_kib() {
        file.put(
            "memory_kib",
            memory,
            "KiB",
            "resident memory of the shop after its first request, at rest",
        );
    }
    Ok(())
}

/// What a thread costs that holds a customer who says nothing more: the shop with so many of them.
const HELD: usize = 2_000;

/// The memory of a shop whose threads all have a customer.
pub fn crowded(programs: &Programs, file: &mut Measured) -> Result<()> {
    eprintln!("{HELD} threads");
    rlimit::increase_nofile_limit(3 * HELD as u64)?;
    let folder = data_folder(&programs.target)?;
    let shop = Served::start_with(&programs.shop, folder.path(), Some(HELD))?;
    let customers = (0..HELD)
        .map(|_| held_customer(&shop.at))
        .collect::<Result<Vec<_>>>()?;
    if let Some(memory) = shop.memory_kib() {
        file.put(
            "crowded_kib",
            memory,
            "KiB",
            "resident memory of the shop with 2,000 threads, each of which holds a customer in the middle of a request",
        );
    }
    drop(customers);
    Ok(())
}

/// Has been answered once, and is in the middle of the next request.
fn held_customer(at: &str) -> Result<TcpStream> {
    let mut stream = TcpStream::connect(at)?;
    stream.set_read_timeout(Some(Duration::from_mins(1)))?;
    stream.write_all(b"GET /health HTTP/1.1\r\nHost: shop\r\n\r\nGET /hea")?;
    let mut answer = [0; 1024];
    ensure!(stream.read(&mut answer)? > 0, "the shop hung up");
    Ok(stream)
}

/// How fast it can promise something: each change is on the disk before it is answered.
pub fn writing(programs: &Programs, file: &mut Measured) -> Result<()> {
    eprintln!("writing");
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

/// What no customer can see: the time of a decision, of an fsync, of a thread's start.
pub fn from_inside(programs: &Programs, file: &mut Measured) -> Result<()> {
    eprintln!("decisions, fsyncs, threads");
    let folder = data_folder(&programs.target)?;
    let seen = json_of(&programs.peer("inside"), &[path(folder.path())?])?;
    let pets = count(seen["pets"].as_u64().context("no number of pets")?);
    file.put("decide_us", number(&seen, "decide_us")?, "µs", &format!("deciding and recording one adoption in a shop with {pets} pets, without the disk, median"));
    file.put(
        "fsync_ms",
        number(&seen, "fsync_us")? / 1e3,
        "ms",
        "writing 4 KiB to the end of a file and syncing it, median of 200",
    );
    file.put(
        "fsync_p99_ms",
        number(&seen, "fsync_p99_us")? / 1e3,
        "ms",
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

fn path(path: &Path) -> Result<&str> {
    fs::metadata(path)?;
    path.to_str()
        .with_context(|| format!("{} is not UTF-8", path.display()))
}
