//! P11: the shop can tell a pet's whole history.

use serde_json::{Value, json};

use super::rung::Rung;
use super::shop::{Shop, expect, fresh_species};
use super::{Check, Stop};

/// Adopted, brought back, adopted again: what happens to Gustav.
const CUSTOMERS: [&str; 3] = ["Ada", "Grace", "Zoë"];
const REASONS: [&str; 2] = ["He ate the tulips", "Too \"slow\" for us"];

pub fn ask(shop: &Shop) -> Check {
    let id = live(shop)?;
    tell(shop, &id, "").map(|line| vec![line])
}

/// As [`ask`], and again after a kill and a restart.
pub fn ask_rung(rung: &Rung, shop: &Shop) -> Check {
    let machine = rung.machine()?;
    let mut running = machine.start()?;
    let before = shop.moved_to(running.url())?;
    let id = live(&before)?;
    let told = tell(&before, &id, "")?;
    running.kill();
    let running = machine.start_again()?;
    let again = tell(&shop.moved_to(running.url())?, &id, "After a restart: ")?;
    Ok(vec![told, again])
}

/// Lets the pet go through its life, beside another that must not get into its story.
fn live(shop: &Shop) -> Check<String> {
    let species = fresh_species("tortoise");
    let (id, other) = (shop.take_in_a(&species)?, shop.take_in_a(&species)?);
    for (number, customer) in CUSTOMERS.iter().enumerate() {
        expect(shop.adopt(&id, customer)?, 200, "an adoption")?;
        expect(shop.adopt(&other, "Bo")?, 200, "the other's adoption")?;
        expect(
            shop.bring_back(&other, "Not he")?,
            200,
            "the other's return",
        )?;
        // What is refused has not happened.
        expect(
            shop.adopt(&id, "too late")?,
            409,
            "the adoption of an adopted pet",
        )?;
        if let Some(reason) = REASONS.get(number) {
            expect(shop.bring_back(&id, reason)?, 200, "a return")?;
        }
    }
    Ok(id)
}

fn tell(shop: &Shop, id: &str, when: &str) -> Check<String> {
    let answer = shop.get(&format!("/pets/{id}/history"))?;
    if answer.status == 404 && answer.problem() == "history-not-kept" {
        return Err(Stop::broken(format!(
            "{when}Asked for a pet's history, the shop answers that it keeps none."
        )));
    }
    let told = expect(answer, 200, "GET of the history")?.json();
    let mut due = vec![json!({ "seq": 1, "type": "taken-in" })];
    for (number, customer) in CUSTOMERS.iter().enumerate() {
        due.push(json!({ "seq": due.len() + 1, "type": "adopted", "customer": customer }));
        if let Some(reason) = REASONS.get(number) {
            due.push(json!({ "seq": due.len() + 1, "type": "returned", "reason": reason }));
        }
    }
    let events = told["events"].as_array().cloned().unwrap_or_default();
    in_order(&events, when)?;
    let told: Vec<Value> = events.iter().map(essence).collect();
    if told != due {
        let first = (0..=due.len())
            .find(|at| told.get(*at) != due.get(*at))
            .unwrap_or_default();
        let nothing = json!(null);
        let (due, told) = (
            due.get(first).unwrap_or(&nothing),
            told.get(first).unwrap_or(&nothing),
        );
        return Err(Stop::broken(format!(
            "{when}Event {} of a pet's history should be {due}, and is {told}.",
            first + 1
        )));
    }
    Ok(format!(
        "{when}All {} events of a pet's life were told, in order, with names and reasons.",
        due.len()
    ))
}

fn in_order(events: &[Value], when: &str) -> Check<()> {
    let times: Vec<Option<i64>> = events.iter().map(|event| event["at"].as_i64()).collect();
    if times.is_sorted() && !times.contains(&None) {
        return Ok(());
    }
    Err(Stop::broken(format!(
        "{when}The times of a pet's history go back or are missing."
    )))
}

/// The event without its time, which only the shop knows, and of the rest what belongs to its type.
fn essence(event: &Value) -> Value {
    let mut essence = json!({ "seq": event["seq"], "type": event["type"] });
    let belongs = match event["type"].as_str() {
        Some("adopted") => "customer",
        Some("returned") => "reason",
        _ => return essence,
    };
    essence[belongs] = event[belongs].clone();
    essence
}
