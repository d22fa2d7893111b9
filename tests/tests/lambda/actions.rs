//! The roles of the template against what the functions are seen to do.

use anyhow::{Context, Result, anyhow, ensure};
use less_to_run_tests::infra::accepted;
use less_to_run_tests::lambda::{Chapter, Recorder, Table, Template, excesses};
use less_to_run_tests::promises::running::Running;
use less_to_run_tests::promises::{Promise, ask_shop};
use local::Local;
use serde_json::{Value, json};

use crate::host::{Host, KEY, NAME};
use crate::on_each;

#[test]
fn every_function_may_do_what_it_does_and_nothing_more() -> Result<()> {
    on_each(does_what_it_may)
}

fn does_what_it_may(chapter: &Chapter, long: &Value) -> Result<()> {
    chapter.build()?;
    let database = Local::in_memory()?;
    let recorder = Recorder::before(&database.url())?;
    let host = Host::new(chapter, &named(&Table::text(chapter)?)?, recorder.url())?;
    host.release()?;
    // Events stay in the recorder, and are handed to their consumers below.
    let bus = ("AWS_ENDPOINT_URL_EVENTBRIDGE", recorder.url());
    let running = Running::start(host.command(&[]).env(bus.0, bus.1))?;
    let shop = running.shop()?.with_staff_key(Some(KEY));
    for promise in ["P1", "P3", "P11", "P12", "P14"] {
        let promise: Promise = promise.parse().map_err(anyhow::Error::msg)?;
        let _ = ask_shop(promise, &shop)?;
    }
    let display = shop.get("/display").map_err(|stop| anyhow!("{stop:?}"))?;
    ensure!(display.status == 200, "{display:?}");
    let entries = recorder.entries();
    for (function, kind) in [
        ("papers", "PetAdopted"),
        ("thanks", "PetAdopted"),
        ("display", "PetAdopted"),
        ("display", "PetReturned"),
    ] {
        let entry = entries.iter().find(|entry| entry["DetailType"] == kind);
        let event = host.file(&envelope(entry.context(kind)?)?.to_string())?;
        accepted(&mut host.command(&["invoke", function, &event]))?;
    }
    let mut seen = recorder.seen();
    ensure!(seen.remove(NAME).is_some(), "nobody has made the table");
    let found = excesses(&Template::new(long)?, &seen)?;
    let found = found.join("\n");
    ensure!(
        found.is_empty(),
        "what roles say is not what functions do:\n{found}\n{seen:#?}"
    );
    Ok(())
}

/// The table with an access key for each function: its name.
fn named(table: &str) -> Result<String> {
    let mut table: toml::Table = table.parse()?;
    let functions = table["function"].as_array_mut().context("functions")?;
    for function in functions.iter_mut().filter_map(toml::Value::as_table_mut) {
        let environment = [("AWS_ACCESS_KEY_ID".to_owned(), function["name"].clone())];
        let environment: toml::Table = environment.into_iter().collect();
        function.insert("environment".into(), environment.into());
    }
    Ok(toml::to_string(&table)?)
}

/// An event as the bus hands it on.
fn envelope(entry: &Value) -> Result<Value> {
    let detail = entry["Detail"].as_str().context("no detail")?;
    let detail: Value = serde_json::from_str(detail)?;
    Ok(json!({
        "version": "0", "id": "1", "account": "000000000000", "region": "eu-central-1",
        "time": "2026-11-27T12:00:00Z", "resources": [], "source": entry["Source"],
        "detail-type": entry["DetailType"], "detail": detail,
    }))
}
