//! The functions themselves, started by the host: those that publish keep to the catalogue, those that are called
//! understand what was recorded, and what the checker says of a broken event is what happens.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use less_to_run_tests::catalogue::{Catalogue, Fate};
use less_to_run_tests::programs;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::host::{Host, example};
use crate::{folder, golden, table};

#[test]
fn consumers_still_understand_what_was_recorded() -> Result<()> {
    let host = Host::start()?;
    let catalogue = Catalogue::read(&folder(), &table())?;
    for event in catalogue.events() {
        for consumer in event.consumers.keys() {
            let done = host.invoke(consumer, &golden(event)?)?;
            ensure!(
                done.is_ok(),
                "{consumer}, called with {}: {done:?}",
                event.title()
            );
        }
    }
    let pet = "0193c1f6-7a02-7b44-8f6d-0d7e3c9b5a10";
    let papers = host.items("papers")?;
    assert_eq!(papers.len(), 1, "{papers:#?}");
    assert_eq!(papers[0]["sk"], pet);
    assert_eq!(papers[0]["text"], "Gustav, tortoise, lives with Ada.");
    let letters = host.items("letters")?;
    assert_eq!(letters.len(), 1, "{letters:#?}");
    assert_eq!(letters[0]["customer"], "Ada");
    assert_eq!(letters[0]["text"], "Thank you for giving Gustav a home.");
    assert_eq!(letters[0]["event"], "0193c1f6-7c5b-7d31-9c1e-52a5b0a6c1d4");
    // One pet has found a home, and was brought back.
    assert_eq!(host.items("display")?[0]["count"], "0");
    Ok(())
}

#[test]
fn what_the_checker_says_of_a_broken_event_is_what_happens() -> Result<()> {
    let host = Host::start()?;
    let catalogue = Catalogue::read(&folder(), &table())?;
    let adopted = catalogue.events().find(|event| event.name == "PetAdopted");
    let recorded = golden(adopted.context("there is PetAdopted")?)?;
    let changes: [fn(&mut Value); 5] = [
        |event| {
            event["detail"] =
                json!({"version": 1, "customerName": "Ada", "pets": event["detail"]["pets"]});
        },
        |event| event["detail"]["pets"][0]["name"] = json!(["Gustav"]),
        |event| event["detail"]["pets"][0] = json!({"name": "Gustav", "price": {}}),
        |event| event["detail"]["pets"] = json!("Gustav"),
        |event| event["source"] = json!("store"),
    ];
    let mut seen = BTreeMap::new();
    for change in changes {
        let mut event = recorded.clone();
        change(&mut event);
        let finding = catalogue.check(&event)?;
        let called = host.matching(&event)?;
        for (consumer, fate) in &finding.fates {
            let is_called = called
                .iter()
                .any(|rule| rule.ends_with(&format!(" -> {consumer}")));
            let (kind, as_said) = match fate {
                Fate::NotCalled(_) => ("not called", !is_called),
                Fate::Misled { .. } => (
                    "misled",
                    is_called && host.invoke(consumer, &event)?.is_err(),
                ),
                Fate::Unharmed => (
                    "unharmed",
                    is_called && host.invoke(consumer, &event)?.is_ok(),
                ),
            };
            ensure!(as_said, "{consumer} is not {kind} by {event:#}");
            *seen.entry(kind).or_insert(0) += 1;
        }
    }
    assert_eq!(
        seen,
        [("misled", 7), ("not called", 4), ("unharmed", 4)].into()
    );
    Ok(())
}

#[test]
fn the_host_finds_the_same_rules() -> Result<()> {
    let host = Host::start()?;
    let catalogue = Catalogue::read(&folder(), &table())?;
    for event in catalogue.events() {
        let recorded = golden(event)?;
        let called = host.matching(&recorded)?;
        let called: Vec<&str> = called
            .iter()
            .filter_map(|rule| rule.split(" -> ").nth(1))
            .collect();
        let consumers: Vec<&String> = event.consumers.keys().collect();
        assert!(
            consumers.iter().all(|name| called.contains(&name.as_str())),
            "{called:?}"
        );
        assert_eq!(called.len(), consumers.len(), "{called:?}");
    }
    Ok(())
}

#[test]
fn what_is_published_keeps_to_the_catalogue() -> Result<()> {
    let host = Host::start()?;
    let catalogue = Catalogue::read(&folder(), &table())?;
    let mut owners: Vec<String> = Vec::new();
    for (function, events) in host.published()? {
        for event in &events {
            let finding = catalogue.check(event)?;
            let told = finding.told(&format!("what {function} publishes"));
            ensure!(finding.keeps(), "\n{}", told.join("\n"));
            owners.push(format!("{} by {function}", finding.event));
        }
    }
    owners.sort();
    let mut due: Vec<String> = Vec::new();
    for event in catalogue.events() {
        let title = event.title();
        due.extend(
            event
                .owners
                .iter()
                .map(|owner| format!("{title} by {owner}")),
        );
    }
    due.sort();
    assert_eq!(owners, due, "each owner publishes its event, once");
    Ok(())
}

/// As a page shows it.
#[test]
fn a_renamed_field_is_found_before_a_customer_misses_her_letter() -> Result<()> {
    let folder = TempDir::new()?;
    let recorded = example("renamed_field", &["record"])?;
    fs::write(folder.path().join("recorded.json"), recorded)?;
    let output = Command::new(env!("CARGO_BIN_EXE_catalogue"))
        .arg("recorded.json")
        .env("BOOK_ROOT", programs::root())
        .current_dir(folder.path())
        .output()?;
    assert_eq!(
        String::from_utf8(output.stdout)?,
        "PetAdopted 1 in recorded.json breaks its contract\n  \
         /customer is missing\n  \
         /customerName is not in the catalogue\n\
         thanks (rule thank-the-customer) would not be called any more\n\
         papers would miss /customer\n\
         display would not notice\n"
    );
    assert_eq!(output.status.code(), Some(1));
    Ok(())
}
