//! The shops of chapters 6 and 8 before a database that does what AWS's does and an embedded one does not: the faults are injected.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, anyhow, ensure};
use book::workspace::Workspace;
use less_to_run_tests::dynamodb::TABLE;
use less_to_run_tests::infra::accepted;
use less_to_run_tests::programs;
use less_to_run_tests::promises::declared;
use less_to_run_tests::promises::running::Running;
use less_to_run_tests::promises::shop::pet;
use less_to_run_tests::promises::{Check, Promise, Rung, Seen, Shop, ask_shop};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};

/// A database with faults. It is killed when this is dropped.
struct Database {
    process: Child,
    url: String,
    says: BufReader<ChildStdout>,
}

impl Database {
    fn with(faults: &[&str]) -> Result<Self> {
        let mut process = Command::new(programs::build("local", "local")?)
            .args(["dynamodb", "--port", "0"])
            .args(faults)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let says = process.stdout.take().context("it says something")?;
        let mut database = Self {
            process,
            url: String::new(),
            says: BufReader::new(says),
        };
        let mut line = String::new();
        database.says.read_line(&mut line)?;
        let (_, url) = line.split_once("listening on ").context(line.clone())?;
        url.trim().clone_into(&mut database.url);
        Ok(database)
    }

    /// Stops it. Gives what it has injected of this kind.
    fn injected(mut self, kind: &str) -> Result<u32> {
        kill_process(Pid::from_child(&self.process), Signal::TERM)?;
        let mut said = String::new();
        self.says.read_to_string(&mut said)?;
        let counts = said.lines().find_map(|line| line.strip_prefix("injected "));
        let mut counts = counts.with_context(|| said.clone())?.split(", ");
        let count =
            counts.find_map(|count| count.split_once(' ').filter(|(_, of)| of.starts_with(kind)));
        let (count, _) = count.with_context(|| format!("no {kind} in {said}"))?;
        Ok(count.parse()?)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn rung(number: u8) -> Result<Rung> {
    let workspace = Workspace::at(&programs::root())?;
    declared::rung(&workspace, number)?.build(&workspace)
}

/// The rung's program, with these words and before this database, in a folder of its own: a host keeps its queues where it is started.
fn told(rung: &Rung, database: &Database, folder: &TempDir, words: &[&str]) -> Command {
    let mut command = Command::new(&rung.program);
    command
        .args(words)
        .current_dir(folder)
        .envs(&rung.env)
        .envs(local::environment(&database.url))
        .env("TABLE", TABLE)
        .env("PORT", "0");
    command
}

/// The shop, and the database before which it stands.
struct Open {
    shop: Running,
    database: Database,
    /// Where the shop is. It goes after the shop.
    _folder: TempDir,
}

impl Open {
    /// The shop of a rung before a database with these faults, and tables that are there.
    fn with(number: u8, faults: &[&str]) -> Result<Self> {
        let database = Database::with(faults)?;
        let rung = rung(number)?;
        let folder = tempdir()?;
        accepted(&mut told(&rung, &database, &folder, &["release"]))?;
        Self::before(database, folder, &rung)
    }

    fn before(database: Database, folder: TempDir, rung: &Rung) -> Result<Self> {
        let shop = Running::start(&mut told(rung, &database, &folder, &[]))?;
        let shop = shop.with_staff_key(rung.staff_key.as_deref());
        Ok(Self {
            shop,
            database,
            _folder: folder,
        })
    }

    fn shop(&self) -> Result<Shop> {
        self.shop.shop()
    }

    /// Asks promises of the shop.
    fn keeps(&self, promises: &[&str]) -> Result<()> {
        for promise in promises {
            let promise: Promise = promise.parse().map_err(anyhow::Error::msg)?;
            let finding = ask_shop(promise, &self.shop()?)?;
            ensure!(finding.seen == Seen::Kept, "{finding}");
        }
        Ok(())
    }

    /// Closes the shop, and gives what was injected of this kind.
    fn injected(self, kind: &str) -> Result<u32> {
        drop(self.shop);
        self.database.injected(kind)
    }
}

fn heard<T>(answer: Check<T>) -> Result<T> {
    answer.map_err(|stop| anyhow!("{stop:?}"))
}

fn of_ada() -> Value {
    json!({ "customer": "Ada" })
}

/// The shop of a rung keeps these promises, whatever the database injects, which is more than so many faults of a kind.
fn keeps(number: u8, promises: &[&str], faults: &[&str], kind: &str, more: u32) -> Result<()> {
    let open = Open::with(number, faults)?;
    open.keeps(promises)?;
    let injected = open.injected(kind)?;
    ensure!(injected > more, "{injected} times {kind}");
    Ok(())
}

#[test]
fn an_index_that_is_late_breaks_no_promise() -> Result<()> {
    let faults = ["--index-delay", "700"];
    keeps(6, &["P1", "P3", "P14"], &faults, "late read", 0)
}

#[test]
fn an_index_of_streams_that_is_late_breaks_no_promise() -> Result<()> {
    let faults = ["--index-delay", "700"];
    keeps(8, &["P1", "P3", "P14"], &faults, "late read", 0)
}

#[test]
fn a_database_that_refuses_every_fifth_call_breaks_no_promise() -> Result<()> {
    let faults = ["--throttle", "20"];
    keeps(6, &["P1", "P14"], &faults, "throttling", 20)
}

/// P1 is not asked: a page of the list reads up to 225 pets, and as soon as one of them is refused for too long it is a 503.
#[test]
fn streams_of_which_every_fifth_call_is_refused_are_written_once() -> Result<()> {
    let faults = ["--throttle", "20"];
    keeps(8, &["P3", "P11"], &faults, "throttling", 20)
}

#[test]
fn transactions_that_meet_break_no_promise() -> Result<()> {
    let faults = ["--conflict", "20"];
    keeps(6, &["P1", "P14"], &faults, "conflict", 0)
}

/// The only ones are those over several streams.
#[test]
fn transactions_over_streams_that_meet_break_no_promise() -> Result<()> {
    let faults = ["--conflict", "20"];
    keeps(8, &["P1", "P14"], &faults, "conflict", 0)
}

#[test]
fn streams_of_which_every_fifth_answer_is_lost_break_no_promise() -> Result<()> {
    let faults = ["--lose", "20"];
    keeps(8, &["P1", "P3", "P11", "P14"], &faults, "lost", 20)
}

#[test]
fn while_another_request_has_its_key_one_is_told_to_come_again() -> Result<()> {
    let open = Open::with(6, &["--conflict", "100"])?;
    let shop = open.shop()?;
    let pet = heard(shop.take_in_a("dog"))?;
    let answer = heard(shop.post_with_key(&format!("/pets/{pet}/adoption"), &of_ada(), "ada"))?;
    ensure!(answer.status == 409, "{answer:?}");
    ensure!(answer.json()["type"] == "/problems/idempotency-key-in-flight");
    ensure!(answer.field("retry-after") == Some("1"), "{answer:?}");
    let pet = heard(shop.get(&format!("/pets/{pet}")))?;
    ensure!(pet.json()["status"] == "available", "{pet:?}");
    Ok(())
}

#[test]
fn who_is_refused_for_too_long_is_told_when_to_come_again() -> Result<()> {
    is_told_when_to_come_again(6)?;
    is_told_when_to_come_again(8)
}

fn is_told_when_to_come_again(number: u8) -> Result<()> {
    let (database, rung) = (Database::with(&["--throttle", "100"])?, rung(number)?);
    // It has made the table when it is refused.
    let folder = tempdir()?;
    told(&rung, &database, &folder, &["release"]).output()?;
    let open = Open::before(database, folder, &rung)?;
    let shop = open.shop()?;
    let answer = heard(shop.get("/pets/01a21f34-c6f0-738d-b613-4fe125daf5c2"))?;
    ensure!(answer.status == 503, "{answer:?}");
    ensure!(answer.field("retry-after") == Some("1"), "{answer:?}");
    Ok(())
}

#[test]
fn whoever_has_a_key_gets_the_answer_that_the_database_kept_to_itself() -> Result<()> {
    let open = Open::with(6, &["--lose", "100"])?;
    let shop = open.shop()?;
    // Nobody is told of the pet either.
    let lost = heard(shop.post("/pets", &pet("Kiwi", "lovebird")))?;
    ensure!(lost.status == 503, "{lost:?}");
    let there = heard(shop.list("species=lovebird", 20))?;
    let kiwi = there.first().and_then(|pet| pet["id"].as_str());
    let adoption = format!("/pets/{}/adoption", kiwi.context("he is there")?);
    let lost = heard(shop.post_with_key(&adoption, &of_ada(), "ada"))?;
    ensure!(lost.status == 503, "{lost:?}");
    let kept = heard(shop.post_with_key(&adoption, &of_ada(), "ada"))?;
    ensure!(kept.status == 200, "{kept:?}");
    ensure!(kept.json()["customer"] == "Ada", "{kept:?}");
    Ok(())
}
