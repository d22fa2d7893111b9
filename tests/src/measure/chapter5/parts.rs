//! What the time of a cold start is made of.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use book::measured::{Cell, Measured};

use super::encrypted::Seen;
use super::function::{Function, Took, now, request};
use super::{Desk, Programs};
use crate::infra::accepted;
use crate::measure::chapter4::{table, words};
use crate::measure::rounds::Rounds;

const ROUNDS: usize = 40;

/// How far the medians of the parts may be from the median of the whole, in percent.
const TOLERATED: f64 = 5.0;

/// The parts in their order: what ends each of them, and what it is.
const PARTS: [(&str, &str); 11] = [
    ("main", "starting the process, loading its program"),
    ("runtime", "making the runtime"),
    ("settings", "reading the settings, beginning to log"),
    ("http", "making the client for HTTP and TLS"),
    ("sdk", "making the SDK’s configuration"),
    ("counter", "making the clients of the services"),
    (
        "asked",
        "connecting to the Runtime API, asking for an event",
    ),
    ("event", "getting the event"),
    (
        "connected",
        "preparing the call, connecting to the database",
    ),
    ("encrypted", "TLS, until the request is there"),
    ("answer", "the call itself"),
];

/// The last one ends with the whole.
const LAST: (&str, &str) = ("answered", "giving the answer");

/// Fills the table `parts`.
///
/// # Errors
///
/// When something does not answer, or the parts do not make the whole.
pub fn of_a_cold_start(programs: &Programs, file: &mut Measured) -> Result<()> {
    let desk = Desk::open(programs)?;
    let event = request("GET", "/pets/{id}", &desk.pet, None);
    let program = programs.shops.example("cold_parts");
    let tls = &desk.encrypted;
    let function = Function::new(program, "show", &tls.url).believing(&tls.authority);
    let nothing = nothing(desk.folder.path())?;
    let all = PARTS.into_iter().chain([LAST]);
    let mut parts: Vec<_> = all.map(|part| (part, Rounds::default())).collect();
    let (mut whole, mut least) = (Rounds::default(), Rounds::default());
    for round in 0..=ROUNDS {
        drop(tls.seen());
        let took = function.first(&event)?;
        let seen = tls.seen();
        let alone = runs(&nothing)?;
        if round == 0 {
            continue;
        }
        least.add(alone);
        whole.add(took.whole());
        let mut before = took.start;
        for ((name, _), rounds) in &mut parts {
            let end = mark(name, &took, &seen).with_context(|| format!("no mark `{name}`"))?;
            rounds.add(end - before);
            before = end;
        }
    }
    put(&parts, &whole, &least, file)
}

/// When a part ended, in milliseconds of the machine's clock.
fn mark(name: &str, took: &Took, seen: &[Seen]) -> Option<f64> {
    match name {
        "asked" => Some(took.asked),
        "answered" => Some(took.answered),
        "connected" => Some(seen.first()?.connected),
        "encrypted" => Some(seen.first()?.asked),
        _ => {
            let marks = took.answer["marks"].as_array()?;
            let mark = marks.iter().find(|mark| mark[0] == name)?;
            Some(mark[1].as_f64()? / 1e6)
        }
    }
}

fn put(
    parts: &[((&str, &str), Rounds)],
    whole: &Rounds,
    least: &Rounds,
    file: &mut Measured,
) -> Result<()> {
    let whole = whole.median();
    let sum: f64 = parts.iter().map(|(_, rounds)| rounds.median()).sum();
    let off = 100.0 * (sum - whole).abs() / whole;
    ensure!(
        off <= TOLERATED,
        "the parts of a cold start make {sum:.2} ms, and the whole takes {whole:.2} ms"
    );
    let mut rows = Vec::new();
    for ((name, what), rounds) in parts {
        let (part, percent) = (rounds.median(), 100.0 * rounds.median() / sum);
        let key = format!("part_{name}_ms");
        file.put(&key, part, "ms", &format!("part of a cold start: {what}"));
        rows.push(vec![words(what), Cell::Number(part), Cell::Number(percent)]);
    }
    rows.push(vec![
        words("all of it"),
        Cell::Number(sum),
        Cell::Number(100.0),
    ]);
    file.put("parts_ms", sum, "ms", "sum of the parts of a cold start");
    file.put(
        "parts_off_percent",
        off,
        "%",
        "how far that sum is from the median of the whole",
    );
    file.put(
        "nothing_ms",
        least.median(),
        "ms",
        "start and end of a program that does nothing and loads no library",
    );
    let columns = [("Part", ""), ("Time", "ms"), ("Of all", "%")];
    let note = format!(
        "The function that shows a pet, by TLS to a DynamoDB on this machine; medians of {ROUNDS} starts, each part by itself. A program that does nothing, \
         and is linked statically, starts and ends in {:.2} ms here.",
        least.median()
    );
    let what = "What a cold start is made of";
    file.tables
        .insert("parts".to_owned(), table(what, &columns, rows, &note));
    Ok(())
}

/// Makes a program that does nothing.
fn nothing(folder: &Path) -> Result<std::path::PathBuf> {
    let (source, program) = (folder.join("nothing.rs"), folder.join("nothing"));
    std::fs::write(&source, "fn main() {}\n")?;
    let mut rustc = Command::new("rustc");
    rustc.args(["-O", "-C", "target-feature=+crt-static", "-o"]);
    accepted(rustc.arg(&program).arg(&source))?;
    Ok(program)
}

/// Milliseconds from its start to its end.
fn runs(program: &Path) -> Result<f64> {
    let start = now();
    let status = Command::new(program)
        .env_clear()
        .stdin(Stdio::null())
        .status()?;
    let end = now();
    ensure!(status.success(), "{}: {status}", program.display());
    Ok(end - start)
}
