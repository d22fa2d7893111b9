//! The events that a reader is given to try functions with: they are what AWS sends, and the functions understand them.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use less_to_run_tests::lambda::{CHAPTERS, Table};
use less_to_run_tests::programs;
use local::Local;
use serde_json::{Value, json};

use crate::actions::by_night;
use crate::host::Host;

/// The file of an event.
pub fn file(name: &str) -> PathBuf {
    let folder = programs::root().join("chapters-code/ch05-lambda/events");
    folder.join(name)
}

/// The event in it.
pub fn event(name: &str) -> Result<Value> {
    let text = fs::read_to_string(file(name)).with_context(|| name.to_owned())?;
    serde_json::from_str(&text).with_context(|| name.to_owned())
}

/// What a command prints that hands an event to a function: its answer. What else is told goes to standard error.
pub fn answer(command: &mut Command) -> Result<Value> {
    let output = command.output()?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{command:?}: {errors}");
    let said = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(&said).with_context(|| format!("{command:?}: {said}"))
}

/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>
#[test]
fn a_request_says_all_that_a_gateway_says() -> Result<()> {
    for name in ["list.json", "take-in.json", "take-in-base64.json"] {
        let event = event(name)?;
        let context = &event["requestContext"];
        for (place, fields) in [
            (
                &event,
                &[
                    "version",
                    "routeKey",
                    "rawPath",
                    "rawQueryString",
                    "headers",
                    "requestContext",
                    "isBase64Encoded",
                ][..],
            ),
            (
                context,
                &[
                    "accountId",
                    "apiId",
                    "domainName",
                    "domainPrefix",
                    "http",
                    "requestId",
                    "routeKey",
                    "stage",
                    "time",
                    "timeEpoch",
                ],
            ),
            (
                &context["http"],
                &["method", "path", "protocol", "sourceIp", "userAgent"],
            ),
        ] {
            let missing = fields.iter().find(|field| place.get(field).is_none());
            ensure!(missing.is_none(), "{name} has no {missing:?}");
        }
        // What it says twice, it says alike.
        let http = &context["http"];
        let key = [&http["method"], &http["path"]].map(|part| part.as_str().unwrap_or_default());
        let key = json!(key.join(" "));
        ensure!(event["version"] == "2.0", "{name}");
        ensure!(
            event["routeKey"] == key && context["routeKey"] == key,
            "{name}"
        );
        ensure!(event["rawPath"] == http["path"], "{name}");
        ensure!(event["headers"]["host"] == context["domainName"], "{name}");
    }
    Ok(())
}

#[test]
fn an_adoption_is_as_it_was_once_recorded() -> Result<()> {
    let golden = programs::root().join("tests/catalogue/golden/PetAdopted.v1.json");
    ensure!(fs::read(file("pet-adopted.json"))? == fs::read(golden)?);
    Ok(())
}

#[test]
fn the_functions_understand_them() -> Result<()> {
    for chapter in CHAPTERS {
        chapter.build()?;
        let database = Local::in_memory()?;
        let host = Host::new(chapter, &Table::text(chapter)?, &database.url())?;
        host.release()?;
        let invoked = |function: &str, name: &str| -> Result<Value> {
            let file = file(name).display().to_string();
            answer(&mut host.invoke(function, &file))
        };
        for name in ["take-in.json", "take-in-base64.json"] {
            let answer = invoked("take-in", name)?;
            ensure!(answer["statusCode"] == 201, "{name}: {answer}");
        }
        let functions = Table::functions(&Table::text(chapter)?, chapter.tables)?;
        if functions.contains_key("views") {
            // What the list reads is kept by whoever hears of streams, and at night.
            by_night(chapter, &host)?;
        }
        // It asks for one of them.
        let listed = invoked("list", "list.json")?;
        let list: Value = serde_json::from_str(listed["body"].as_str().context("no body")?)?;
        let names = list["pets"].as_array().context("no pets")?.iter();
        ensure!(names.map(|pet| &pet["name"]).eq(["Rex"]), "{list}");
        if chapter.sources().is_none() {
            ensure!(invoked("thanks", "pet-adopted.json")? == Value::Null);
            continue;
        }
        // It lies in a queue there, as the bus has put it.
        let adopted = fs::read_to_string(file("pet-adopted.json"))?;
        let batch = json!({ "Records": [
            { "messageId": "1", "body": adopted, "attributes": {}, "messageAttributes": {} },
            { "messageId": "2", "body": "nonsense", "attributes": {}, "messageAttributes": {} },
        ] });
        let batch = host.file(&batch.to_string())?;
        let left = answer(&mut host.invoke("thanks", &batch))?;
        let failed = json!({ "batchItemFailures": [{ "itemIdentifier": "2" }] });
        ensure!(left == failed, "{left}");
    }
    Ok(())
}
