//! The part of P2 that takes its time: a request that is not there whole ten seconds after its first byte is
//! answered 408 and the connection closed, and one that is slower than most but in time is answered as any other.

use std::io::ErrorKind;
use std::thread;
use std::time::{Duration, Instant};

use super::shop::{PATIENCE, Shop, pet};
use super::wire::{Answer, Wire, in_words};

/// How many requests are tried here.
pub const COUNT: usize = 4;

/// Past this the last byte of a slow request comes; well within the ten seconds.
const LATE_BUT_IN_TIME: Duration = Duration::from_secs(5);

/// What is wrong with the answers to slow requests.
pub fn wrong(shop: &Shop) -> Vec<String> {
    let dog = shop.bytes("POST", "/pets", Some(&pet("Rex", "dog").to_string()));
    let half_a_body = &dog[..dog.len() - 10];
    let half_a_head = &dog[..40];
    thread::scope(|scope| {
        let checks = [
            scope.spawn(|| times_out(shop, "half a head", half_a_head, &[])),
            scope.spawn(|| times_out(shop, "half a body", half_a_body, &[])),
            scope.spawn(|| times_out(shop, "a byte a second", &dog[..1], &dog[1..100])),
            scope.spawn(|| is_answered(shop, &dog)),
        ];
        let checks = checks.map(|check| check.join().expect("no check panics"));
        checks.into_iter().filter_map(Result::err).collect()
    })
}

/// Sends `first`, then `rest` byte by byte, and waits for the 408.
fn times_out(shop: &Shop, name: &str, first: &[u8], rest: &[u8]) -> Result<(), String> {
    let in_name = |why: String| format!("{name}, and then nothing: {why}");
    let mut wire = open(shop, first).map_err(in_name)?;
    let begin = Instant::now();
    for byte in rest {
        if begin.elapsed() > Duration::from_secs(9) {
            break;
        }
        thread::sleep(Duration::from_secs(1));
        // It may be closed by now; the answer tells.
        let _ = wire.send(&[*byte]);
    }
    match wire.answer(false, PATIENCE) {
        Err(error) if shop.may_hang_up() && error.kind() == ErrorKind::UnexpectedEof => {}
        Err(error) => return Err(in_name(in_words(&error))),
        Ok(answer) => is_told_so(shop, &mut wire, &answer).map_err(in_name)?,
    }
    if begin.elapsed() < Duration::from_secs(9) {
        return Err(in_name(
            "that came before the ten seconds were over".to_owned(),
        ));
    }
    Ok(())
}

fn is_told_so(shop: &Shop, wire: &mut Wire, answer: &Answer) -> Result<(), String> {
    shop.note("POST", "/", answer);
    if answer.status != 408 || answer.problem() != "request-timeout" {
        return Err(told(answer));
    }
    if !answer.closes() || !wire.is_closed_within(PATIENCE) {
        return Err("the connection was not closed".to_owned());
    }
    Ok(())
}

/// Sends a request whose last byte comes late, but in time.
fn is_answered(shop: &Shop, request: &[u8]) -> Result<(), String> {
    let in_name = |why: String| format!("a request that takes five seconds: {why}");
    let (most, last) = request.split_at(request.len() - 1);
    let mut wire = open(shop, most).map_err(in_name)?;
    thread::sleep(LATE_BUT_IN_TIME);
    let answer = wire.send(last).and_then(|()| wire.answer(false, PATIENCE));
    match answer {
        Ok(answer) if answer.status == 201 => Ok(()),
        Ok(answer) => Err(in_name(told(&answer))),
        Err(error) => Err(in_name(in_words(&error))),
    }
}

fn open(shop: &Shop, first: &[u8]) -> Result<Wire, String> {
    let wire = shop
        .open(PATIENCE)
        .and_then(|mut wire| wire.send(first).map(|()| wire));
    wire.map_err(|error| in_words(&error))
}

fn told(answer: &Answer) -> String {
    format!("it was answered {} {}", answer.status, answer.problem())
}
