//! Other people's event stores on the same work, counted by a program of their own: peers/event-stores.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use book::measured::{Cell, Measured};
use book::workspace::Workspace;
use serde::Deserialize;

use crate::measure::chapter4::{table, words};
use crate::measure::chapter6::units;
use crate::measure::programs::build;

/// How often everything is done; the times are those in the middle.
const ROUNDS: &str = "20";

/// The stores, as that program calls them, and as the page does.
const STORES: [(&str, &str); 3] = [
    ("event-store", "ours"),
    ("dynamo-es, aggregates", "dynamo-es"),
    ("event-store-adapter", "adapter"),
];

/// What is counted of calls, with what the page calls it.
const COUNTED: [(&str, &str); 5] = [
    ("cold", "a command, by a process that does not know the pet"),
    ("warm", "the next one, by the same process"),
    (
        "cold, all commands with a key",
        "the first, where ten commands with keys came before it today",
    ),
    ("two at once, the loser", "a race that is lost"),
    ("one answer lost", "an answer that is lost"),
];

/// What comes of a present that is given once, by a customer who gets no answer and asks again.
const AGAIN: &str = "asked again after that";

/// A line of what the program prints.
#[derive(Debug, Deserialize)]
struct Line {
    store: String,
    situation: String,
    requests: f64,
    reads: f64,
    writes: f64,
    by_rule: f64,
    happened: f64,
    ms: f64,
}

/// All lines of one store in one situation, a line for each round.
type Lines = BTreeMap<(String, String), Vec<Line>>;

/// Builds the program, optimized.
pub(super) fn built(workspace: &Workspace) -> Result<()> {
    let folder = workspace.root().join("peers/event-stores");
    eprintln!("building the other event stores, optimized");
    build(&folder, &["--release", "--locked"])
}

/// Fills the tables `peers` and `peer_times`.
pub(super) fn beside_ours(workspace: &Workspace, file: &mut Measured) -> Result<()> {
    eprintln!("the same work with other event stores");
    let lines = run(workspace)?;
    let mut rows = vec![];
    for (situation, called) in COUNTED {
        let mut row = vec![words(called)];
        for (store, _) in STORES {
            let line = counted(&lines, store, situation)?;
            let counts = [line.requests, line.reads, line.writes + line.by_rule];
            row.extend(counts.map(units));
        }
        rows.push(row);
    }
    let columns = [
        ("What", ""),
        ("Ours: requests", ""),
        ("read", "units"),
        ("written", "units"),
        ("dynamo-es: requests", ""),
        ("read", "units"),
        ("written", "units"),
        ("Adapter: requests", ""),
        ("read", "units"),
        ("written", "units"),
    ];
    let note = "Counted before a DynamoDB on this machine, by a client that stands in the place of the SDK’s, with a snapshot in each of the stores. What is written counts a \
                condition that did not hold as what AWS’s rule makes of it, since no answer tells it. A transaction that the SDK sends again is paid for as reads.";
    let what = "The same work with three event stores";
    file.tables
        .insert("peers".to_owned(), table(what, &columns, rows, note));
    times(&lines, file)?;
    for (store, called) in STORES {
        let happened = counted(&lines, store, AGAIN)?.happened;
        let key = format!("{}_happened", called.replace('-', "_"));
        let what = format!(
            "how often a present was given, of which no answer came and which was asked for again: {store}"
        );
        file.put(&key, happened, "times", &what);
    }
    Ok(())
}

fn times(lines: &Lines, file: &mut Measured) -> Result<()> {
    let mut rows = vec![];
    for (situation, called) in &COUNTED[..2] {
        let mut row = vec![words(called)];
        for (store, _) in STORES {
            row.push(Cell::Number(median(lines, store, situation)?));
        }
        rows.push(row);
    }
    let columns = [
        ("What", ""),
        ("Ours", "ms"),
        ("dynamo-es", "ms"),
        ("Adapter", "ms"),
    ];
    let note = format!(
        "The median of {ROUNDS} rounds, without a network between the store and the database."
    );
    let what = "How long a command takes";
    file.tables
        .insert("peer_times".to_owned(), table(what, &columns, rows, &note));
    Ok(())
}

fn run(workspace: &Workspace) -> Result<Lines> {
    let folder = workspace.root().join("peers/event-stores");
    let output = Command::new(folder.join("target/release/event-stores"))
        .args(["--rounds", ROUNDS])
        .env_remove("AWS_ENDPOINT_URL_DYNAMODB")
        .stderr(Stdio::null())
        .output()
        .context("the other event stores cannot be started")?;
    ensure!(
        output.status.success(),
        "peers/event-stores: {}",
        output.status
    );
    let mut lines = Lines::new();
    for line in String::from_utf8(output.stdout)?.lines() {
        let line: Line = serde_json::from_str(line).with_context(|| line.to_owned())?;
        let key = (line.store.clone(), line.situation.clone());
        lines.entry(key).or_default().push(line);
    }
    Ok(lines)
}

fn all<'a>(lines: &'a Lines, store: &str, situation: &str) -> Result<&'a [Line]> {
    let lines = lines.get(&(store.to_owned(), situation.to_owned()));
    let lines = lines.map(Vec::as_slice).filter(|lines| !lines.is_empty());
    lines.with_context(|| format!("{store}, {situation}: nothing was counted"))
}

/// What is the same in all rounds.
fn counted<'a>(lines: &'a Lines, store: &str, situation: &str) -> Result<&'a Line> {
    let all = all(lines, store, situation)?;
    let counts = |line: &Line| {
        let written = line.writes + line.by_rule;
        let counts = [line.requests, line.reads, written, line.happened];
        counts.map(f64::to_bits)
    };
    let differs = all.iter().any(|line| counts(line) != counts(&all[0]));
    ensure!(!differs, "{store}, {situation}: the rounds differ");
    Ok(&all[0])
}

fn median(lines: &Lines, store: &str, situation: &str) -> Result<f64> {
    let times = all(lines, store, situation)?.iter();
    let mut times: Vec<f64> = times.map(|line| line.ms).collect();
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() / 2])
}
