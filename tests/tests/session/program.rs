//! The program `pages`.

use std::fs;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::write;

/// A book of two pages.
fn book() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(
        &folder,
        "book.toml",
        "[output.html]\ngit-repository-url = \"https://example.com\"\n",
    );
    write(
        &folder,
        "book/SUMMARY.md",
        "[Preface](preface.md)\n\n- [One](ch01-one.md)\n",
    );
    write(
        &folder,
        "book/preface.md",
        "# Preface\n\n```console\n$ echo a\na\n```\n",
    );
    write(
        &folder,
        "book/ch01-one.md",
        "# One\n\n```console\n$ echo a\nb\n$ echo c\nc\n```\n",
    );
    fs::create_dir(folder.path().join("chapters-code")).unwrap();
    folder
}

fn pages(folder: &TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pages"));
    command.env("BOOK_ROOT", folder.path());
    command
}

fn run(folder: &TempDir, arguments: &[&str]) -> (Option<i32>, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = pages(folder).args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code(), text(stdout), text(stderr))
}

#[test]
fn a_book_that_is_not_true_has_status_1_and_says_where() {
    let book = book();
    let (status, printed, wrong) = run(&book, &[]);
    assert_eq!(status, Some(1));
    assert!(
        printed.contains("book/preface.md: 1 block executed, 1 command, 0 badges, "),
        "{printed}"
    );
    assert!(
        wrong.contains("book/ch01-one.md:4: `echo a` printed something else"),
        "{wrong}"
    );
    assert_eq!(run(&book, &["preface"]).0, Some(0));
    assert_eq!(run(&book, &["book/preface.md"]).0, Some(0));
    assert_eq!(run(&book, &["1"]).0, Some(1));
}

#[test]
fn update_writes_the_page() {
    let book = book();
    let (status, printed, _) = run(&book, &["--update"]);
    assert_eq!(status, Some(0));
    assert!(
        printed.contains("book/ch01-one.md is rewritten"),
        "{printed}"
    );
    let text = fs::read_to_string(book.path().join("book/ch01-one.md")).unwrap();
    assert_eq!(text, "# One\n\n```console\n$ echo a\na\n$ echo c\nc\n```\n");
    assert_eq!(run(&book, &[]).0, Some(0));
}

#[test]
fn update_says_which_page_it_leaves_alone() {
    let book = book();
    let text = "# One\n\n```console\n$ echo a\nb\n$ false\n```\n";
    write(&book, "book/ch01-one.md", text);
    let (status, _, wrong) = run(&book, &["--update"]);
    assert_eq!(status, Some(1));
    assert!(
        wrong.contains("book/ch01-one.md:6: `false` ended with status 1; the page says 0"),
        "{wrong}"
    );
    assert!(
        wrong.contains("book/ch01-one.md is left as it was"),
        "{wrong}"
    );
    assert_eq!(
        fs::read_to_string(book.path().join("book/ch01-one.md")).unwrap(),
        text
    );
}

#[test]
fn wrong_use_has_one_line_and_status_2() {
    let book = book();
    let (status, _, wrong) = run(&book, &["7"]);
    assert_eq!(
        (status, wrong.as_str()),
        (
            Some(2),
            "there is no page or chapter 7; there are: preface, ch01-one\n"
        )
    );
    assert_eq!(run(&book, &["--upd"]).0, Some(2));
    fs::remove_file(book.path().join("book.toml")).unwrap();
    assert_eq!(run(&book, &[]).0, Some(2));
}

/// Whoever has an account at AWS does not pay for what a page does.
#[test]
fn what_is_set_here_is_not_set_on_a_page() {
    let book = book();
    let text = "# One\n\n```console\n$ env | grep -E '^(AWS_|TABLE=|GRACE=|RUST_LOG=)'\n? 1\n```\n";
    write(&book, "book/ch01-one.md", text);
    let ours = [
        "AWS_PROFILE",
        "AWS_REGION",
        "AWS_ENDPOINT_URL",
        "TABLE",
        "GRACE",
        "RUST_LOG",
    ];
    let mut pages = pages(&book);
    let status = pages
        .arg("1")
        .envs(ours.map(|name| (name, "ours")))
        .status();
    assert_eq!(status.unwrap().code(), Some(0));
}

/// Whether a process with this word in its command line lives.
fn lives(word: &str) -> bool {
    let entries = fs::read_dir("/proc").unwrap();
    entries.flatten().any(|entry| {
        let read = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&read)
            .split('\0')
            .any(|other| other == word)
    })
}

fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let by = Instant::now() + Duration::from_mins(1);
    while !is_so() {
        assert!(Instant::now() < by, "in 60 s not: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// However the runner ends, even by SIGKILL, what it has started ends too.
#[test]
#[cfg(target_os = "linux")]
fn nothing_outlives_the_runner() {
    let book = book();
    write(
        &book,
        "book/ch01-one.md",
        "# One\n\n```console,terminal=shop\n$ sleep 86401.5\n```\n\n```console\n$ sleep 86402.5\n```\n",
    );
    let mut runner = pages(&book).arg("1").stdout(Stdio::null()).spawn().unwrap();
    wait_until("both run", || lives("86401.5") && lives("86402.5"));
    runner.kill().unwrap();
    runner.wait().unwrap();
    wait_until("both are gone", || !lives("86401.5") && !lives("86402.5"));
}
