//! `book run` where a chapter needs a database beside its program.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, anyhow};
use less_to_run_tests::programs;
use less_to_run_tests::promises::Shop;
use less_to_run_tests::promises::running::address;
use less_to_run_tests::small_book::SmallBook;
use rustix::process::{Pid, Signal, kill_process, kill_process_group, test_kill_process_group};
use tempfile::TempDir;

const CHAPTER_TOML: &str = r#"[package]
name = "ch02-beside"
version = "0.1.0"
edition = "2024"

[package.metadata.book]
about = "a shop that says what it was told."
try = ["curl http://127.0.0.1:8080/pets"]
database = "dynamodb"
release = ["release", "now"]
environment = { SHOP_SIGN = "{root}/sign", SHOP_MOOD = "good" }
"#;

/// A release leaves a file with its words. The shop says what it was told, and waits to be stopped.
const CHAPTER: &str = r#"fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let is_told = |name: &str| ["AWS_", "SHOP_", "TABLE"].iter().any(|begin| name.starts_with(begin));
    let told = std::env::vars().filter(|(name, _)| is_told(name));
    let told: Vec<String> = told.map(|(name, value)| format!("{name}={value}")).collect();
    if !words.is_empty() {
        let of_old = std::fs::read_to_string("released").unwrap_or_default();
        std::fs::write("released", of_old + &words.join(" ") + "\n").unwrap();
        for begin in ["TABLE=", "SHOP_SIGN="] {
            assert!(told.iter().any(|told| told.starts_with(begin)));
        }
        std::process::exit(std::env::var("RELEASE_FAILS").map_or(0, |status| status.parse().unwrap()));
    }
    told.iter().for_each(|told| println!("{told}"));
    println!("listening on http://127.0.0.1:{}", std::env::var("PORT").unwrap());
    loop {
        std::thread::park();
    }
}
"#;

const LOCAL_TOML: &str = r#"[package]
name = "local"
version = "0.1.0"
edition = "2024"
"#;

/// Stands for a database that takes minutes to build.
const LOCAL: &str = r#"fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if std::env::var("DATABASE_FAILS").is_ok() {
        eprintln!("local: file dynamodb.db: it is no database");
        std::process::exit(1);
    }
    assert_eq!(words, ["dynamodb", "--port", "0", "--file", "dynamodb.db"]);
    println!("DynamoDB listening on http://127.0.0.1:1");
    loop {
        std::thread::park();
    }
}
"#;

fn book() -> Result<SmallBook> {
    let book = SmallBook::new()?;
    book.replace("Cargo.toml", "\"tests\"]", "\"tests\", \"tools/local\"]")?;
    book.write("chapters-code/ch02-beside/Cargo.toml", CHAPTER_TOML)?;
    book.write("chapters-code/ch02-beside/src/main.rs", CHAPTER)?;
    book.write("tools/local/Cargo.toml", LOCAL_TOML)?;
    book.write("tools/local/src/main.rs", LOCAL)?;
    Ok(book)
}

#[test]
fn the_database_is_there_before_the_shop_and_the_shop_knows_of_no_other() -> Result<()> {
    let (book, here) = (book()?, TempDir::new()?);
    let mut run = Run::start(
        &book,
        &here,
        &[
            ("AWS_PROFILE", "at-work"),
            ("AWS_REGION", "us-east-1"),
            ("TABLE", "theirs"),
        ],
    )?;
    let said = run.until("listening on ", "")?;
    let introduced = "Chapter 2: a shop that says what it was told. Ctrl-C ends it.\n\
                      Its database is a DynamoDB on this machine, http://127.0.0.1:1, in the file dynamodb.db of this folder.\n\
                      Try, in another terminal:\n";
    // Before it stands a line more where somebody has the port, such as the test beside this one.
    assert!(said.contains(introduced), "{said}");
    let told = said.lines().filter(|line| line.starts_with("AWS_"));
    let told: BTreeMap<&str, &str> = told.filter_map(|line| line.split_once('=')).collect();
    let due = local::environment("http://127.0.0.1:1");
    let due: BTreeMap<&str, &str> = due
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    assert_eq!(told, due);
    assert!(said.contains("\nTABLE=pets\n"), "{said}");
    assert_eq!(
        fs::read_to_string(here.path().join("released"))?,
        "release now\n"
    );
    // As another program does it; a terminal's Ctrl-C reaches all of them.
    run.end(Signal::INT, 128 + 15)?;
    let mut run = Run::start(&book, &here, &[])?;
    run.until("listening on ", "")?;
    run.end(Signal::TERM, 128 + 15)
}

