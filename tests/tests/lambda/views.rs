//! The views of chapter 9, whose rows are behind.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use less_to_run_tests::dynamodb::ask;
use less_to_run_tests::lambda::Chapter;
use serde_json::{Value, json};

use crate::actions::by_night;
use crate::events::{answer, event, file};
use crate::host::Host;
use crate::streams::adoption;

/// How long a pet may take into the views.
const PATIENCE: Duration = Duration::from_mins(1);

/// What their table is called here.
const TABLE: &str = "views";

/// Each function that brings a row up to date finds none of a pet that somebody has adopted: those that answer whoever has seen it, and the
/// one that looks after all.
pub fn are_behind(chapter: &Chapter, host: &Host, database: &str) -> Result<()> {
    let taken_in = file("take-in.json").display().to_string();
    let pet = answer(&mut host.invoke("take-in", &taken_in))?;
    let pet: Value = serde_json::from_str(pet["body"].as_str().context("no body")?)?;
    let id = pet["id"].as_str().context("no pet")?;
    let adopted = answer(&mut host.invoke("adopt", &host.file(&adoption(id)?.to_string())?))?;
    let seen = adopted["headers"]["seen"].clone();
    ensure!(seen == format!("pet#{id};commit=2"), "{adopted}");
    settle(database, id)?;
    let species = pet["species"].as_str().context("no species")?;
    for (function, route, query) in [
        ("list", "GET /pets", "status=available".to_owned()),
        ("list", "GET /pets", "status=adopted".to_owned()),
        ("search", "GET /search", format!("species={species}")),
        ("show-display", "GET /display", String::new()),
    ] {
        forget(database, id)?;
        let mut request = event("list.json")?;
        request["routeKey"] = json!(route);
        request["rawQueryString"] = json!(query);
        request["headers"]["seen"] = seen.clone();
        let answer = answer(&mut host.invoke(function, &host.file(&request.to_string())?))?;
        ensure!(answer["statusCode"] == 200, "{function}: {answer}");
    }
    forget(database, id)?;
    by_night(chapter, host)
}

/// Waits until the views have what has happened to a pet.
fn settle(database: &str, id: &str) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    for key in keys(id) {
        while ask(database, "GetItem", &key)?["Item"]["c"]["N"] != "2" {
            ensure!(Instant::now() < deadline, "the views do not have it: {key}");
            thread::sleep(Duration::from_millis(50));
        }
    }
    Ok(())
}

/// Deletes its rows.
fn forget(database: &str, id: &str) -> Result<()> {
    let mut keys = keys(id).into_iter();
    keys.try_for_each(|key| ask(database, "DeleteItem", &key).map(drop))
}

/// Where its rows are.
fn keys(id: &str) -> [Value; 3] {
    ["list", "returns", "homes"].map(|view| {
        let name = format!("{view}#0#pet#{id}");
        json!({ "TableName": TABLE, "Key": { "pk": { "S": name } } })
    })
}
