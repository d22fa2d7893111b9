//! What cannot be measured from outside: `inside FOLDER` prints JSON. FOLDER is on the disk to be measured.

use std::fs::File;
use std::hint::black_box;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use ch01_bare_server::pets::{Customer, Description, Money, PetId, Refusal};
use ch01_bare_server::shop::{Command, Entry, Shop};
use http_servers::statistics::{micros, quantile};
use serde_json::json;

/// Pets in the shop whose decisions are timed.
const PETS: u32 = 1_000;

fn main() -> Result<()> {
    let folder = std::env::args_os().nth(1).context("usage: inside FOLDER")?;
    let mut decide = decide().map_err(|refusal| anyhow!("{refusal}"))?;
    let mut fsync = fsync(Path::new(&folder))?;
    let (mut pool, mut spawn) = threads()?;
    println!(
        "{}",
        json!({
            "pets": PETS,
            "decide_us": micros(quantile(&mut decide, 0.5)),
            "fsync_us": micros(quantile(&mut fsync, 0.5)),
            "fsync_p99_us": micros(quantile(&mut fsync, 0.99)),
            "pool_us": micros(quantile(&mut pool, 0.5)),
            "spawn_us": micros(quantile(&mut spawn, 0.5)),
        })
    );
    Ok(())
}

/// The time of one adoption under the lock without the disk: to decide and to record. Each is the mean over all pets, because one
/// alone is too short for the clock.
fn decide() -> Result<Vec<Duration>, Refusal> {
    let ids: Vec<PetId> = (1..=PETS).map(|number| PetId(number.to_string())).collect();
    let mut times = Vec::new();
    for _ in 0..200 {
        let mut shop = Shop::default();
        for number in 0..PETS {
            execute(&mut shop, Command::TakeIn(pet(number)))?;
        }
        let customer = Customer("Ada".to_owned());
        let commands: Vec<Command> = ids
            .iter()
            .map(|id| Command::Adopt {
                pets: vec![id.clone()],
                customer: customer.clone(),
            })
            .collect();
        let start = Instant::now();
        for command in commands {
            execute(black_box(&mut shop), command)?;
        }
        times.push(start.elapsed() / PETS);
    }
    Ok(times)
}

fn execute(shop: &mut Shop, command: Command) -> Result<(), Refusal> {
    let fact = shop.decide(command)?;
    shop.record(Entry { at: 0, fact })
}

fn pet(number: u32) -> Description {
    Description {
        name: format!("Pet {number}"),
        species: "tortoise".to_owned(),
        born: 2020,
        price: Money {
            amount: 12_000,
            currency: "EUR".to_owned(),
        },
    }
}

/// The time of 200 appends of 4 KiB, each synced.
fn fsync(folder: &Path) -> Result<Vec<Duration>> {
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    let block = [b'a'; 4096];
    let mut times = Vec::new();
    for _ in 0..200 {
        let start = Instant::now();
        file.write_all(&block)?;
        File::sync_data(file.as_file())?;
        times.push(start.elapsed());
    }
    Ok(times)
}

/// The time of a connection, a byte there and a byte back: answered by a thread that waits for it, and by one that is started for
/// it. In turns.
fn threads() -> Result<(Vec<Duration>, Vec<Duration>)> {
    let pool = listen(|listener| {
        let listener = Arc::new(listener);
        for _ in 0..8 {
            let listener = Arc::clone(&listener);
            thread::spawn(move || {
                while let Ok((stream, _)) = listener.accept() {
                    echo(stream);
                }
            });
        }
    })?;
    let spawn = listen(|listener| {
        thread::spawn(move || {
            while let Ok((stream, _)) = listener.accept() {
                thread::spawn(move || echo(stream));
            }
        });
    })?;
    let (mut pooled, mut spawned) = (Vec::new(), Vec::new());
    for _ in 0..3_000 {
        pooled.push(visit(&pool)?);
        spawned.push(visit(&spawn)?);
    }
    Ok((pooled, spawned))
}

fn listen(serve: impl FnOnce(TcpListener)) -> Result<std::net::SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let at = listener.local_addr()?;
    serve(listener);
    Ok(at)
}

fn echo(mut stream: TcpStream) {
    let mut byte = [0];
    if stream.read_exact(&mut byte).is_ok() {
        let _ = stream.write_all(&byte);
    }
}

fn visit(at: &std::net::SocketAddr) -> Result<Duration> {
    let start = Instant::now();
    let mut stream = TcpStream::connect(at)?;
    stream.write_all(b"a")?;
    stream.read_exact(&mut [0])?;
    Ok(start.elapsed())
}
