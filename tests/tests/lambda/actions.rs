//! The roles of the template against what the functions are seen to do.

use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};
use less_to_run_tests::dynamodb::ask;
use less_to_run_tests::infra::accepted;
use less_to_run_tests::lambda::{Chapter, Functions, Grants, Recorder, Table, Template, excesses};
use less_to_run_tests::programs;
use less_to_run_tests::promises::running::Running;
use less_to_run_tests::promises::{Promise, ask_shop};
use local::Local;
use serde_json::{Value, json};
use tempfile::tempdir;

use crate::host::{Host, KEY, NAME};
use crate::{checkouts, on_each, people, views};

/// How long the office may take for its work. It takes a second or two; this is there so that nothing hangs.
const PATIENCE: Duration = Duration::from_mins(1);

#[test]
fn every_function_may_do_what_it_does_and_nothing_more() -> Result<()> {
    on_each(does_what_it_may)
}

fn does_what_it_may(chapter: &Chapter, long: &Value) -> Result<()> {
    chapter.build()?;
    let database = Local::in_memory()?;
    let recorder = Recorder::before(&database.url(), chapter.tables)?;
    let taps = tempdir()?;
    let mut table = named(&Table::text(chapter)?)?;
    let tells_by_itself = chapter.sources().is_some();
    if tells_by_itself {
        table = tapped(chapter, &table, &recorder, taps.path())?;
    }
    let host = Host::new(chapter, &table, recorder.url())?;
    host.release()?;
    let mut command = host.command();
    if !tells_by_itself {
        // Events stay in the recorder, and are handed to their consumers below.
        command.env("AWS_ENDPOINT_URL_EVENTBRIDGE", recorder.url());
    }
    let mut running = Running::start(&mut command)?;
    let shop = running.shop()?.with_staff_key(Some(KEY));
    for promise in ["P1", "P3", "P11", "P12", "P14"] {
        let promise: Promise = promise.parse().map_err(anyhow::Error::msg)?;
        let _ = ask_shop(promise, &shop)?;
    }
    if functions(chapter)?.contains_key("performer") {
        checkouts::are_paid(chapter, &host, running)?;
        // For what follows.
        running = Running::start(&mut command)?;
    }
    let shop = running.shop()?.with_staff_key(Some(KEY));
    if functions(chapter)?.contains_key("forget") {
        people::are_known(&shop)?;
    }
    let display = shop.get("/display").map_err(|stop| anyhow!("{stop:?}"))?;
    ensure!(display.status == 200, "{display:?}");
    let mut consumers = vec![
        ("papers", "PetAdopted"),
        ("display", "PetAdopted"),
        ("display", "PetReturned"),
    ];
    let functions = functions(chapter)?;
    consumers.retain(|(function, _)| functions.contains_key(*function));
    if tells_by_itself {
        // All that they are handed below is told them again then.
        wait_for_office(chapter, &host, &database, &recorder)?;
    } else {
        consumers.push(("thanks", "PetAdopted"));
    }
    if functions.contains_key("views") {
        views::are_behind(chapter, &host, &database.url())?;
    }
    let entries = recorder.entries();
    for (function, kind) in consumers {
        let entry = entries.iter().find(|entry| entry["DetailType"] == kind);
        let event = host.file(&envelope(entry.context(kind)?)?.to_string())?;
        accepted(&mut host.invoke(function, &event))?;
    }
    if tells_by_itself {
        by_night(chapter, &host)?;
    }
    let template = Template::new(long)?;
    let mut seen = recorder.seen();
    let of_host = seen.remove(NAME).context("nobody has made the tables")?;
    if tells_by_itself {
        let mut may = template.grants("teller")?;
        if functions.contains_key("performer") {
            may.extend(template.grants("performer")?);
        }
        reads_for_them(&of_host, &may)?;
    }
    let found = excesses(&template, &seen)?;
    let found = found.join("\n");
    ensure!(
        found.is_empty(),
        "what roles say is not what functions do:\n{found}\n{seen:#?}"
    );
    Ok(())
}

fn functions(chapter: &Chapter) -> Result<Functions> {
    Table::functions(&Table::text(chapter)?, chapter.tables)
}

/// The table with programs that send their events by way of the recorder to the host's own bus, whose port only they are told.
fn tapped(chapter: &Chapter, table: &str, recorder: &Recorder, folder: &Path) -> Result<String> {
    let mut tapped = table.to_owned();
    for (package, name) in chapter.programs {
        let (program, tap) = (programs::build(package, name)?, folder.join(name));
        let bus = "AWS_ENDPOINT_URL_EVENTBRIDGE";
        let (recorder, program) = (recorder.url(), program.display());
        let script = format!("#!/bin/sh\n{bus}={recorder}/${{{bus}##*:}} exec '{program}'\n");
        fs::write(&tap, script)?;
        fs::set_permissions(&tap, Permissions::from_mode(0o755))?;
        let tap = tap.display().to_string();
        tapped = tapped.replace(&format!("{name:?}"), &format!("{tap:?}"));
    }
    Ok(tapped)
}

