//! What the checker makes of an event that is not what it was: of each kind of change, who would notice.

use anyhow::Result;
use serde_json::{Value, json};

use crate::copy::Copy;

/// What is said of the recorded `PetAdopted` after a change to it.
fn told(how: impl FnOnce(&mut Value)) -> Result<Vec<String>> {
    let copy = Copy::new()?;
    let recorded = std::fs::read(copy.path("golden/PetAdopted.v1.json"))?;
    let mut envelope = serde_json::from_slice(&recorded)?;
    how(&mut envelope);
    Ok(copy.read()?.check(&envelope)?.told("recorded.json"))
}

#[test]
fn an_event_that_is_as_it_was_harms_nobody() -> Result<()> {
    let told = told(|envelope| envelope["detail"]["customer"] = json!("Grace"))?;
    assert_eq!(
        told,
        ["PetAdopted 1 in recorded.json keeps its contract with display, papers and thanks"]
    );
    Ok(())
}

#[test]
fn a_field_that_a_rule_looks_for_is_missed_without_a_sound() -> Result<()> {
    let told = told(|envelope| {
        envelope["detail"] =
            json!({"version": 1, "customerName": "Ada", "pets": envelope["detail"]["pets"]});
    })?;
    assert_eq!(
        told,
        [
            "PetAdopted 1 in recorded.json breaks its contract",
            "  /customer is missing",
            "  /customerName is not in the catalogue",
            "thanks (rule thank-the-customer) would not be called any more",
            "papers would miss /customer",
            "display would not notice",
        ]
    );
    Ok(())
}

#[test]
fn a_value_of_another_kind_is_misread_by_those_who_read_it() -> Result<()> {
    let told = told(|envelope| {
        envelope["detail"]["pets"][0]["name"] = json!(["Gustav"]);
        envelope["detail"]["pets"][0]["id"].take();
    })?;
    assert_eq!(
        told,
        [
            "PetAdopted 1 in recorded.json breaks its contract",
            "  /pets/0/id: null is not of type \"string\"",
            "  /pets/0/name: [\"Gustav\"] is not of type \"string\"",
            "papers would misread /pets/*/id and /pets/*/name",
            "thanks would misread /pets/*/name",
            "display would not notice",
        ]
    );
    Ok(())
}

#[test]
fn a_field_more_breaks_the_contract_and_harms_nobody() -> Result<()> {
    let told = told(|envelope| envelope["detail"]["pets"][0]["born"] = json!(1923))?;
    assert_eq!(
        told,
        [
            "PetAdopted 1 in recorded.json breaks its contract",
            "  /pets/0/born is not in the catalogue",
            "display would not notice",
            "papers would not notice",
            "thanks would not notice",
        ]
    );
    Ok(())
}

#[test]
fn a_version_that_nobody_knows_is_held_to_the_latest() -> Result<()> {
    let told = told(|envelope| envelope["detail"]["version"] = json!(2))?;
    assert_eq!(told[1], "  /version: 1 was expected");
    assert_eq!(told.len(), 5, "{told:#?}");
    Ok(())
}

#[test]
fn an_event_of_another_name_is_one_for_which_nobody_is_called() -> Result<()> {
    let told = told(|envelope| envelope["detail-type"] = json!("PetAdoption"))?;
    assert_eq!(
        told,
        [
            "PetAdoption in recorded.json breaks its contract",
            "  it is not in the catalogue; the nearest is `PetAdopted`",
            "display (rule display) would not be called any more",
            "papers (rule papers) would not be called any more",
            "thanks (rule thank-the-customer) would not be called any more",
        ]
    );
    Ok(())
}

#[test]
fn an_event_like_no_other_has_no_consumers() -> Result<()> {
    let told = told(|envelope| envelope["detail-type"] = json!("Closed"))?;
    assert_eq!(
        told,
        [
            "Closed in recorded.json breaks its contract",
            "  it is not in the catalogue; there are `PetAdopted` and `PetReturned`",
        ]
    );
    Ok(())
}

#[test]
fn an_event_that_comes_from_elsewhere_is_one_for_which_nobody_is_called() -> Result<()> {
    let told = told(|envelope| envelope["source"] = json!("store"))?;
    assert_eq!(told[1], "  its source is \"store\", not \"shop\"");
    assert!(
        told[2..]
            .iter()
            .all(|line| line.ends_with("would not be called any more")),
        "{told:#?}"
    );
    Ok(())
}
