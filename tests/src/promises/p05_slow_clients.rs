//! P5: slow clients delay nobody. Beside a thousand connections that send a byte a second, every other request
//! is answered.
//!
//! The others are asked when all slow ones are there, over a second in which each of these sends its next byte. A shop that stops letting
//! slow ones in may be full already, and then nobody else gets in either: the others are sent at once to see. If they are answered, that proves
//! nothing yet, and the slow ones go on coming.

use std::collections::VecDeque;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context;

use super::shop::Shop;
use super::wire::{Wire, in_words};
use super::{Check, Stop};

const SLOW: usize = 1_000;
const OTHERS: u32 = 20;
/// From one byte of a slow connection to its next.
const PAUSE: Duration = Duration::from_secs(1);
/// What any other request is allowed. It is generous: without slow clients it takes less than a thousandth.
const ALLOWED: Duration = Duration::from_secs(2);
/// When so long no slow connection could be opened, it is time to see whether others still can.
const STALLED: Duration = Duration::from_millis(300);

pub fn ask(shop: &Shop) -> Check {
    rlimit::increase_nofile_limit(8192).context("the limit of open files cannot be raised")?;
    // A shop that answers nobody at all has no slow clients to blame.
    super::shop::expect(
        shop.get("/health")?,
        200,
        "GET /health before any slow client",
    )?;
    let request = shop.bytes("POST", "/pets", Some(&" ".repeat(60_000)));
    let (crowd, came) = mpsc::channel();
    let (told, news) = mpsc::channel();
    let (beside, failed, trouble) = thread::scope(|scope| {
        let (request, first_byte) = (&request, request[0]);
        scope.spawn(move || drip(request, &came));
        let to_drip = crowd.clone();
        let opening = scope.spawn(move || open_slow(shop, first_byte, &to_drip, &told));
        let (beside, failed) = ask_others(shop, &news);
        // Whoever still tries to open another need not try again.
        drop(news);
        let trouble = opening.join().expect("nobody panics");
        // With the last who could send it a connection, the dripping ends.
        drop(crowd);
        (beside, failed, trouble)
    });
    let answered = OTHERS as usize - failed.len();
    let (beside, allowed) = (
        format!("{beside} connections that send a byte a second"),
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

/// Opens them one after the other and hands them over; a shop that accepts no more of them ends it, with why.
fn open_slow(
    shop: &Shop,
    first_byte: u8,
    crowd: &Sender<Wire>,
    told: &Sender<()>,
) -> Option<String> {
    for _ in 0..SLOW {
        let opened = shop.open(ALLOWED).and_then(|mut wire| {
            wire.send(&[first_byte])?;
            Ok(wire)
        });
        match opened {
            // Nobody listens any more when it is decided already.
            Ok(wire) => crowd.send(wire).ok().and(told.send(()).ok())?,
            Err(error) => return Some(in_words(&error)),
        }
    }
    None
}

/// Has each connection send a byte a second, until no more can come.
fn drip(request: &[u8], came: &Receiver<Wire>) {
    // Who sent longest ago is first; with each, when its next byte is due, and which that is.
    let mut slow: VecDeque<(Instant, usize, Wire)> = VecDeque::with_capacity(SLOW);
    loop {
        let due = slow.front().map(|(due, ..)| *due);
        let wait = due.map_or(PAUSE, |due| due.saturating_duration_since(Instant::now()));
        match came.recv_timeout(wait) {
            Ok(wire) => slow.push_back((Instant::now() + PAUSE, 1, wire)),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        while let Some((_, at, mut wire)) = slow.pop_front_if(|(due, ..)| *due <= Instant::now()) {
            // One that the shop has thrown out does not come again.
            if let Some(byte) = request.get(at)
                && wire.send(&[*byte]).is_ok()
            {
                slow.push_back((Instant::now() + PAUSE, at + 1, wire));
            }
        }
    }
}

/// Asks the others; beside how many slow ones, and what went wrong.
fn ask_others(shop: &Shop, news: &Receiver<()>) -> (usize, Vec<String>) {
    let mut opened = 0;
    let is_stalled = loop {
        match news.recv_timeout(STALLED) {
            Ok(()) => opened += 1,
            Err(RecvTimeoutError::Timeout) => break true,
            Err(RecvTimeoutError::Disconnected) => break false,
        }
    };
    if is_stalled {
        let failed = ask_over(shop, Duration::ZERO);
        if !failed.is_empty() {
            return (opened, failed);
        }
        opened += news.iter().count();
    }
    (opened, ask_over(shop, PAUSE))
}

/// Asks the others, the last a little more than `time` after the first; what went wrong.
fn ask_over(shop: &Shop, time: Duration) -> Vec<String> {
    thread::scope(|scope| {
        let asking: Vec<_> = (0..OTHERS)
            .map(|n| {
                scope.spawn(move || {
                    thread::sleep(time * n / (OTHERS - 2));
                    ask_quickly(shop)
                })
            })
            .collect();
        let failed = asking
            .into_iter()
            .filter_map(|asked| asked.join().expect("nobody panics").err());
        failed.collect()
    })
}

fn ask_quickly(shop: &Shop) -> Result<(), String> {
    let begun = Instant::now();
    let answer = shop.open(ALLOWED).and_then(|mut wire| {
        wire.send(&shop.bytes("GET", "/health", None))?;
        wire.answer(false, ALLOWED.saturating_sub(begun.elapsed()))
    });
    match answer {
        Ok(answer) if answer.status == 200 => Ok(()),
        Ok(answer) => Err(format!("it was answered {}", answer.status)),
        Err(error) => Err(in_words(&error)),
    }
}
