//! `cargo lambda watch` and `invoke`: the counter as one function, and the office.

use anyhow::{Context, Result, ensure};
use less_to_run_tests::dynamodb::{TABLE, ask};
use less_to_run_tests::lambda::{CHAPTER_5, Recorder, Table, Watch, cargo_lambda, command};
use less_to_run_tests::promises::{Promise, Seen, Shop, ask_shop};
use local::Local;
use serde_json::{Value, json};

use crate::events::{answer, file};
use crate::host::{DIGEST, Host, KEY};

/// Not P2, part of which is a server that is cargo-lambda's here, nor what this rung keeps nowhere.
const PROMISES: [&str; 3] = ["P1", "P3", "P14"];

#[test]
fn cargo_lambda_runs_the_functions_as_the_host_does() -> Result<()> {
    let Some(cargo_lambda) = cargo_lambda()? else {
        return Ok(());
    };
    CHAPTER_5.build_by_itself()?;
    let database = Local::in_memory()?;
    let bus = Recorder::before(&database.url(), CHAPTER_5.tables)?;
    Host::new(&CHAPTER_5, &Table::text(&CHAPTER_5)?, &database.url())?.release()?;
    let environment = [
        // Who watches knows no routes, so the counter is one function.
        ("_HANDLER", "shop"),
        ("TABLE", TABLE),
        ("STAFF_KEY_SHA256", DIGEST),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "none"),
        ("AWS_ENDPOINT_URL_DYNAMODB", &database.url()),
        ("AWS_ENDPOINT_URL_EVENTBRIDGE", bus.url()),
    ];
    let watch = Watch::start(&cargo_lambda, "ch05-lambda", &[], &environment)?;
    let shop = Shop::at(&watch.url("lambda-counter"))?.with_staff_key(Some(KEY));
    for promise in PROMISES {
        let promise: Promise = promise.parse().map_err(anyhow::Error::msg)?;
        let finding = ask_shop(promise, &shop)?;
        ensure!(finding.seen == Seen::Kept, "{finding}\n{}", watch.log());
    }
    ensure!(!bus.entries().is_empty(), "nobody was told of an adoption");

    let port = watch.port().to_string();
    let invoked = |function: &str, name: &str| -> Result<Value> {
        let file = file(name).display().to_string();
        let place = ["--invoke-address", "127.0.0.1", "--invoke-port", &port];
        let words = ["invoke", function, "--data-file", &file];
        answer(&mut command(&cargo_lambda, &[&words[..], &place].concat()))
    };
    for name in ["take-in.json", "take-in-base64.json"] {
        let answer = invoked("lambda-counter", name)?;
        ensure!(answer["statusCode"] == 201, "{name}: {answer}");
    }
    let listed = invoked("lambda-counter", "list.json")?;
    let list: Value = serde_json::from_str(listed["body"].as_str().context("no body")?)?;
    ensure!(list["pets"][0]["name"].is_string(), "{list}");
    let letters = letters(&database)?;
    ensure!(invoked("lambda-thanks", "pet-adopted.json")? == Value::Null);
    ensure!(self::letters(&database)? == letters + 1, "no letter");

    let left = watch.end()?;
    ensure!(left.is_empty(), "{left:?}");
    Ok(())
}

/// How many letters the office has in its files.
fn letters(database: &Local) -> Result<usize> {
    let all = ask(&database.url(), "Scan", &json!({ "TableName": TABLE }))?;
    let items = all["Items"].as_array().context("no items")?.iter();
    Ok(items
        .filter(|item| item.to_string().contains("Thank you"))
        .count())
}
