//! P9: a bug that panics, aborts or loops for ever in one request harms no other request.

use std::thread;
use std::time::Duration;

use super::rung::{Machine, Rung};
use super::shop::{PATIENCE, Shop, expect};
use super::wire::{Wire, in_words};
use super::{Check, Stop};

const OTHERS: usize = 10;

pub fn ask(rung: &Rung, shop: &Shop) -> Check {
    let bugs = [("panic", 3), ("abort", 1), ("loop", rung.loops)];
    let mut harmed = Vec::new();
    for (bug, times) in bugs {
        let machine = rung.machine()?;
        match beside(&machine, shop, bug, times) {
            Ok(()) => harmed.push((false, format!("{bug}: nobody else noticed."))),
            Err(Stop::Broken(lines)) => harmed.push((true, format!("{bug}: {}", lines.join(" ")))),
            Err(other) => return Err(other),
        }
    }
    let broken = harmed.iter().any(|(harmed, _)| *harmed);
    let lines = harmed.into_iter().map(|(_, line)| line).collect();
    if broken {
        Err(Stop::Broken(lines))
    } else {
        Ok(lines)
    }
}

/// Has a shop of its own run into the bug, and then asks other things of it.
fn beside(machine: &Machine, shop: &Shop, bug: &str, times: usize) -> Check<()> {
    let running = machine.start_with_a_bug()?;
    let shop = shop.moved_to(running.url())?;
    let id = shop.take_in_a("dog")?;
    // One request is under way when the bug strikes.
    let request = shop.bytes("GET", &format!("/pets/{id}"), None);
    let (first, rest) = request.split_at(request.len() - 2);
    let mut in_flight = shop.wire()?;
    in_flight.send(first)?;
    let mut struck = Vec::new();
    for _ in 0..times {
        match strike(&shop, bug) {
            Ok(wire) => struck.push(wire),
            // What it cannot take any more, the others are about to find out.
            Err(_) => break,
        }
    }
    thread::sleep(Duration::from_millis(300));
    let answer = in_flight
        .send(rest)
        .and_then(|()| in_flight.answer(false, PATIENCE));
    let answer = answer.map_err(|error| {
        Stop::broken(format!(
            "a request that was under way was lost: {}.",
            in_words(&error)
        ))
    })?;
    expect(answer, 200, "a request that was under way")?;
    for number in 0..OTHERS {
        let asked = shop.bytes("GET", &format!("/pets/{id}"), None);
        let answer = shop.open(Duration::from_secs(3)).and_then(|mut wire| {
            wire.send(&asked)?;
            wire.answer(false, Duration::from_secs(5))
        });
        match answer {
            Ok(answer) if answer.status == 200 => {}
            Ok(answer) => {
                return Err(Stop::broken(format!(
                    "a later request was answered {}.",
                    answer.status
                )));
            }
            Err(error) => {
                let which = if number == 0 {
                    "the next request"
                } else {
                    "a later request"
                };
                return Err(Stop::broken(format!(
                    "{which} failed: {}.",
                    in_words(&error)
                )));
            }
        }
    }
    Ok(())
}

fn strike(shop: &Shop, bug: &str) -> std::io::Result<Wire> {
    let mut wire = shop.open(Duration::from_secs(1))?;
    wire.send(&shop.bytes("GET", &format!("/bugs/{bug}"), None))?;
    Ok(wire)
}
