//! What is asked of an old shop, of its streams and of its views.

use anyhow::{Result, ensure};
use book::measured::{Cell, Measured};
use serde_json::Value;

use super::{Programs, Taken, of_the_staff};
use crate::measure::chapter4::{table, words};
use crate::measure::chapter6::units;
use crate::measure::database::Database;
use crate::measure::meter::Meter;

/// What somebody asks: what its figures are called, what it is, the function, the route, and the query. Whether chapter 8 knows it.
const QUESTIONS: [(&str, &str, &str, &str, &str, bool); 5] = [
    (
        "waiting",
        "a page of the pets that wait",
        "list",
        "/pets",
        "status=available",
        true,
    ),
    (
        "species",
        "a page of the tortoises",
        "list",
        "/pets",
        "species=tortoise",
        true,
    ),
    (
        "search",
        "tortoises born before 1950 that wait",
        "search",
        "/search",
        "species=tortoise&born-before=1950",
        false,
    ),
    (
        "display",
        "how many have a home",
        "show-display",
        "/display",
        "",
        false,
    ),
    (
        "report",
        "which species come back, and how often",
        "report",
        "/reports/{name}",
        "",
        false,
    ),
];

/// Fills the table `questions`.
pub(super) fn count(programs: &Programs, old: &Database, file: &mut Measured) -> Result<()> {
    eprintln!("what is asked of it");
    let meter = Meter::before(&old.process.at)?;
    let mut rows = vec![];
    for (key, what, function, route, query, is_old) in QUESTIONS {
        let name = if function == "report" {
            "returns-by-species"
        } else {
            ""
        };
        let mut event = of_the_staff("GET", &route.replace("{name}", "{id}"), name, None);
        event["routeKey"] = format!("GET {route}").into();
        event["rawQueryString"] = query.into();
        event["pathParameters"] = serde_json::json!({ "id": name, "name": name });
        let asked = |program: &str| -> Result<Taken> {
            let asked = programs.function(program, function, &meter.at);
            let asked = asked.with("STAFF_KEY_SHA256", super::doorbell::STAFF);
            let answer: Value = asked.first(&event)?.answer;
            ensure!(answer["statusCode"] == 200, "{what}: {answer}");
            Ok(Taken::of(&meter.take()))
        };
        let before = is_old.then(|| asked("streams-counter")).transpose()?;
        let now = asked("views-counter")?;
        let mut put = |chapter: &str, taken: Taken| {
            for (name, value, unit, of) in [
                ("requests", taken.requests, "requests", "requests"),
                (
                    "reads",
                    taken.reads,
                    "read request units",
                    "read request units",
                ),
            ] {
                let what = format!("{of}, chapter {chapter}, in a shop of 10,000 pets: {what}");
                file.put(&format!("old_{key}_{chapter}_{name}"), value, unit, &what);
            }
        };
        if let Some(before) = before {
            put("8", before);
        }
        put("9", now);
        let none = || {
            [
                Cell::Words("none".to_owned()),
                Cell::Words("none".to_owned()),
            ]
        };
        let cells =
            before.map_or_else(none, |before| [units(before.requests), units(before.reads)]);
        let row = [words(what)].into_iter().chain(cells);
        rows.push(row.chain([units(now.requests), units(now.reads)]).collect());
    }
    let columns = [
        ("What somebody asks", ""),
        ("Chapter 8: requests", ""),
        ("read", "units"),
        ("Chapter 9: requests", ""),
        ("read", "units"),
    ];
    let note = "Told by a DynamoDB on this machine, which counts as AWS’s does, in a shop of 10,000 pets with some ten commits each, of which one in five waits for a home, by functions that have just been started. Where \
                there is none, chapter 8 has no answer; its display was an item that somebody else kept.";
    let what = "What is asked of streams, and of views";
    file.tables
        .insert("questions".to_owned(), table(what, &columns, rows, note));
    Ok(())
}
