//! The commands of `book` that run other programs: what these get, and what becomes of their end.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use less_to_run_tests::programs;
use less_to_run_tests::small_book::SmallBook;
use rustix::process::{Pid, Signal, kill_process};

#[test]
fn a_chapter_is_tested_in_three_steps() -> Result<()> {
    let book = SmallBook::new()?;
    let output = run(&book, &["test", "1"])?;
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    for step in [
        "[1/3] the crate ch01-small",
        "[2/3] the promises of chapter 1",
        "[3/3] the pages of chapter 1",
    ] {
        assert!(text.lines().any(|line| line == step), "{text}");
    }
    assert!(
        text.contains("\nAll is well: 3 passed, 0 failed, 1 ignored, in "),
        "{text}"
    );
    Ok(())
}

#[test]
fn chapters_in_a_row_are_tested_and_no_other() -> Result<()> {
    let book = SmallBook::new()?;
    fs::remove_file(book.path("chapters-code/ch01-small/src/main.rs"))?;
    let [mut pages, mut promises] = [String::new(), String::new()];
    for chapter in ["ch01_small", "ch02_large", "ch03_third"] {
        let name = chapter.replace('_', "-");
        let (prefix, _) = chapter.split_once('_').context("a name")?;
        let manifest =
            format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n");
        let folder = format!("chapters-code/{name}");
        book.write(&format!("book/{name}.md"), "# A page\n")?;
        book.write(&format!("{folder}/Cargo.toml"), &manifest)?;
        book.write(&format!("{folder}/src/lib.rs"), "")?;
        let test = format!("#[test]\nfn {prefix}_holds() {{}}\n");
        book.write(&format!("{folder}/tests/{chapter}.rs"), &test)?;
        writeln!(pages, "#[test]\nfn {chapter}() {{}}")?;
        writeln!(promises, "#[allow(non_snake_case)]\nmod {prefix} {{")?;
        writeln!(promises, "#[test]\nfn P3() {{}}\n#[test]\nfn P5() {{}}\n}}")?;
    }
    book.write("book/glossary.md", "# Words\n")?;
    pages += "#[test]\nfn glossary() {}\n";
    book.write("tests/tests/pages.rs", &pages)?;
    book.write("tests/tests/promises.rs", &promises)?;

    let output = run(&book, &["test", "2-3"])?;
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    let mut passed: Vec<&str> = text
        .lines()
        .filter_map(|line| line.trim_start().strip_suffix(" ... ok"))
        .collect();
    passed.sort_unstable();
    let due = [
        "crates | test ch02_holds",
        "crates | test ch03_holds",
        "pages | test ch02_large",
        "pages | test ch03_third",
        "promises | test ch02::P3",
        "promises | test ch02::P5",
        "promises | test ch03::P3",
        "promises | test ch03::P5",
    ];
    assert_eq!(passed, due, "{text}");

    let output = run(&book, &["test", "1-2", "--page"])?;
    let text = stdout(&output);
    assert!(text.contains("\nAll is well: 2 passed, 0 failed"), "{text}");
    Ok(())
}

#[test]
fn a_broken_page_fails_and_is_told_at_the_end() -> Result<()> {
    let book = SmallBook::new()?;
    book.replace("book/ch01-small.md", "a sentence", "a phrase")?;
    let output = run(&book, &["test", "1", "--page"])?;
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(101), "{text}");
    assert!(text.contains("the page says something else"), "{text}");
    let last = text.lines().last().unwrap_or_default();
    assert!(
        last.starts_with("Something is broken: 0 passed, 1 failed, 1 ignored, in "),
        "{last}"
    );
    Ok(())
}

#[test]
fn a_step_in_which_no_test_ran_is_a_failure() -> Result<()> {
    let book = SmallBook::new()?;
    book.replace("tests/tests/pages.rs", "ch01", "ch02")?;
    let output = run(&book, &["test", "1", "--page"])?;
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(
        text.contains("error: the pages of chapter 1: no test ran"),
        "{text}"
    );
    Ok(())
}

#[test]
fn an_update_says_how_much_has_changed() -> Result<()> {
    let book = SmallBook::new()?;
    book.replace("book/ch01-small.md", "a sentence", "a phrase")?;
    let output = run(&book, &["update", "1"])?;
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(stdout(&output), "told: 1 --update\n1 page changed.\n");
    let output = run(&book, &["update"])?;
    assert_eq!(stdout(&output), "told: --update\nNothing changed.\n");
    Ok(())
}

#[test]
fn who_is_delegated_to_gets_all_arguments_and_gives_the_status() -> Result<()> {
    let book = SmallBook::new()?;
    let arguments = ["--at", "http://127.0.0.1:1", "P3", "--json", "--help"];
    for command in ["promises", "events"] {
        let output = run(&book, &[&[command], arguments.as_slice()].concat())?;
        assert_eq!(stdout(&output), format!("told: {}\n", arguments.join(" ")));
        assert_eq!(output.status.code(), Some(3), "{output:?}");
    }
    Ok(())
}

#[test]
fn tests_that_are_interrupted_leave_no_process() -> Result<()> {
    let book = SmallBook::new()?;
    // Whoever runs holds the lock: that ends with the process, also where nobody takes in orphans.
    let lock = File::create(book.path("lock"))?;
    let waiting = r#"use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

#[test]
fn ch01_waits() {
    let lock = std::fs::File::open("../lock").unwrap();
    lock.lock().unwrap();
    // Like a shop it hears of no signal, and it holds the lock too.
    let mut shop = Command::new("sleep");
    shop.arg("600").stdin(lock).stdout(Stdio::null()).stderr(Stdio::null());
    // Who is below whom is told in /proc.
    if std::path::Path::new("/proc/self/stat").exists() {
        shop.process_group(0).spawn().unwrap();
    }
    println!("waiting");
    loop {
        std::thread::park();
    }
}
"#;
    book.write("tests/tests/promises.rs", waiting)?;
    let mut child = Command::new(programs::book())
        .args(["test", "1"])
        .env("BOOK_ROOT", book.root())
        // Shown at once; the harness holds output back otherwise.
        .env("RUST_TEST_NOCAPTURE", "1")
        .stdout(Stdio::piped())
        .spawn()?;
    let mut lines = BufReader::new(child.stdout.take().context("a pipe")?).lines();
    lines
        .by_ref()
        .map_while(Result::ok)
        .find(|line| line.contains("waiting"))
        .context("the test begins to wait")?;
    lock.try_lock().expect_err("the test runs");

    kill_process(Pid::from_child(&child), Signal::INT)?;
    let rest: Vec<String> = lines.map_while(Result::ok).collect();
    let status = child.wait()?;
    assert_eq!(status.code(), Some(130), "{status}");
    assert!(
        !rest.iter().any(|line| line.starts_with("[3/3]")),
        "{rest:?}"
    );
    let deadline = Instant::now() + Duration::from_mins(1);
    while lock.try_lock().is_err() {
        assert!(Instant::now() < deadline, "the test is still running");
        thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

fn run(book: &SmallBook, arguments: &[&str]) -> Result<Output> {
    let output = Command::new(programs::book())
        .args(arguments)
        .env("BOOK_ROOT", book.root())
        .env_remove("CARGO_TARGET_DIR")
        .output()?;
    Ok(output)
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}
