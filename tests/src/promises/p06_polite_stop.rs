//! P6: a polite stop loses no request in flight and takes no new one.

use std::thread;
use std::time::{Duration, Instant};

use super::rung::{Rung, Running};
use super::shop::{PATIENCE, Shop, pet};
use super::wire::in_words;
use super::{Check, Stop};

pub fn ask(rung: &Rung, shop: &Shop) -> Check {
    let machine = rung.machine()?;
    let mut running = machine.start()?;
    let shop = shop.moved_to(running.url())?;
    let request = shop.bytes("POST", "/pets", Some(&pet("Rex", "dog").to_string()));
    let (first, rest) = request.split_at(request.len() - 20);
    let mut in_flight = shop.wire()?;
    in_flight.send(first)?;
    // The shop must have begun with it when the signal comes.
    thread::sleep(Duration::from_millis(300));

    running.stop_politely()?;
    refuses_new_connections(&shop, &mut running)?;
    let answer = in_flight
        .send(rest)
        .and_then(|()| in_flight.answer(false, PATIENCE));
    let answer = answer.map_err(|error| lost(&in_words(&error)))?;
    shop.note("POST", "/pets", &answer);
    if answer.status != 201 {
        return Err(lost(&format!("it was answered {}", answer.status)));
    }
    let id = super::shop::id_of(&answer.json())?;
    drop(in_flight);
    match running.ended_within(Duration::from_secs(20))? {
        Some(status) if status.success() => {}
        Some(status) => {
            return Err(Stop::broken(format!(
                "After SIGTERM it ended with {status}."
            )));
        }
        None => return Err(Stop::broken("After SIGTERM it did not end within 20 s.")),
    }
    let again = machine.start_again()?;
    let pet = shop.moved_to(again.url())?.get(&format!("/pets/{id}"))?;
    super::shop::expect(
        pet,
        200,
        "after a restart, GET of the pet that was in flight",
    )?;
    Ok(vec![
        "SIGTERM came in the middle of a request. It was answered, nobody new was let in, and the shop ended with status 0."
            .to_owned(),
    ])
}

/// Waits until nobody new is let in; a connection that is accepted but never served counts as refused.
fn refuses_new_connections(shop: &Shop, running: &mut Running) -> Check<()> {
    let deadline = Instant::now() + Duration::from_secs(5);
    loop {
        let served = shop.open(Duration::from_secs(1)).and_then(|mut wire| {
            wire.send(&shop.bytes("GET", "/health", None))?;
            wire.answer(false, Duration::from_secs(1))
        });
        if served.is_err() {
            return Ok(());
        }
        if Instant::now() > deadline {
            return Err(Stop::broken(
                "5 s after SIGTERM it still served new connections.",
            ));
        }
        if let Some(status) = running.ended_within(Duration::from_millis(20))? {
            return Err(lost(&format!("the shop was gone ({status})")));
        }
    }
}

fn lost(why: &str) -> Stop {
    Stop::broken(format!(
        "SIGTERM came in the middle of a request. The request was lost: {why}."
    ))
}
