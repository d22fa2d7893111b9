//! P16: what was written years ago can still be read, and a person can be forgotten.

use std::fs;

use anyhow::Context;
use serde_json::{Value, json};

use super::behind::settled;
use super::folders::files_below;
use super::p14_idempotency::fresh_key;
use super::rung::{Machine, Rung};
use super::shop::{Shop, expect, fresh_species};
use super::wire::find;
use super::{Check, Stop};

pub fn ask(rung: &Rung, shop: &Shop) -> Check {
    let read = old_data_is_read(rung, shop)?;
    let forgotten = a_person_is_forgotten(rung, shop);
    match forgotten {
        Ok(line) => Ok(vec![read, line]),
        Err(Stop::Broken(lines)) => Err(Stop::Broken(std::iter::once(read).chain(lines).collect())),
        Err(other) => Err(other),
    }
}

/// Starts the shop on data that it wrote long ago. What it must answer is kept beside it: `NAME.json`
/// is an object of targets and bodies.
fn old_data_is_read(rung: &Rung, shop: &Shop) -> Check<String> {
    let Some(golden) = &rung.golden else {
        return Ok("It has no data from years ago.".to_owned());
    };
    let answers = golden.with_extension("json");
    let answers = fs::read_to_string(&answers)
        .with_context(|| format!("{} cannot be read", answers.display()))?;
    let answers: Value =
        serde_json::from_str(&answers).context("the answers that old data is due")?;
    let machine = rung.machine()?;
    machine.bring_old_data(golden)?;
    let running = machine.start_again()?;
    let shop = shop.moved_to(running.url())?;
    let due = answers
        .as_object()
        .context("the answers that old data is due are an object")?;
    for (target, due) in due {
        let what = format!("on a shop of years ago, GET {target}");
        let read = || Ok(expect(shop.get(target)?, 200, &what)?.json());
        let told = settled(|told| holds(told, due), read)?;
        if !holds(&told, due) {
            return Err(Stop::broken(format!(
                "On a shop of years ago, GET {target} tells {told}, and not {due}."
            )));
        }
    }
    shop.take_in_a("dog")?;
    Ok(format!(
        "Data written years ago was read: {} answers are what they were.",
        due.len()
    ))
}

/// Whether all of `due` is told; an object may have come to tell more since, and pets to be listed in another order.
fn holds(told: &Value, due: &Value) -> bool {
    match (told, due) {
        (Value::Object(told), Value::Object(due)) => due
            .iter()
            .all(|(name, due)| told.get(name).is_some_and(|told| holds(told, due))),
        (Value::Array(told), Value::Array(due)) if told.len() == due.len() => {
            let are_pets = due.iter().all(|due| due["id"].is_string());
            let is_told = |due| told.iter().any(|told| holds(told, due));
            if are_pets {
                due.iter().all(is_told)
            } else {
                told.iter().zip(due).all(|(told, due)| holds(told, due))
            }
        }
        _ => told == due,
    }
}

/// A customer has a pet, brings it back, and asks to be forgotten.
fn a_person_is_forgotten(rung: &Rung, shop: &Shop) -> Check<String> {
    let machine = rung.machine()?;
    let mut running = machine.start()?;
    let shop = shop.moved_to(running.url())?;
    let customer = fresh_species("person").replace(' ', "");
    let id = shop.take_in_a("dog")?;
    // As a careful customer does, whose name an answer may keep.
    let (target, body) = (
        format!("/pets/{id}/adoption"),
        json!({ "customer": customer }),
    );
    expect(
        shop.post_with_key(&target, &body, &fresh_key())?,
        200,
        "an adoption",
    )?;
    expect(shop.bring_back(&id, "I am moving")?, 200, "a return")?;
    if let Some(forget) = &rung.forget {
        let (method, target) = forget
            .split_once(' ')
            .context("`forget` is a method and a target")?;
        let target = target.replace("{customer}", &customer);
        if shop.staff_key().is_some() {
            let stranger = [("Authorization", "Bearer nobody")];
            let answer = shop.request(method, &target, None, &stranger)?;
            if answer.status != 401 {
                return Err(Stop::broken(format!(
                    "A stranger asks to forget a person, and the shop answers {}.",
                    answer.status
                )));
            }
        }
        let answer = shop.request(method, &target, None, &[])?;
        if answer.status >= 300 {
            return Err(Stop::broken(format!(
                "Asked to forget a person, the shop answers {}.",
                answer.status
            )));
        }
    }
    running.kill();
    match holder_of(&machine, &customer)? {
        None => Ok("A person who asked to be forgotten is in no stored byte.".to_owned()),
        Some(place) if rung.forget.is_none() => Err(Stop::broken(format!(
            "There is no way to ask the shop to forget a person, whose name still stands in {place}."
        ))),
        Some(place) => Err(Stop::broken(format!(
            "A person who was to be forgotten still stands in {place}."
        ))),
    }
}

/// The file that holds the name, or the item of a table, if any does.
fn holder_of(machine: &Machine, name: &str) -> anyhow::Result<Option<String>> {
    if let Some(database) = machine.database() {
        // Its key need not be told.
        let holds = |item: &Value| item.to_string().contains(name);
        if database.items()?.iter().any(holds) {
            return Ok(Some("an item of its database".to_owned()));
        }
    }
    let stores = [machine.disk(), machine.beside("elsewhere")];
    for store in stores.iter().filter(|store| store.exists()) {
        for file in files_below(store)? {
            let bytes =
                fs::read(&file).with_context(|| format!("{} cannot be read", file.display()))?;
            if find(&bytes, name.as_bytes()).is_some() {
                return Ok(Some(file.strip_prefix(store)?.display().to_string()));
            }
        }
    }
    Ok(None)
}
