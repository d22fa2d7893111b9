//! The program that takes the figures, used wrongly.

use std::process::{Command, Output};

fn measure(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_measure"))
        .args(arguments)
        .output()
        .expect("it can be started")
}

#[test]
fn wrong_use_is_told_in_one_line_with_status_2() {
    for (arguments, told) in [
        (
            &["7"][..],
            "measure: unrecognized subcommand '7'; there are 1, 2, 3, fuzz, ledger and tools, see --help\n",
        ),
        (
            &[],
            "measure: nothing to measure is named; there are 1, 2, 3, fuzz, ledger and tools, see --help\n",
        ),
        (
            &["1", "--fast"],
            "measure: unexpected argument '--fast' found; there are 1, 2, 3, fuzz, ledger and tools, see --help\n",
        ),
    ] {
        let output = measure(arguments);
        assert_eq!(String::from_utf8_lossy(&output.stderr), told);
        assert_eq!(output.status.code(), Some(2));
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn help_says_what_can_be_measured() {
    let output = measure(&["--help"]);
    let help = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success());
    for what in ["  1 ", "  2 ", "  3 ", "  fuzz ", "  ledger ", "  tools "] {
        assert!(help.contains(what), "{help}");
    }
}

#[test]
fn outside_of_the_book_it_says_so() {
    let elsewhere = tempfile::tempdir().expect("a folder");
    let output = Command::new(env!("CARGO_BIN_EXE_measure"))
        .arg("ledger")
        .env("BOOK_ROOT", elsewhere.path())
        .output()
        .expect("it can be started");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("has no book.toml"), "{told}");
    assert_eq!(output.status.code(), Some(1));
}
