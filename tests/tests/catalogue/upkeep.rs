//! The catalogue, the rules and the recorded events agree, and where they would not, it is said.

use std::fs;

use anyhow::{Result, ensure};
use less_to_run_tests::catalogue::Catalogue;
use serde_json::{Value, json};

use crate::copy::Copy;
use crate::{folder, table};

const ADOPTED: &str = "PetAdopted.v1.json";
const RETURNED: &str = "PetReturned.v1.json";

#[test]
fn the_catalogue_agrees_with_the_rules_and_with_what_was_recorded() -> Result<()> {
    let problems = Catalogue::read(&folder(), &table())?.problems()?;
    ensure!(problems.is_empty(), "\n{}", problems.join("\n"));
    Ok(())
}

/// What is found once `file` of the catalogue was changed.
fn after(file: &str, how: impl FnOnce(&mut Value)) -> Result<Vec<String>> {
    let copy = Copy::new()?;
    copy.change(file, how)?;
    copy.problems()
}

#[test]
fn a_name_that_is_no_function_is_found() -> Result<()> {
    let problems = after(ADOPTED, |event| event["owners"][0] = json!("adpot"))?;
    assert_eq!(
        problems,
        ["PetAdopted 1 is published by `adpot`, which is no function; the nearest is `adopt`"]
    );
    let problems = after(RETURNED, |event| event["consumers"]["papyri"] = json!([]))?;
    assert_eq!(
        problems,
        [
            "PetReturned 1 is read by `papyri`, which is no function; the nearest is `papers`",
            "no rule calls papyri, a consumer of PetReturned 1, with it",
        ]
    );
    Ok(())
}

#[test]
fn a_consumer_that_no_rule_calls_is_found() -> Result<()> {
    let copy = Copy::new()?;
    copy.change_rule("papers", |rule| {
        rule["pattern"]["source"] = vec!["somewhere else"].into();
    })?;
    assert_eq!(
        copy.problems()?,
        [
            "no rule calls papers, a consumer of PetAdopted 1, with it",
            "no event of the catalogue meets the rule papers",
        ]
    );
    Ok(())
}

#[test]
fn a_function_that_is_called_and_not_named_is_found() -> Result<()> {
    let problems = after(RETURNED, |event| event["consumers"] = json!({}))?;
    assert_eq!(
        problems,
        ["the rule display calls display with PetReturned 1, which does not name it as a consumer"]
    );
    Ok(())
}

#[test]
fn an_event_that_was_never_recorded_is_found() -> Result<()> {
    let copy = Copy::new()?;
    fs::rename(
        copy.path("golden/PetReturned.v1.json"),
        copy.path("golden/PetReturned.v2.json"),
    )?;
    assert_eq!(
        copy.problems()?,
        [
            "golden/PetReturned.v2.json is of no event of the catalogue",
            "PetReturned 1 was never recorded: there is no golden/PetReturned.v1.json",
        ]
    );
    Ok(())
}

#[test]
fn a_recorded_event_that_breaks_its_contract_is_found() -> Result<()> {
    let problems = after("golden/PetAdopted.v1.json", |envelope| {
        envelope["detail"]["pets"][0]["species"].take();
    })?;
    assert_eq!(
        problems,
        [
            "PetAdopted 1 in golden/PetAdopted.v1.json breaks its contract\n  \
          /pets/0/species: null is not of type \"string\"\n\
          papers would misread /pets/*/species\n\
          display would not notice\n\
          thanks would not notice"
        ]
    );
    let problems = after("golden/PetReturned.v1.json", |envelope| {
        envelope["detail-type"] = json!("PetAdopted");
    })?;
    assert!(
        problems[0].starts_with("PetAdopted 1 in golden/PetReturned.v1.json breaks its contract\n"),
        "{problems:#?}"
    );
    Ok(())
}

#[test]
fn an_example_that_breaks_the_schema_is_found() -> Result<()> {
    let problems = after(RETURNED, |event| event["examples"][0]["reason"] = json!(""))?;
    assert_eq!(
        problems,
        ["PetReturned.v1.json: /examples/0: /reason: \"\" is shorter than 1 character"]
    );
    Ok(())
}

#[test]
fn what_a_consumer_cannot_count_on_is_found() -> Result<()> {
    let problems = after(ADOPTED, |event| {
        event["schema"]["$defs"]["pet"]["required"] = json!(["id", "species", "price"]);
    })?;
    assert_eq!(
        problems,
        [
            "PetAdopted.v1.json: papers reads /pets/*/name, and the schema does not require `name`",
            "PetAdopted.v1.json: thanks reads /pets/*/name, and the schema does not require `name`",
        ]
    );
    Ok(())
}

#[test]
fn a_schema_that_lets_in_anything_is_found() -> Result<()> {
    let problems = after(ADOPTED, |event| {
        event["schema"]["$defs"]["price"]["additionalProperties"] = json!(true);
        event["schema"]["properties"]["version"] = json!({"type": "integer"});
    })?;
    assert_eq!(
        problems,
        [
            "PetAdopted.v1.json: its schema does not hold `version` to 1",
            "PetAdopted.v1.json: /schema/$defs/price lets in what nobody knows: `additionalProperties` is not false",
        ]
    );
    Ok(())
}

#[test]
fn a_catalogue_that_cannot_be_read_is_refused_with_file_and_place() -> Result<()> {
    let refused = |how: fn(&mut Value)| -> Result<String> {
        let copy = Copy::new()?;
        copy.change(ADOPTED, how)?;
        Ok(copy.refused())
    };
    assert_eq!(
        refused(|event| event["consumers"]["thanks"] = json!(["customer"]))?,
        "PetAdopted.v1.json: /consumers/thanks: `customer` is no pointer, such as /customer or /pets/*/name"
    );
    assert_eq!(
        refused(|event| event["schema"]["$defs"]["pet"]["required"] = json!("id"))?,
        "PetAdopted.v1.json: /schema/$defs/pet/required: \"id\" is not of type \"array\""
    );
    assert_eq!(
        refused(|event| event["version"] = json!(2))?,
        "PetAdopted.v1.json: `name` and `version` are those of PetAdopted.v2.json"
    );

    let copy = Copy::new()?;
    fs::write(copy.path("golden/PetAdopted.v1.json"), "{")?;
    let refused = copy.refused();
    assert!(
        refused.starts_with("PetAdopted.v1.json: golden/PetAdopted.v1.json: EOF while parsing"),
        "{refused}"
    );
    let copy = Copy::new()?;
    copy.change_rule("display", |rule| rule["pattern"]["source"] = "shop".into())?;
    let refused = copy.refused();
    assert!(
        refused.starts_with("functions.toml: the pattern of the rule `display`: "),
        "{refused}"
    );
    Ok(())
}