#[test]
fn a_chapter_s_program_is_told_what_its_manifest_says_unless_we_know_better() -> Result<()> {
    let (book, here) = (book()?, TempDir::new()?);
    let mut run = Run::start(&book, &here, &[("SHOP_MOOD", "bad")])?;
    let said = run.until("listening on ", "")?;
    let sign = format!(
        "\nSHOP_SIGN={}/sign\n",
        book.root().canonicalize()?.display()
    );
    assert!(said.contains(&sign), "{said}");
    assert!(said.contains("\nSHOP_MOOD=bad\n"), "{said}");
    run.end(Signal::TERM, 128 + 15)
}

#[test]
fn what_fails_before_the_shop_is_told_and_leaves_nothing_behind() -> Result<()> {
    let (book, here) = (book()?, TempDir::new()?);
    let mut run = Run::start(&book, &here, &[("RELEASE_FAILS", "3")])?;
    run.has_ended(3)?;
    let mut run = Run::start(&book, &here, &[("DATABASE_FAILS", "1")])?;
    run.has_ended(1)?;
    let told = "local: file dynamodb.db: it is no database\nerror: the database did not start (exit status: 1)\n";
    assert_eq!(run.errors()?, told);
    Ok(())
}

#[test]
fn an_unknown_database_is_named() -> Result<()> {
    let (book, here) = (book()?, TempDir::new()?);
    book.replace(
        "chapters-code/ch02-beside/Cargo.toml",
        "\"dynamodb\"",
        "\"paper\"",
    )?;
    let mut run = Run::start(&book, &here, &[])?;
    run.has_ended(1)?;
    let errors = run.errors()?;
    assert!(
        errors.contains("ch02-beside/Cargo.toml") && errors.contains("`paper`"),
        "{errors}"
    );
    Ok(())
}

