//! The program that takes the figures, used wrongly.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use book::workspace::Workspace;
use less_to_run_tests::measure::chapter3::calls::{Counted, KEYED_SALE, SALE, Want};
use less_to_run_tests::measure::chapter5::cold;
use less_to_run_tests::measure::chapter6::counted::{Counter, Taken};
use less_to_run_tests::measure::chapter7::desks::{DESKS, Office};
use less_to_run_tests::measure::chapter9;
use less_to_run_tests::measure::chapter10::steps;
use less_to_run_tests::measure::database::Database;
use less_to_run_tests::measure::programs::{built, data_folder};
use less_to_run_tests::programs;

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
            &["99"][..],
            "measure: unrecognized subcommand '99'; there are 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, fuzz, ledger, sizes and tools, see --help\n",
        ),
        (
            &[],
            "measure: nothing to measure is named; there are 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, fuzz, ledger, sizes and tools, see --help\n",
        ),
        (
            &["1", "--fast"],
            "measure: unexpected argument '--fast' found; there are 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, fuzz, ledger, sizes and tools, see --help\n",
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
    for what in [
        "  1 ",
        "  2 ",
        "  3 ",
        "  4 ",
        "  5 ",
        "  6 ",
        "  7 ",
        "  8 ",
        "  9 ",
        "  10 ",
        "  fuzz ",
        "  ledger ",
        "  sizes ",
        "  tools ",
    ] {
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

/// The budget of a cold start is kept in what was recorded, and a measurement that breaks it is not.
#[test]
fn a_first_answer_takes_three_times_as_long_as_that_of_nothing_or_less() {
    let workspace = Workspace::find().expect("the tests run inside the workspace");
    let file = book::measured::load(&workspace, "ch05").expect("chapter 5 was measured");
    cold::within_budget(&file).expect("it is kept");
    let mut over = file.clone();
    let times = over.values.get_mut("cold_show_tls_times");
    times.expect("it is there").value = 3.1;
    let told = cold::within_budget(&over).unwrap_err().to_string();
    assert!(told.contains("`show_tls` takes 3.10 times"), "{told}");
}

/// What `DynamoDB` takes is written down; this holds what we counted against it.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html>
#[test]
fn a_sale_of_chapter_3_takes_the_units_that_are_written_down() {
    let workspace = Workspace::find().expect("the tests run inside the workspace");
    for package in ["ch03-platform", "local"] {
        programs::build(package, package).expect("it builds");
    }
    let target = workspace.root().join("target");
    let program = |name| built(&target, "debug", name);
    let folder = data_folder(&target).expect("a folder");
    let (shop, database) = (program("ch03-platform"), program("local"));
    let counted = Counted::of(&shop, &database, folder, 100).expect("it can be counted");
    let taken = |wants: &[Want]| {
        let (calls, reads, writes) = counted.taken(wants);
        format!("{calls} calls, {reads} read, {writes} written")
    };
    // Each an item below 4 KB; a page of 20, and one more to know whether there are others, is below 4 KB too.
    assert_eq!(taken(&[Want::Page]), "1 calls, 1 read, 0 written");
    assert_eq!(taken(&[Want::Pet]), "1 calls, 1 read, 0 written");
    assert_eq!(taken(&SALE), "4 calls, 3 read, 1 written");
    // The key is looked for as well, and written with the pet in a transaction, which takes twice as much for each.
    assert_eq!(taken(&KEYED_SALE), "5 calls, 4 read, 4 written");
    assert_eq!(taken(&[Want::Again]), "1 calls, 1 read, 0 written");
    assert_eq!(taken(&[Want::TooLate]), "1 calls, 1 read, 0 written");
    assert_eq!(taken(&[Want::TakeIn]), "1 calls, 0 read, 1 written");
    // All hundred are read for the only one that is left.
    let all = 100.0 * (counted.pet_bytes - 100.0);
    let search = format!("1 calls, {} read, 0 written", (all / 4096.0).ceil());
    assert_eq!(taken(&[Want::Search]), search, "{all} B");
}

/// The same of chapter 6, whose table has an index that is written to as well.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.ThroughputConsiderations>
#[test]
fn what_chapter_6_takes_are_the_units_that_are_written_down() {
    let (database, program) = shop(["ch06-state", "local"]);
    let due = [
        "pet: 1 read, 0 + 0 written",
        "list: 1 read, 0 + 0 written",
        // The index does not give more than an eventually consistent read, which costs half.
        "waiting: 0.5 read, 0 + 0 written",
        "search: 0.5 read, 0 + 0 written",
        // A pet that waits is written to the index as well, and one that does so no more is removed from it.
        "take_in: 0 read, 1 + 1 written",
        "adoption: 1 read, 1 + 1 written",
        // A transaction costs twice as much in the table, and no more in the index. The key is looked for first.
        "keyed_adoption: 2 read, 4 + 1 written",
        "again: 1 read, 0 + 0 written",
        "too_late: 1 read, 0 + 0 written",
        "two: 2 read, 4 + 2 written",
        "given_back: 1 read, 1 + 1 written",
    ];
    assert_eq!(counted(&program("state-counter"), &database), due);
}

/// The same of chapter 7, which writes what has happened with what it did, and what was done about it with the doing.
#[test]
fn what_chapter_7_takes_are_the_units_that_are_written_down() {
    let (database, program) = shop(["ch07-events", "local"]);
    let due = [
        "pet: 1 read, 0 + 0 written",
        "list: 1 read, 0 + 0 written",
        "waiting: 0.5 read, 0 + 0 written",
        "search: 0.5 read, 0 + 0 written",
        // Nobody is told of a pet that is taken in.
        "take_in: 0 read, 1 + 1 written",
        // With an item of the outbox, in a transaction.
        "adoption: 1 read, 4 + 1 written",
        "keyed_adoption: 2 read, 6 + 1 written",
        "again: 1 read, 0 + 0 written",
        "too_late: 1 read, 0 + 0 written",
        "two: 2 read, 6 + 2 written",
        "given_back: 1 read, 4 + 1 written",
    ];
    assert_eq!(counted(&program("events-counter"), &database), due);
    let office = Office {
        programs: DESKS.map(|_| program("events-office")),
        has_queue: true,
    };
    let taken = office.count(&database.process.at);
    let taken = taken.expect("it can be counted").map(told);
    let due = [
        "0 read, 1 + 0 written",
        "0 read, 1 + 0 written",
        // The number, and that it has counted: two items in a transaction.
        "0 read, 4 + 0 written",
    ];
    assert_eq!(taken, due);
}

/// The same of chapter 10, whose checkouts have a table of their own: what each step takes of that, and of the table of the pets.
#[test]
fn what_a_checkout_of_chapter_10_takes_are_the_units_that_are_written_down() {
    let (database, program) = shop(["ch10-processes", "local"]);
    let steps = steps::of_a_checkout(&database, program).expect("it can be counted");
    let told = |taken: chapter9::Taken| {
        let (requests, reads, writes) = (taken.requests, taken.reads, taken.writes);
        format!("{requests} requests, {reads} read, {writes} written")
    };
    let steps: Vec<_> = steps
        .into_iter()
        .map(|step| format!("{}: {}; {}", step.name, told(step.checkout), told(step.pet)))
        .collect();
    let due = [
        // Whether it has begun is looked up first. The index has the first commit of a stream, and no other.
        "begin: 2 requests, 1 read, 2 written; 1 requests, 1 read, 0 written",
        // What is wanted is read from the stream, and what came of it is put after that: the store remembers what it has read.
        "reserve: 2 requests, 1 read, 1 written; 2 requests, 1 read, 1 written",
        // That costs nothing here. It is somebody else's.
        "charge: 2 requests, 1 read, 1 written; 0 requests, 0 read, 0 written",
        "confirm: 2 requests, 1 read, 1 written; 2 requests, 1 read, 1 written",
        "nothing: 1 requests, 1 read, 0 written; 0 requests, 0 read, 0 written",
    ];
    assert_eq!(steps, due);
}

/// A database with the table of a chapter, and where programs are.
fn shop(packages: [&str; 2]) -> (Database, impl Fn(&str) -> PathBuf) {
    let workspace = Workspace::find().expect("the tests run inside the workspace");
    for package in packages {
        programs::build(package, package).expect("it builds");
    }
    let target = workspace.root().join("target");
    let program = move |name: &str| built(&target, "debug", name);
    let database = Database::start(&program("local"), None).expect("it starts");
    let release = database.release(&program(packages[0]));
    release.expect("there is a table");
    (database, program)
}

/// What each thing takes that somebody may want, of a shop in this database.
fn counted(functions: &Path, database: &Database) -> Vec<String> {
    let counter = Counter::new(functions, &database.process.at).expect("a meter");
    counter.stock(4).expect("they are taken in");
    let all = counter.count().expect("it can be counted");
    let told = all
        .iter()
        .map(|(want, taken)| format!("{}: {}", want.key(), told(*taken)));
    told.collect()
}

fn told(taken: Taken) -> String {
    let (reads, writes, index) = (taken.reads, taken.writes, taken.index_writes);
    format!("{reads} read, {writes} + {index} written")
}
