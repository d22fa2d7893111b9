//! The same answer on the hosts that there are here: in the shop's process, behind chapter 4's host, and with `cargo lambda watch`.

use std::env;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use book::measured::{Cell, Measured};

use super::host::Host;
use super::{Desk, Programs};
use crate::measure::chapter4::visitor::Visitor;
use crate::measure::chapter4::{table, words};
use crate::measure::database::with_environment;
use crate::measure::open;
use crate::measure::programs::number;
use crate::measure::rounds::Rounds;
use crate::promises::processes::{family, kill};

const ROUNDS: usize = 5;

/// Nobody waits longer for `cargo lambda watch`.
const PATIENCE: Duration = Duration::from_mins(1);

/// Answers to `GET /pets/{id}` for one customer, who waits for each. Fills the table `one_customer`.
pub(super) fn of_one_customer(programs: &Programs, file: &mut Measured) -> Result<()> {
    let desk = Desk::open(programs)?;
    let database = &desk.database.process.at;
    let shop = programs.shops.shop("ch03-platform");
    let shop = open::start(&shop, &[], database, desk.folder.path())?;
    let host = Host::start(programs, database, desk.folder.path())?;
    let watch = Watch::start(programs, database)?;
    let pet = format!("/pets/{}", desk.pet);
    let at_watch = format!("/lambda-url/lambda-counter{pet}");
    let ways = [
        (
            "in_process",
            "chapter 3: in the shop’s process",
            &shop.at,
            &pet,
        ),
        (
            "host",
            "chapter 4’s host, chapter 5’s function",
            &host.at,
            &pet,
        ),
        (
            "watch",
            "cargo lambda watch, the same function",
            &watch.at,
            &at_watch,
        ),
    ];
    let mut middles = vec![Rounds::default(); ways.len()];
    for round in 0..=ROUNDS {
        eprintln!("one customer, round {round} of {ROUNDS} (the first is not counted)");
        for ((_, _, at, path), middle) in ways.iter().zip(&mut middles) {
            if round == 0 {
                Visitor::of(at).looks_at(path)?;
            }
            let path = format!("path={path}");
            let seen = programs
                .shops
                .load_all(at, &[&path, "connections=1", "seconds=2"])?;
            if round > 0 {
                middle.add(number(&seen, "p50_us")? / 1e3);
            }
        }
    }
    let mut rows = Vec::new();
    for ((key, way, _, _), middle) in ways.iter().zip(&middles) {
        let what = format!("median time of an answer to GET /pets/{{id}} for one customer, {way}");
        file.put(&format!("one_{key}_ms"), middle.median(), "ms", &what);
        let more = middle.median() - middles[0].median();
        rows.push(vec![
            words(way),
            Cell::Number(middle.median()),
            Cell::Number(more),
        ]);
    }
    let columns = [
        ("Who answers", ""),
        ("Median", "ms"),
        ("More than in process", "ms"),
    ];
    let note = format!(
        "One customer over one connection, who waits for each answer; {ROUNDS} rounds of two seconds in turns, medians of the rounds. The pet is in a \
         DynamoDB on this machine, in memory. AWS is not among them: it was not measured."
    );
    let what = "GET /pets/{id}, one customer";
    file.tables.insert(
        "one_customer".to_owned(),
        table(what, &columns, rows, &note),
    );
    Ok(())
}

/// `cargo lambda watch` with all functions of the counter in one. All that it has started ends when this is dropped.
struct Watch {
    at: String,
    process: Child,
}

impl Watch {
    fn start(programs: &Programs, database: &str) -> Result<Self> {
        let tool = programs
            .root
            .join("target/tools/cargo-lambda/bin/cargo-lambda");
        ensure!(
            tool.exists(),
            "{} is not there: `cargo book fetch` brings it",
            tool.display()
        );
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let (port, at) = (
            free.local_addr()?.port().to_string(),
            free.local_addr()?.to_string(),
        );
        drop(free);
        let mut command = Command::new(tool);
        command
            .args([
                "lambda",
                "watch",
                "--release",
                "--package",
                "ch05-lambda",
                "--ignore-changes",
            ])
            .args(["--invoke-address", "127.0.0.1", "--invoke-port", &port])
            .current_dir(&programs.root)
            .env_remove("CARGO_TARGET_DIR");
        let process = with_environment(&mut command, database)
            .env("AWS_ENDPOINT_URL_EVENTBRIDGE", "")
            .env("_HANDLER", "shop")
            .env("STAFF_KEY_SHA256", super::host::NOBODY)
            .env("PATH", env::var_os("PATH").unwrap_or_default())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .context("cargo lambda cannot be started")?;
        let watch = Self { at, process };
        let deadline = Instant::now() + PATIENCE;
        while TcpStream::connect(&watch.at).is_err() {
            ensure!(
                Instant::now() < deadline,
                "cargo lambda watch does not listen"
            );
            thread::sleep(Duration::from_millis(20));
        }
        Ok(watch)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // It starts cargo, which starts the functions.
        if let Ok(all) = family(self.process.id()) {
            kill(&all);
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
