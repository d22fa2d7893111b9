//! P5: slow clients delay nobody. Beside a thousand connections that send a byte a second, every other request
//! is answered.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::Context;

use super::shop::Shop;
use super::wire::{Wire, in_words};
use super::{Check, Stop};

const SLOW: usize = 1_000;
const OTHERS: usize = 20;
/// What any other request is allowed. It is generous: without slow clients it takes less than a thousandth.
const ALLOWED: Duration = Duration::from_secs(2);

pub fn ask(shop: &Shop) -> Check {
    rlimit::increase_nofile_limit(8192).context("the limit of open files cannot be raised")?;
    // A shop that answers nobody at all has no slow clients to blame.
    super::shop::expect(
        shop.get("/health")?,
        200,
        "GET /health before any slow client",
    )?;
    let request = shop.bytes("POST", "/pets", Some(&" ".repeat(60_000)));
    let (mut slow, trouble) = open_slow(shop, request[0]);
    let opened = slow.len();
    let done = AtomicBool::new(false);
    let failed: Vec<String> = thread::scope(|scope| {
        scope.spawn(|| {
            for byte in request.iter().skip(1) {
                thread::sleep(Duration::from_secs(1));
                if done.load(Ordering::Relaxed) {
                    return;
                }
                // One that the shop has thrown out does not come again.
                slow.retain_mut(|wire| wire.send(&[*byte]).is_ok());
            }
        });
        let asking: Vec<_> = (0..OTHERS)
            .map(|n| {
                scope.spawn(move || {
                    // They come over two seconds, so that some meet the slow ones' second byte.
                    thread::sleep(
                        Duration::from_millis(100) * u32::try_from(n).unwrap_or_default(),
                    );
                    ask_quickly(shop)
                })
            })
            .collect();
        let failed = asking
            .into_iter()
            .filter_map(|asked| asked.join().expect("nobody panics").err());
        let failed = failed.collect();
        done.store(true, Ordering::Relaxed);
        failed
    });
    let answered = OTHERS - failed.len();
    let (beside, allowed) = (
        format!("{opened} connections that send a byte a second"),
        ALLOWED.as_secs(),
    );
    let Some(why) = failed.first() else {
        return Ok(vec![format!(
            "Beside {beside}, {answered} of {OTHERS} requests were answered within {allowed} s each."
        )]);
    };
    let mut lines = vec![format!(
        "Beside {beside}, {answered} of {OTHERS} requests were answered within {allowed} s; the first other: {why}."
    )];
    lines
        .extend(trouble.map(|why| format!("The next such connection could not be opened: {why}.")));
    Err(Stop::Broken(lines))
}

/// Opens them one after the other; a shop that accepts no more of them ends it.
fn open_slow(shop: &Shop, first_byte: u8) -> (Vec<Wire>, Option<String>) {
    let mut slow = Vec::with_capacity(SLOW);
    while slow.len() < SLOW {
        let opened = shop.open(ALLOWED).and_then(|mut wire| {
            wire.send(&[first_byte])?;
            Ok(wire)
        });
        match opened {
            Ok(wire) => slow.push(wire),
            Err(error) => return (slow, Some(in_words(&error))),
        }
    }
    (slow, None)
}

fn ask_quickly(shop: &Shop) -> Result<(), String> {
    let answer = shop.open(ALLOWED).and_then(|mut wire| {
        wire.send(&shop.bytes("GET", "/health", None))?;
        wire.answer(false, ALLOWED)
    });
    match answer {
        Ok(answer) if answer.status == 200 => Ok(()),
        Ok(answer) => Err(format!("it was answered {}", answer.status)),
        Err(error) => Err(in_words(&error)),
    }
}