/// What the schedule hands to the function that it leads to.
///
/// # Errors
///
/// When that finds something wrong, with what it says.
pub fn by_night(chapter: &Chapter, host: &Host) -> Result<()> {
    let file = chapter.sources().context("no schedule")?;
    let sources: toml::Table = fs::read_to_string(file)?.parse()?;
    let function = sources["schedule"][0]["function"].as_str();
    let nightly = json!({
        "source": "aws.scheduler", "detail-type": "Scheduled Event", "detail": "{}",
    });
    let event = host.file(&nightly.to_string())?;
    accepted(&mut host.invoke(function.context("to nobody")?, &event)).map(drop)
}

/// Waits until each event that was told is counted, everybody who is to be thanked has a letter, and the display is right, so that nothing is left to be told.
fn wait_for_office(
    chapter: &Chapter,
    host: &Host,
    database: &Local,
    recorder: &Recorder,
) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    let functions = Table::functions(&Table::text(chapter)?, chapter.tables)?;
    let (_, office) = chapter.tables.last().context("no table")?;
    loop {
        let entries = recorder.entries();
        // One may be told twice.
        let told = |kind: &str| -> BTreeSet<&str> {
            let of_kind = entries.iter().filter(|entry| entry["DetailType"] == kind);
            of_kind
                .filter_map(|entry| entry["Detail"].as_str())
                .collect()
        };
        let (adopted, returned) = (told("PetAdopted"), told("PetReturned"));
        let to_thank = adopted
            .iter()
            .filter(|detail| detail.contains("\"customer\""));
        let told = [adopted.len() + returned.len(), to_thank.count()];
        let all = ask(&database.url(), "Scan", &json!({ "TableName": office }))?;
        let items = all["Items"].as_array().context("no items")?;
        let count = |partition: &str| {
            let items = items.iter();
            items.filter(|item| item["pk"]["S"] == partition).count()
        };
        let mut done = [count("counted"), count("letters")];
        if !functions.contains_key("display") {
            // Who counts in chapter 9 is told of streams.
            done[0] = told[0];
        }
        let why = if told == done && told[1] > 0 && !returned.is_empty() {
            match by_night(chapter, host) {
                Ok(()) => return Ok(()),
                Err(wrong) => wrong.to_string(),
            }
        } else {
            format!(
                "of {told:?} events, of which some ask for a letter, the office has done {done:?}"
            )
        };
        ensure!(Instant::now() < deadline, why);
        thread::sleep(Duration::from_millis(100));
    }
}

/// Makes sure that the host reads streams, in which it stands in for Lambda, and that those may do so for whom it does: it is done with their roles. The rest of
/// what it does at the database is its release, and to look where the streams are.
fn reads_for_them(of_host: &Grants, may: &Grants) -> Result<()> {
    let reads = of_host.iter().filter(|done| done.contains(" stream "));
    let reads: Vec<&String> = reads.collect();
    ensure!(reads.len() > 2, "the stream is not read: {of_host:?}");
    let less = reads.into_iter().find(|done| !may.contains(*done));
    ensure!(less.is_none(), "{less:?} is done for somebody who may not");
    Ok(())
}

/// The table with an access key for each function: its name.
pub fn named(table: &str) -> Result<String> {
    let mut table: toml::Table = table.parse()?;
    let functions = table["function"].as_array_mut().context("functions")?;
    for function in functions.iter_mut().filter_map(toml::Value::as_table_mut) {
        let name = function["name"].clone();
        let environment = function.entry("environment");
        let environment = environment.or_insert_with(|| toml::Table::new().into());
        let environment = environment.as_table_mut().context("no environment")?;
        environment.insert("AWS_ACCESS_KEY_ID".into(), name);
    }
    Ok(toml::to_string(&table)?)
}

/// An event as the bus hands it on.
pub fn envelope(entry: &Value) -> Result<Value> {
    let detail = entry["Detail"].as_str().context("no detail")?;
    let detail: Value = serde_json::from_str(detail)?;
    Ok(json!({
        "version": "0", "id": "1", "account": "000000000000", "region": "eu-central-1",
        "time": "2026-11-27T12:00:00Z", "resources": [], "source": entry["Source"],
        "detail-type": entry["DetailType"], "detail": detail,
    }))
}
