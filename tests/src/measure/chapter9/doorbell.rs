//! What it takes to bring a commit into the views when it is rung for.

use anyhow::{Context, Result, ensure};
use book::measured::Measured;
use serde_json::{Value, json};

use super::{Programs, RELEASE, Taken, of_the_staff};
use crate::measure::chapter4::{table, words};
use crate::measure::chapter5::function::Function;
use crate::measure::chapter6::units;
use crate::measure::meter::Meter;
use crate::measure::shops::PET;

/// The SHA-256 of the key of the staff, which is one of this machine's only.
pub(in crate::measure) const STAFF: &str =
    "270fd076df620dfc6234c4b2bae509d432be5c662b5ba77f10c856eecf894533";

/// Fills the table `doorbell`.
pub(super) fn rings(programs: &Programs, file: &mut Measured) -> Result<()> {
    eprintln!("what a doorbell takes");
    let database = programs.streams()?;
    database.release(&programs.shops().shop(RELEASE))?;
    let at = &database.process.at;
    let meter = Meter::before(at)?;
    let counter = |name| {
        let function = programs.function("views-counter", name, at);
        function.with("STAFF_KEY_SHA256", STAFF)
    };
    let keeper = programs.function("views-keeper", "views", &meter.at);
    let take_in = of_the_staff("POST", "/pets", "", Some(PET));
    let pet = body(&counter("take-in"), &take_in)?;
    let pet = pet["id"].as_str().context("a pet without an id")?;
    let stream = format!("pet#{pet}");
    let adopt = of_the_staff(
        "POST",
        "/pets/{id}/adoption",
        pet,
        Some(r#"{"customer":"Ada"}"#),
    );
    let back = of_the_staff(
        "POST",
        "/pets/{id}/return",
        pet,
        Some(r#"{"reason":"sings at four"}"#),
    );
    let mut rows = vec![];
    let steps = [
        ("taken_in", "a pet is taken in", None, 1),
        ("adopted", "it is adopted", Some(("adopt", &adopt)), 2),
        ("back", "it is given back", Some(("give-back", &back)), 3),
        ("again", "the same, rung for again", None, 3),
    ];
    for (key, what, before, commit) in steps {
        if let Some((function, event)) = before {
            body(&counter(function), event)?;
        }
        let answer = keeper.first(&bell(&stream, commit))?.answer;
        let failed = answer["batchItemFailures"].as_array().map(Vec::len);
        ensure!(failed == Some(0), "{what}: {answer}");
        let taken = Taken::of(&meter.take());
        let mut put = |name: &str, value, unit, of: &str| {
            let what = format!("{of} to bring it into three views: {what}");
            file.put(&format!("doorbell_{key}_{name}"), value, unit, &what);
        };
        put("requests", taken.requests, "requests", "requests");
        let (read, write) = ("read request units", "write request units");
        put("reads", taken.reads, read, read);
        put("writes", taken.writes, write, write);
        rows.push(vec![
            words(what),
            units(taken.requests),
            units(taken.reads),
            units(taken.of_streams),
            units(taken.writes),
        ]);
    }
    let columns = [
        ("What is rung for", ""),
        ("Requests", ""),
        ("Read", "units"),
        ("of these from the stream", "units"),
        ("Written", "units"),
    ];
    let note = "Told by a DynamoDB on this machine, which counts as AWS’s does: three views of one commit, by a function that has just been started. What is written to an \
                index is among what is written, and for the display two items are written in one transaction where the number changes.";
    let what = "What a doorbell takes";
    file.tables
        .insert("doorbell".to_owned(), table(what, &columns, rows, note));
    Ok(())
}

/// What the stream of the table brings when there is such a commit.
pub(in crate::measure) fn bell(stream: &str, commit: u64) -> Value {
    json!({ "Records": [{
        "awsRegion": "eu-central-1",
        "eventID": "1",
        "eventName": "INSERT",
        "eventSource": "aws:dynamodb",
        "dynamodb": {
            "ApproximateCreationDateTime": 1,
            "Keys": { "pk": { "S": stream }, "c": { "N": commit.to_string() } },
            "SequenceNumber": "1",
            "SizeBytes": 1,
            "StreamViewType": "NEW_IMAGE",
        },
    }] })
}

/// What a function of the counter answers.
fn body(function: &Function, event: &Value) -> Result<Value> {
    let answer = function.first(event)?.answer;
    let is_done = matches!(answer["statusCode"].as_u64(), Some(200 | 201));
    ensure!(is_done, "{answer}");
    Ok(serde_json::from_str(
        answer["body"].as_str().unwrap_or_default(),
    )?)
}
