//! P14, second part, for a rung whose database is elsewhere: the shop is killed in the middle of a request with a key, when the database
//! has done something and the shop has not heard of it. Whoever repeats the request gets the answer, and nothing happens twice.
//!
//! A [`Relay`] between the two keeps the database's answer back, and then the shop is killed.

use std::thread;
use std::time::Duration;

use anyhow::Context;
use serde_json::Value;

use super::behind::{STAYS, settled};
use super::p14_idempotency::{Request, requests};
use super::relay::Relay;
use super::rung::{Machine, Rung, Running};
use super::shop::{PATIENCE, Shop, expect, percent_encoded};
use super::{Check, Stop};

/// More questions to the database than any request takes.
const MOST_QUESTIONS: usize = 20;

pub fn ask(rung: &Rung, shop: &Shop) -> Check {
    let machine = rung.machine()?;
    let database = machine.database().context("its database is elsewhere")?;
    let relay = Relay::to(&database.url())?;
    let (mut killed, mut unanswered) = (0, 0);
    let kinds = {
        let running = machine.start_at(relay.url())?;
        requests(&shop.moved_to(running.url())?)?.len()
    };
    for kind in 0..kinds {
        let mut had_happened = 0;
        for others in 0..MOST_QUESTIONS {
            let Some(happened) = kill_after(&machine, shop, &relay, kind, others)? else {
                // The request takes no more questions than that.
                break;
            };
            killed += 1;
            had_happened += usize::from(happened);
        }
        if had_happened == 0 {
            let error =
                anyhow::anyhow!("request {kind} had never happened when the shop was killed");
            return Err(Stop::Suite(error));
        }
        unanswered += had_happened;
    }
    Ok(vec![format!(
        "Killed at {killed} moments of {kinds} requests, each time before it heard what the database had done, and {unanswered} times when \
         the request had happened, it gave the answer to whoever repeated it."
    )])
}

/// Kills the shop in the middle of a request of this kind, when the database has answered after `others` answers before. Whether the request
/// had happened; `None` when the shop answered it first.
fn kill_after(
    machine: &Machine,
    shop: &Shop,
    relay: &Relay,
    kind: usize,
    others: usize,
) -> Check<Option<bool>> {
    let prepared = if machine.has_messages() {
        Some(prepared(machine, shop, kind)?)
    } else {
        None
    };
    let mut running = machine.start_at(relay.url())?;
    let living = shop.moved_to(running.url())?;
    let request = match prepared {
        Some(request) => request,
        None => requests(&living)?.swap_remove(kind),
    };
    let before = state(&living, &request)?;
    let due = Due {
        request: &request,
        before: &before,
        is_late: machine.lists_are_late(),
    };
    relay.keep_back_after(others);
    let (is_kept_back, answer) = thread::scope(|scope| {
        let asked = scope.spawn(|| request.send(&living));
        let is_kept_back = is_kept_back(relay, || asked.is_finished());
        running.kill();
        (is_kept_back, asked.join().expect("nobody panics"))
    });
    relay.let_go();
    match answer {
        Ok(answer) => return expect(answer, request.status, "a request with a key").map(|_| None),
        // What it was killed for.
        Err(Stop::Broken(_)) if is_kept_back => {}
        Err(other) => return Err(other),
    }
    let again = machine.start_again()?;
    comes_back(&again, shop, &due).map(Some)
}

/// The request, after the end of a shop that has prepared it: what its messages ask of the database then passes no relay, whose count of
/// questions it would disturb.
fn prepared(machine: &Machine, shop: &Shop, kind: usize) -> Check<Request> {
    let mut running = machine.start()?;
    let request = requests(&shop.moved_to(running.url())?)?.swap_remove(kind);
    running.stop_politely()?;
    let ended = running.ended_within(PATIENCE)?;
    ended.context("it did not end when it was told to")?;
    Ok(request)
}

/// Waits until the relay keeps an answer back, or the request is done, which it is in the end. Whether it is the former.
fn is_kept_back(relay: &Relay, is_done: impl Fn() -> bool) -> bool {
    while !relay.has_kept_back(Duration::from_millis(10)) {
        if is_done() {
            return false;
        }
    }
    true
}

/// A request, and how things stood before it.
struct Due<'a> {
    request: &'a Request,
    before: &'a Value,
    is_late: bool,
}

impl Due<'_> {
    /// How things stand now, once what has happened had the time to be listed.
    fn state(&self, shop: &Shop) -> Check<Value> {
        if self.is_late && self.request.species.is_some() {
            settled(|said| said != self.before, || state(shop, self.request))
        } else {
            state(shop, self.request)
        }
    }
}

/// Repeats the request twice. Whether it had happened before that.
fn comes_back(running: &Running, shop: &Shop, due: &Due<'_>) -> Check<bool> {
    let shop = shop.moved_to(running.url())?;
    let (request, before) = (due.request, due.before);
    let left = due.state(&shop)?;
    let happened = left != *before;
    let what = format!(
        "POST {} {}, the shop was killed before it answered, and it was repeated with its key",
        request.target,
        if happened {
            "had happened"
        } else {
            "had not happened"
        },
    );
    let again = expect(request.send(&shop)?, request.status, &what)?;
    let after = due.state(&shop)?;
    if happened && after != left {
        return Err(Stop::broken(format!("{what}. It happened twice.")));
    }
    if after == *before {
        return Err(Stop::broken(format!(
            "{what}. It was answered, and had not happened."
        )));
    }
    if request.send(&shop)?.json() != again.json() {
        return Err(Stop::broken(format!("{what} twice. The answers differ.")));
    }
    if due.is_late {
        thread::sleep(STAYS);
    }
    if state(&shop, request)? != after {
        return Err(Stop::broken(format!("{what} twice. It happened twice.")));
    }
    Ok(happened)
}

/// What the shop knows of the pets that a request is about.
fn state(shop: &Shop, request: &Request) -> Check<Value> {
    let mut pets = Vec::new();
    for id in &request.pets {
        pets.push(expect(shop.get(&format!("/pets/{id}"))?, 200, "GET of a pet")?.json());
    }
    if let Some(species) = &request.species {
        pets.extend(shop.list(&format!("species={}", percent_encoded(species)), 100)?);
    }
    Ok(Value::Array(pets))
}
