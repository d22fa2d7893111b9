//! The pets in streams, and an office with a table of its own.

use anyhow::{Context, Result, bail, ensure};
use less_to_run_tests::lambda::{CHAPTER_8, Recorder, Table, Template, excesses, translated};
use local::Local;
use serde_json::{Value, json};

use crate::actions::{by_night, envelope, named};
use crate::events::{answer, event, file};
use crate::host::Host;
use crate::with;

#[test]
fn a_list_of_what_is_in_streams_needs_the_index_and_the_table() -> Result<()> {
    let Some(long) = translated(&CHAPTER_8.template())? else {
        return Ok(());
    };
    CHAPTER_8.build()?;
    let database = Local::in_memory()?;
    let recorder = Recorder::before(&database.url(), CHAPTER_8.tables)?;
    let host = Host::new(
        &CHAPTER_8,
        &named(&Table::text(&CHAPTER_8)?)?,
        recorder.url(),
    )?;
    host.release()?;
    for (function, name) in [("take-in", "take-in.json"), ("list", "list.json")] {
        let file = file(name).display().to_string();
        answer(&mut host.invoke(function, &file))?;
    }
    let seen = recorder.seen();
    let of_list = seen.get("list").context("it asks for nothing")?;
    let query = |place| format!("dynamodb:Query {place}");
    let needed = [query("Streams"), query("Streams/streams")];
    ensure!(*of_list == needed.clone().into(), "{of_list:?}");
    let statement = "/Resources/ListRole/Properties/Policies/0/PolicyDocument/Statement";
    for (index, needed) in needed.iter().enumerate() {
        let place = format!("{statement}/Resource/{index}");
        let is_let = long.pointer(&place);
        is_let.with_context(|| format!("list may not {needed}"))?;
        let without = with(&long, &place, None)?;
        let found = excesses(&Template::new(&without)?, &seen)?;
        let due = format!("list does {needed}, and may not");
        ensure!(found.contains(&due), "no {due:?} in {found:?}");
    }
    Ok(())
}

#[test]
fn a_display_that_is_wrong_is_found_over_two_tables() -> Result<()> {
    CHAPTER_8.build()?;
    let database = Local::in_memory()?;
    let host = Host::new(&CHAPTER_8, &Table::text(&CHAPTER_8)?, &database.url())?;
    host.release()?;
    by_night(&CHAPTER_8, &host)?;
    let pet = answer(&mut host.invoke("take-in", &file("take-in.json").display().to_string()))?;
    let pet: Value = serde_json::from_str(pet["body"].as_str().context("no body")?)?;
    let id = pet["id"].as_str().context("no pet")?;
    // Nobody tells the display.
    let adopted = answer(&mut host.invoke("adopt", &host.file(&adoption(id)?.to_string())?))?;
    ensure!(adopted["statusCode"] == 200, "{adopted}");
    let Err(wrong) = by_night(&CHAPTER_8, &host) else {
        bail!("the display is wrong, and nobody says so");
    };
    let wrong = format!("{wrong:#}");
    let due = "homes: 0 on the display, 1 in the streams";
    ensure!(wrong.contains(due), "{wrong}");
    let detail = json!({ "request": "1", "pets": [pet] }).to_string();
    let entry = json!({ "Source": "shop", "DetailType": "PetAdopted", "Detail": detail });
    let told = host.file(&envelope(&entry)?.to_string())?;
    answer(&mut host.invoke("display", &told))?;
    by_night(&CHAPTER_8, &host)
}

/// The request that somebody adopts a pet.
pub fn adoption(id: &str) -> Result<Value> {
    let mut event = event("take-in.json")?;
    let (route, path) = ("POST /pets/{id}/adoption", format!("/pets/{id}/adoption"));
    event["routeKey"] = json!(route);
    event["requestContext"]["routeKey"] = json!(route);
    event["requestContext"]["http"]["path"] = json!(path);
    event["rawPath"] = json!(path);
    event["pathParameters"] = json!({ "id": id });
    event["body"] = json!({ "customer": "Kim" }).to_string().into();
    Ok(event)
}