/// With the real chapter and the real database.
#[test]
fn what_the_third_chapter_keeps_is_there_the_next_time() -> Result<()> {
    let here = TempDir::new()?;
    let mut id = String::new();
    for life in 1..=2 {
        let mut run = Run::of(
            3,
            &programs::root(),
            &here,
            &[("PORT", "0"), ("AWS_REGION", "moon-1")],
        )?;
        let said = run.until(r#"{"timestamp""#, "listening on ")?;
        let beside = "in the file dynamodb.db of this folder.\nTry, in another terminal:\n";
        assert!(said.contains(beside), "{said}");
        let line = said.lines().last().unwrap_or_default();
        let url = address(line).with_context(|| line.to_owned())?;
        assert!(said.contains(&format!("curl -sS {url}/pets")), "{said}");
        let shop = Shop::at(&url)?;
        if life == 1 {
            id = shop
                .take_in_a("tortoise")
                .map_err(|stop| anyhow!("{stop:?}"))?;
        }
        let pet = shop
            .get(&format!("/pets/{id}"))
            .map_err(|stop| anyhow!("{stop:?}"))?;
        assert_eq!(pet.status, 200, "{life}: {}", pet.json());
        run.end(Signal::INT, 0)?;
    }
    Ok(())
}

/// With the real host, which starts functions that lie beside it.
#[test]
fn the_fourth_chapter_has_its_functions_beside_it() -> Result<()> {
    let here = TempDir::new()?;
    let mut run = Run::of(4, &programs::root(), &here, &[("PORT", "0")])?;
    let said = run.until(r#"{"timestamp""#, "listening on ")?;
    let line = said.lines().last().unwrap_or_default();
    let shop = Shop::at(&address(line).with_context(|| line.to_owned())?)?;
    let id = shop
        .take_in_a("tortoise")
        .map_err(|stop| anyhow!("{stop:?}"))?;
    let pet = shop
        .get(&format!("/pets/{id}"))
        .map_err(|stop| anyhow!("{stop:?}"))?;
    assert_eq!(pet.status, 200, "{}", pet.json());
    run.end(Signal::INT, 0)
}

/// With the functions of the chapter, and the host of another.
#[test]
fn the_fifth_chapter_has_a_host_and_a_staff() -> Result<()> {
    let here = TempDir::new()?;
    let mut run = Run::of(5, &programs::root(), &here, &[("PORT", "0")])?;
    let said = run.until(r#"{"timestamp""#, "listening on ")?;
    assert!(said.contains("--oauth2-bearer tulips"), "{said}");
    let line = said.lines().last().unwrap_or_default();
    let shop = Shop::at(&address(line).with_context(|| line.to_owned())?)?;
    let stranger = shop
        .take_in_a("tortoise")
        .map_err(|stop| format!("{stop:?}"));
    let refused = stranger.unwrap_err();
    assert!(refused.contains("401"), "{refused}");
    let shop = shop.with_staff_key(Some("tulips"));
    let id = shop
        .take_in_a("tortoise")
        .map_err(|stop| anyhow!("{stop:?}"))?;
    let pet = shop
        .get(&format!("/pets/{id}"))
        .map_err(|stop| anyhow!("{stop:?}"))?;
    assert_eq!(pet.status, 200, "{}", pet.json());
    run.end(Signal::INT, 0)
}

/// With a program of its own that becomes the host, functions of two chapters, and a line that looks at the items.
#[test]
fn the_sixth_chapter_makes_an_index_and_says_how_to_look_at_it() -> Result<()> {
    let here = TempDir::new()?;
    let mut run = Run::of(6, &programs::root(), &here, &[("PORT", "0")])?;
    let said = run.until(r#"{"timestamp""#, "listening on ")?;
    assert!(said.contains("is there, with its index\n"), "{said}");
    let line = said.lines().last().unwrap_or_default();
    let shop = Shop::at(&address(line).with_context(|| line.to_owned())?)?;
    let shop = shop.with_staff_key(Some("tulips"));
    shop.take_in_a("tortoise")
        .map_err(|stop| anyhow!("{stop:?}"))?;
    let listed = shop
        .get("/pets?status=available&species=tortoise")
        .map_err(|stop| anyhow!("{stop:?}"))?;
    assert_eq!(listed.json()["pets"].as_array().map(Vec::len), Some(1));
    let look = said.lines().find(|line| line.contains("--example items"));
    let mut words = look.context("how to look")?.split_whitespace();
    let set: Vec<_> = (words.by_ref().take(5))
        .filter_map(|word| word.split_once('='))
        .collect();
    assert_eq!(set.len(), 5, "{look:?}");
    let command: Vec<_> = words.collect();
    let items = "cargo run -q -p ch06-state --example items";
    assert_eq!(command.join(" "), items);
    let looked = Command::new(programs::build_example("ch06-state", "items")?)
        .envs(set)
        .output()?;
    let looked = String::from_utf8_lossy(&looked.stdout).into_owned();
    assert!(looked.contains("species=\"tortoise\""), "{looked}");
    run.end(Signal::INT, 0)
}

/// A running `book run`, in a process group of its own.
struct Run {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Run {
    fn start(book: &SmallBook, here: &TempDir, told: &[(&str, &str)]) -> Result<Self> {
        Self::of(2, book.root(), here, told)
    }

    fn of(chapter: u8, root: &Path, here: &TempDir, told: &[(&str, &str)]) -> Result<Self> {
        let mut child = Command::new(programs::book())
            .args(["run", &chapter.to_string()])
            .env("BOOK_ROOT", root)
            .env_remove("PORT")
            .envs(told.iter().copied())
            .current_dir(here.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()?;
        let output = BufReader::new(child.stdout.take().context("a pipe")?);
        Ok(Self { child, output })
    }

    /// All that it says up to a line that begins so and holds these words.
    fn until(&mut self, beginning: &str, words: &str) -> Result<String> {
        let mut said = String::new();
        loop {
            let mut line = String::new();
            if self.output.read_line(&mut line)? == 0 {
                anyhow::bail!("it ended: {said}{}", self.errors()?);
            }
            said.push_str(&line);
            if line.starts_with(beginning) && line.contains(words) {
                return Ok(said);
            }
        }
    }

    fn errors(&mut self) -> Result<String> {
        let errors = self.child.stderr.take().context("read once")?;
        Ok(std::io::read_to_string(errors)?)
    }

    fn end(mut self, signal: Signal, status: i32) -> Result<()> {
        kill_process(Pid::from_child(&self.child), signal)?;
        self.has_ended(status)
    }

    fn has_ended(&mut self, status: i32) -> Result<()> {
        let ended = self.child.wait()?;
        let code = ended.code().or_else(|| ended.signal().map(|n| 128 + n));
        assert_eq!(code, Some(status), "{ended}");
        let group = Pid::from_child(&self.child);
        assert!(test_kill_process_group(group).is_err(), "a process is left");
        Ok(())
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        // Only a test that has failed leaves something to end.
        let _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
        let _ = self.child.wait();
    }
}
