//! P2: bad input gets the status that RFC 9110 names, as a problem document, and the shop goes on.

use std::io::ErrorKind;
use std::thread;

use serde_json::Value;

use super::contract::shortened;
use super::p02_inputs::{Input, inputs};
use super::p02_slow;
use super::p02_staff;
use super::shop::{PATIENCE, Shop};
use super::wire::{Answer, in_words};
use super::{Check, Stop};

pub fn ask(shop: &Shop) -> Check {
    let inputs = inputs(shop)?;
    // Requests that are never whole take the shop ten seconds each, so they are tried beside the others.
    let (slow, mut wrong) = thread::scope(|scope| {
        let slow = scope.spawn(|| p02_slow::wrong(shop));
        let wrong: Vec<String> = inputs
            .iter()
            .filter_map(|input| wrong(shop, input))
            .collect();
        (slow.join().expect("no check panics"), wrong)
    });
    let total = inputs.len() + p02_slow::COUNT + p02_staff::count(shop);
    wrong.extend(slow);
    wrong.extend(p02_staff::wrong(shop));
    if wrong.is_empty() {
        return Ok(vec![format!(
            "{total} bad requests were each answered with the right problem, and the shop went on."
        )]);
    }
    let mut lines = vec![format!(
        "{} of {total} bad requests were not answered as they should be.",
        wrong.len()
    )];
    let rest = wrong.len().saturating_sub(5);
    lines.extend(wrong.into_iter().take(5));
    if rest > 0 {
        lines.push(format!("And {rest} more."));
    }
    Err(Stop::Broken(lines))
}

/// What is wrong with the shop's answer to an input, or with the shop after it.
fn wrong(shop: &Shop, input: &Input) -> Option<String> {
    let name = &input.name;
    match wrong_answer(shop, input) {
        Err(Stop::Broken(lines)) => Some(format!("{name}: {}", lines.join(" "))),
        Err(Stop::NotAsked(why)) => Some(format!("{name}: {why}")),
        Err(Stop::Suite(error)) => Some(format!("{name}: the suite failed: {error:#}")),
        Ok(()) => still_there(shop).map(|why| format!("{name}: afterwards {why}")),
    }
}

fn wrong_answer(shop: &Shop, input: &Input) -> Check<()> {
    let mut wire = shop.wire()?;
    // The shop may answer and close before it has read all.
    let sent = wire.send(&input.bytes);
    let bodiless = input.bytes.starts_with(b"HEAD ");
    let answer = wire.answer(bodiless, PATIENCE);
    if input.forgiven.as_deref() == Some("closed")
        && answer
            .as_ref()
            .is_err_and(|error| error.kind() == ErrorKind::UnexpectedEof)
    {
        return Ok(());
    }
    let answer = answer.map_err(|error| {
        let why = if sent.is_err() {
            "it was cut off while it was sent, and "
        } else {
            ""
        };
        Stop::broken(format!("{why}{}.", in_words(&error)))
    })?;
    let forgiven = input.forgiven.as_deref() == Some(&answer.status.to_string());
    if forgiven {
        shop.note(&input.operation.0, &input.operation.1, &answer);
    } else {
        judge(shop, input, &answer)?;
    }
    if answer.closes() {
        return Ok(());
    }
    if input.closes && !forgiven {
        return Err(Stop::broken(
            "the connection should have been closed, and the answer does not say so.",
        ));
    }
    // A connection that stays open must be at the beginning of the next request.
    let next = wire
        .send(&shop.bytes("GET", "/health", None))
        .and_then(|()| wire.answer(false, PATIENCE));
    match next {
        Ok(next) if next.status == 200 && next.json()["status"] == "ok" => Ok(()),
        Ok(next) => Err(Stop::broken(format!(
            "the connection stayed open, but GET /health on it was answered {}.",
            next.status
        ))),
        Err(error) => Err(Stop::broken(format!(
            "the connection was to stay open, but the next request on it failed: {}.",
            in_words(&error)
        ))),
    }
}

fn judge(shop: &Shop, input: &Input, answer: &Answer) -> Check<()> {
    let (method, target) = &input.operation;
    shop.note(method, target, answer);
    let problem = answer.problem();
    let given = format!("{} {problem}", answer.status);
    let status = answer.status.to_string();
    // An answer to HEAD has no body that could tell more than the status.
    let is_given = |due: &String| *due == given || method == "HEAD" && due.starts_with(&status);
    if !input.answers.iter().any(is_given) {
        let due = input.answers.join(" or ");
        let body = String::from_utf8_lossy(&answer.body);
        let told = if problem.is_empty() {
            shortened(body.trim(), 80)
        } else {
            problem
        };
        return Err(Stop::broken(format!(
            "expected {due}, got {status} {told}."
        )));
    }
    if !input.allow.is_empty() {
        let allow = answer.field("allow").unwrap_or_default();
        let methods = allow.split(',').map(str::trim);
        let mut given: Vec<&str> = methods.filter(|method| *method != "OPTIONS").collect();
        given.sort_unstable();
        if given != input.allow {
            let due = input.allow.join(", ");
            return Err(Stop::broken(format!(
                "expected Allow: {due}, got {allow:?}."
            )));
        }
    }
    if !input.pointers.is_empty() {
        let errors = answer.json()["errors"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let pointers: Vec<&str> = errors
            .iter()
            .filter_map(|error: &Value| error["pointer"].as_str())
            .collect();
        if !pointers
            .iter()
            .any(|pointer| input.pointers.contains(&(*pointer).to_owned()))
        {
            return Err(Stop::broken(format!(
                "expected an error at {}, got {pointers:?}.",
                input.pointers[0]
            )));
        }
    }
    Ok(())
}

fn still_there(shop: &Shop) -> Option<String> {
    match shop.get("/health") {
        Ok(answer) if answer.status == 200 => None,
        Ok(answer) => Some(format!("GET /health was answered {}.", answer.status)),
        Err(Stop::Broken(lines)) => Some(lines.join(" ")),
        Err(_) => Some("the shop could not be asked.".to_owned()),
    }
}
