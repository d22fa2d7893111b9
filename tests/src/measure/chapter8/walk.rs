//! What one more command takes of the table, by how events are kept and by how many there are.

use anyhow::{Context, Result};
use book::measured::{Cell, Measured, count as thousands};

use super::Programs;
use crate::measure::chapter4::{table, words};
use crate::measure::chapter6::{run, units};
use crate::measure::database::Database;

/// The examples, in the order of the page.
pub(super) const DESIGNS: [&str; 3] = ["item_per_event", "snapshot_beside", "commit_item"];

/// What they are called.
const CALLED: [&str; 3] = [
    "an item for each event",
    "a snapshot beside",
    "the commit item",
];

/// How many commands a stream is old.
const AGES: [u32; 3] = [1, 100, 10_000];

/// The line about the next command, of a process that has never heard of the stream.
const COLD: [&str; 3] = ["one more: ", "one more: ", "one more, cold: "];

/// What a command has taken.
struct Took {
    requests: f64,
    reads: f64,
    writes: f64,
}

/// Fills the table `walk`.
pub(super) fn of_each_design(programs: &Programs, file: &mut Measured) -> Result<()> {
    let mut rows = vec![];
    for ((design, called), cold) in DESIGNS.into_iter().zip(CALLED).zip(COLD) {
        for age in AGES {
            eprintln!("{called}, after {} commands", thousands(age.into()));
            let database = Database::start(&programs.shops().shop("local"), None)?;
            let program = programs.shops().example(design);
            let said = run(&program, &[&age.to_string()], &database)?;
            let bytes = said.lines().find_map(|line| {
                let rest = line.strip_prefix("its past takes ")?;
                rest.strip_suffix(" bytes")?.parse().ok()
            });
            let bytes: f64 = bytes.with_context(|| format!("no bytes in {said}"))?;
            let took = took(&said, cold)?;
            let of = format!("{called}, after {} commands", thousands(age.into()));
            let mut put = |name: &str, value, unit, what: &str| {
                let key = format!("{design}_{age}_{name}");
                file.put(&key, value, unit, &format!("{what}: {of}"));
            };
            put(
                "requests",
                took.requests,
                "requests",
                "requests of one more command",
            );
            let (read, write) = ("read request units", "write request units");
            put(
                "reads",
                took.reads,
                read,
                "read request units of one more command",
            );
            put(
                "writes",
                took.writes,
                write,
                "write request units of one more command",
            );
            put("bytes", bytes, "B", "room that its past takes");
            rows.push(vec![
                words(called),
                Cell::Words(thousands(age.into())),
                units(took.requests),
                units(took.reads),
                units(took.writes),
                Cell::Number(bytes),
            ]);
            if design == "item_per_event" && age == 100 {
                let two = self::took(&said, "one that does two things: ")?;
                let what = "write request units of a command with two events, an item for each";
                file.put("two_events_writes", two.writes, write, what);
            }
            if design == "commit_item" && age == 100 {
                let warm = self::took(&said, "one more: ")?;
                let what = "requests of one more command, by a process that knows the stream";
                file.put("warm_requests", warm.requests, "requests", what);
            }
        }
    }
    let bytes = |design: &str| {
        let figure = file.values.get(&format!("{design}_10000_bytes"));
        figure.map(|figure| figure.value).context("bytes")
    };
    let ratio = bytes("commit_item")? / bytes("item_per_event")?;
    let what = "how many times the room of an item for each event the commit item takes, after 10,000 commands";
    file.put("room_ratio", ratio, "times", what);
    let columns = [
        ("How events are kept", ""),
        ("Commands so far", ""),
        ("Requests", ""),
        ("Read", "units"),
        ("Written", "units"),
        ("Room of its past", "B"),
    ];
    let note = "Told by a DynamoDB on this machine, which counts as AWS’s does: one more command on the stream of a pet, by a process that has not had to do with \
                it. One that has makes one request less with the commit item, and reads nothing. With a snapshot beside, every twentieth command makes another request, and \
                another write. Room is what the items have in them, without the 100 bytes that are billed for each.";
    let what = "What one more command takes";
    file.tables
        .insert("walk".to_owned(), table(what, &columns, rows, note));
    Ok(())
}

/// What the line that begins like this says.
fn took(said: &str, begins: &str) -> Result<Took> {
    let line = said.lines().find_map(|line| line.strip_prefix(begins));
    let line = line.with_context(|| format!("no line {begins:?} in {said}"))?;
    let mut numbers = line.split(", ").map(|part| {
        let (number, _) = part.split_once(' ')?;
        number.parse().ok()
    });
    let mut next = || numbers.next().flatten().with_context(|| line.to_owned());
    Ok(Took {
        requests: next()?,
        reads: next()?,
        writes: next()?,
    })
}
