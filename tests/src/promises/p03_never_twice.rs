//! P3: a pet is never adopted twice. Fifty customers ask for one pet at once, and one of them gets it.

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use super::shop::{PATIENCE, Shop, expect, fresh_species};
use super::wire::{Answer, Wire, in_words};
use super::{Check, Stop};

const CUSTOMERS: usize = 50;
/// A race need not show at once; past so many fair rounds we believe that there is none.
const ROUNDS: usize = 20;

pub fn ask(shop: &Shop) -> Check {
    let species = fresh_species("raced");
    for round in 0..ROUNDS {
        let pet = shop.take_in_a(&species)?;
        let answers = ask_at_once(shop, &pet)?;
        let (winners, others): (Vec<_>, Vec<_>) =
            answers.iter().partition(|(_, answer)| answer.status == 200);
        let told = told(winners.len());
        let asked = format!("{CUSTOMERS} customers asked for one pet at once.");
        if winners.len() != 1 {
            return Err(Stop::broken(format!("{asked} {told}")));
        }
        let failed: Vec<&Answer> = others
            .iter()
            .map(|(_, answer)| answer)
            .filter(|answer| !is_too_late(answer))
            .collect();
        if let Some(first) = failed.first() {
            return Err(Stop::broken(format!(
                "{asked} {told}. Neither yes nor no: {}, the first of them {}.",
                failed.len(),
                why(first)
            )));
        }
        let winner = &winners[0].0;
        let now = expect(shop.get(&format!("/pets/{pet}"))?, 200, "GET of the pet")?.json();
        if now["customer"] != json!(winner) || now["status"] != "adopted" {
            let (status, owner) = (&now["status"], &now["customer"]);
            return Err(Stop::broken(format!(
                "{asked} {winner} was told that it is theirs, but the pet is {status} by {owner}."
            )));
        }
        if round + 1 == ROUNDS {
            return Ok(vec![format!(
                "{asked} {told}, {} that they were too late.",
                others.len()
            )]);
        }
    }
    unreachable!("the last round returns")
}

fn told(winners: usize) -> String {
    match winners {
        1 => "1 was told that it is theirs".to_owned(),
        0 => "Nobody was told that it is theirs.".to_owned(),
        many => format!("{many} were told that it is theirs."),
    }
}

/// The status, and what the problem says of it.
fn why(answer: &Answer) -> String {
    match answer.json()["detail"].as_str() {
        Some(detail) => format!("{}: {detail}", answer.status),
        None => answer.status.to_string(),
    }
}

fn is_too_late(answer: &Answer) -> bool {
    answer.status == 409
}

/// All connections are open before the first customer asks, so that the requests come together.
fn ask_at_once(shop: &Shop, pet: &str) -> Check<Vec<(String, Answer)>> {
    let start = Barrier::new(CUSTOMERS);
    thread::scope(|scope| {
        let customers = (1..=CUSTOMERS).map(|number| {
            let start = &start;
            scope.spawn(move || {
                let customer = format!("customer {number}");
                let opened = shop.wire();
                start.wait();
                let answer = adopt(shop, opened?, pet, &customer)?;
                Ok((customer, answer))
            })
        });
        let customers: Vec<_> = customers.collect();
        let answers = customers
            .into_iter()
            .map(|customer| customer.join().expect("no customer panics"));
        answers.collect()
    })
}

/// Whoever is told that the shop is away for a moment, and when to come again, does so.
fn adopt(shop: &Shop, wire: Wire, pet: &str, customer: &str) -> Check<Answer> {
    let deadline = Instant::now() + PATIENCE;
    let mut answer = adopt_now(shop, wire, pet, customer)?;
    while let Some(pause) = comes_again_after(&answer)
        && Instant::now() + pause < deadline
    {
        thread::sleep(pause);
        answer = adopt_now(shop, shop.wire()?, pet, customer)?;
    }
    Ok(answer)
}

fn comes_again_after(answer: &Answer) -> Option<Duration> {
    let is_away = answer.status == 503 && answer.problem() == "shop-away";
    let seconds = answer.field("retry-after").filter(|_| is_away)?;
    Some(Duration::from_secs(seconds.parse().ok()?))
}

fn adopt_now(shop: &Shop, mut wire: Wire, pet: &str, customer: &str) -> Check<Answer> {
    let target = format!("/pets/{pet}/adoption");
    let body = json!({ "customer": customer }).to_string();
    let answered = wire
        .send(&shop.bytes("POST", &target, Some(&body)))
        .and_then(|()| wire.answer(false, PATIENCE));
    let answer = answered.map_err(|error| {
        Stop::broken(format!(
            "{customer} was not answered: {}.",
            in_words(&error)
        ))
    })?;
    shop.note("POST", &target, &answer);
    Ok(answer)
}
