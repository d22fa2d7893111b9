//! What each step of a checkout takes of the tables. Each function is started for its one event, and nobody else is at work.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::till::CARD;
use crate::dynamodb::TABLE;
use crate::lambda::CHAPTER_10;
use crate::measure::chapter5::function::{Function, request};
use crate::measure::chapter9::doorbell::{STAFF, bell};
use crate::measure::chapter9::{Taken, of_the_staff};
use crate::measure::database::Database;
use crate::measure::meter::{Call, Meter};
use crate::measure::shops::PET;
use crate::promises::money::Provider;

/// What the performer does when it is rung for a checkout for the first time, the second, and so on.
const RINGS: [&str; 4] = ["reserve", "charge", "confirm", "nothing"];

/// What a step takes of the two tables of streams.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    /// Which one.
    pub name: &'static str,
    /// Of the table of the checkouts.
    pub checkout: Taken,
    /// Of the table of the pets.
    pub pet: Taken,
}

impl Step {
    /// # Errors
    ///
    /// When it has called for another table, too.
    fn of(name: &'static str, calls: &[Call]) -> Result<Self> {
        let (mut checkout, mut pet) = (vec![], vec![]);
        for call in calls {
            match call.table.as_str() {
                "checkouts" => checkout.push(call.clone()),
                TABLE => pet.push(call.clone()),
                other => anyhow::bail!("{name}: a call for the table {other:?}"),
            }
        }
        Ok(Self {
            name,
            checkout: Taken::of(&checkout),
            pet: Taken::of(&pet),
        })
    }
}

/// The steps of a checkout that ends with an adoption, in a database with the tables of this chapter: the customer's request, and what
/// is done each time that it is rung for. A program is where `program` says, by its name.
///
/// # Errors
///
/// When something does not start, or is answered otherwise than expected.
pub fn of_a_checkout(database: &Database, program: impl Fn(&str) -> PathBuf) -> Result<Vec<Step>> {
    let meter = Meter::before(&database.process.at)?;
    let provider = Provider::start(&program("payments"), [])?;
    let (card, amount) = CARD;
    provider.give(card, amount)?;
    let function = |file: &str, name: &str| {
        let function = Function::new(program(file), name, &format!("http://{}", meter.at));
        let set = CHAPTER_10.environment.iter().copied();
        let set = set.chain([
            ("CHECKOUTS_TABLE", "checkouts"),
            ("PAYMENTS_URL", provider.url()),
            ("STAFF_KEY_SHA256", STAFF),
        ]);
        set.fold(function, |function, (name, text)| function.with(name, text))
    };
    let counter = |name: &str| function("checkout-counter", name);
    let take_in = of_the_staff("POST", "/pets", "", Some(PET));
    let pet = told(&counter("take-in"), &take_in, 201)?;
    let pet = pet["id"].as_str().context("a pet without an id")?;
    drop(meter.take());
    let wanted = json!({ "customer": "Ada", "card": card }).to_string();
    let asked = request("POST", "/pets/{id}/checkout", pet, Some(&wanted));
    let begun = told(&counter("checkout"), &asked, 202)?;
    let mut steps = vec![Step::of("begin", &meter.take())?];
    let checkout = begun["id"].as_str().context("a checkout without an id")?;
    let performer = function("checkout-keeper", "performer");
    for (commit, name) in (1..).zip(RINGS) {
        performer.first(&bell(&format!("checkout#{checkout}"), commit))?;
        steps.push(Step::of(name, &meter.take())?);
    }
    let show = request("GET", "/checkouts/{id}", checkout, None);
    let shown = told(&counter("show-checkout"), &show, 200)?;
    ensure!(shown["status"] == "adopted", "{shown}");
    Ok(steps)
}

/// What a function of the counter answers, with this status.
fn told(function: &Function, event: &Value, status: u64) -> Result<Value> {
    let answer = function.first(event)?.answer;
    ensure!(answer["statusCode"] == status, "{answer}");
    Ok(serde_json::from_str(
        answer["body"].as_str().unwrap_or_default(),
    )?)
}
