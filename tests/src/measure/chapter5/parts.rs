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

/// How far the sum of the parts may be from the median of the whole, in percent.
const TOLERATED: f64 = 5.0;

/// The parts in their order: what ends each of them, and what it is.
const PARTS: [(&str, &str); 11] = [
    ("main", "starting the process, loading its program"),
    ("runtime", "making the runtime"),
    ("settings", "reading the settings, beginning to log"),
    ("http", "making the client for HTTP and TLS"),
    ("sdk", "making the SDK’s configuration"),
    ("counter", "making the client of the database"),
    (
        "asked",
        "connecting to the Runtime API, asking for an event",
    ),
    ("event", "getting the event"),
    (
        "connected",
        "preparing the call, connecting to the database",
    ),
    ("encrypted", "agreeing on keys for TLS"),
    ("answer", "the call, once encrypted"),
];

/// The last one ends with the whole.
const LAST: (&str, &str) = ("answered", "giving the answer");

/// Fills the table `parts`.
///
/// # Errors
///
/// When something does not answer, or the parts do not make the whole.
pub(super) fn of_a_cold_start(programs: &Programs, file: &mut Measured) -> Result<()> {
    let desk = Desk::open(programs)?;
    let event = request("GET", "/pets/{id}", &desk.pet, None);
    let program = programs.shops.example("cold_parts");
    let tls = &desk.encrypted;
    let function = Function::new(program, "show", &tls.url).believing(&tls.authority);
    let nothing = nothing(desk.folder.path())?;
    let (mut starts, mut least) = (Vec::new(), Rounds::default());
    for round in 0..=ROUNDS {
        let took = function.first(&event)?;
        let seen = tls.seen()?;
        let alone = runs(&nothing)?;
        if round > 0 {
            least.add(alone);
            starts.push(Start::of(&took, seen)?);
        }
    }
    put(starts, least.median(), file)
}

/// One start: what it took, and each part of that, in milliseconds.
struct Start {
    whole: f64,
    parts: Vec<f64>,
}

impl Start {
    fn of(took: &Took, seen: Seen) -> Result<Self> {
        let (mut parts, mut before) = (Vec::new(), took.start);
        for (name, _) in all() {
            let end = mark(name, took, seen).with_context(|| format!("no mark `{name}`"))?;
            parts.push(end - before);
            before = end;
        }
        let whole = took.whole();
        Ok(Self { whole, parts })
    }
}

fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    PARTS.into_iter().chain([LAST])
}

/// When a part ended, in milliseconds of the machine's clock.
fn mark(name: &str, took: &Took, seen: Seen) -> Option<f64> {
    match name {
        "asked" => Some(took.asked),
        "answered" => Some(took.answered),
        "connected" => Some(seen.connected),
        "encrypted" => Some(seen.encrypted),
        _ => {
            let marks = took.answer["marks"].as_array()?;
            let mark = marks.iter().find(|mark| mark[0] == name)?;
            Some(mark[1].as_f64()? / 1e6)
        }
    }
}

fn put(mut starts: Vec<Start>, least: f64, file: &mut Measured) -> Result<()> {
    starts.sort_by(|one, other| one.whole.total_cmp(&other.whole));
    let mut whole = Rounds::default();
    for start in &starts {
        whole.add(start.whole);
    }
    let whole = whole.median();
    // What happens to disturb a start hits another part each time, and no median would have it.
    let middle = &starts[ROUNDS / 4..ROUNDS - ROUNDS / 4];
    let parts: Vec<f64> = (0..all().count())
        .map(|at| mean(middle.iter().map(|start| start.parts[at])))
        .collect();
    let sum: f64 = parts.iter().sum();
    let off = 100.0 * (sum - whole).abs() / whole;
    ensure!(
        off <= TOLERATED,
        "the parts of a cold start make {sum:.2} ms, and the whole takes {whole:.2} ms"
    );
    let mut rows = Vec::new();
    for ((name, what), part) in all().zip(parts) {
        let percent = 100.0 * part / sum;
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
        least,
        "ms",
        "start and end of a program that does nothing and loads no library",
    );
    let columns = [("Part", ""), ("Time", "ms"), ("Of all", "%")];
    let note = format!(
        "The function that shows a pet, by TLS to a DynamoDB on this machine; the middle half of {ROUNDS} starts, of which each part is a mean. A program that does nothing, \
         and is linked statically, starts and ends in {least:.2} ms here."
    );
    let what = "What a cold start is made of";
    file.tables
        .insert("parts".to_owned(), table(what, &columns, rows, &note));
    Ok(())
}

#[allow(clippy::cast_precision_loss, reason = "there are few of them")]
fn mean(figures: impl ExactSizeIterator<Item = f64>) -> f64 {
    let number = figures.len() as f64;
    figures.sum::<f64>() / number
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
