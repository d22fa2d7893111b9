//! P13: everything happens once, though every message may come twice. What a rung's messages come to is counted in two lives: one in
//! which each comes once, and one in which each comes twice.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Context;
use serde_json::Value;

use super::rung::{Machine, Messages, Rung};
use super::shop::{PATIENCE, Shop, expect};
use super::wire::in_words;
use super::{Check, Stop, p13_p15_absent};

/// Pets that find a home, each with a message that says so.
const HOMES: usize = 3;

/// A rung that sends messages delivers all of them before its polite end, which nobody waits longer for.
const END: Duration = Duration::from_mins(1);

pub fn ask(rung: &Rung, shop: &Shop) -> Check {
    let Some(messages) = &rung.messages else {
        return p13_p15_absent::messages(rung);
    };
    let once = live(rung, shop, messages, &BTreeMap::new())?;
    let twice = live(rung, shop, messages, &messages.twice)?;
    let lines = [(once, "once"), (twice, "twice")].map(|(seen, times)| seen.told(messages, times));
    let is_right = [once, twice]
        .iter()
        .all(|seen| seen.counted == HOMES && seen.letters.is_none_or(|letters| letters == HOMES));
    if is_right {
        Ok(lines.to_vec())
    } else {
        Err(Stop::Broken(lines.to_vec()))
    }
}

/// What the messages of [`HOMES`] adoptions have come to.
#[derive(Debug, Clone, Copy)]
struct Seen {
    counted: usize,
    letters: Option<usize>,
}

impl Seen {
    fn told(self, messages: &Messages, times: &str) -> String {
        let letters = self.letters.map_or_else(String::new, |letters| {
            format!(", and {letters} letters were written")
        });
        format!(
            "{HOMES} pets found a home, and each message came {times}: GET {} counted {} homes{letters}.",
            messages.count, self.counted
        )
    }
}

/// Lets pets find a home, and a shop end that is told so much besides. Counts when the next one has started.
fn live(
    rung: &Rung,
    shop: &Shop,
    messages: &Messages,
    told: &BTreeMap<String, String>,
) -> Check<Seen> {
    let machine = rung.machine()?;
    let mut running = machine.start_told(told)?;
    let living = shop.moved_to(running.url())?;
    for _ in 0..HOMES {
        let id = living.take_in_a("dog")?;
        expect(living.adopt(&id, "Ada")?, 200, "an adoption")?;
    }
    running.stop_politely()?;
    match running.ended_within(END)? {
        Some(status) if status.success() => {}
        ended => {
            let ended = ended.map_or("not at all".to_owned(), |status| format!("with {status}"));
            return Err(Stop::broken(format!(
                "After {HOMES} adoptions it was told to end, and ended {ended}: messages may be left."
            )));
        }
    }
    let again = machine
        .start_told(told)
        .map_err(|error| Stop::broken(format!("The shop did not start again: {error:#}.")))?;
    let counted = count(&shop.moved_to(again.url())?, messages)?;
    let letters = messages.letters.as_ref();
    let letters = letters.map(|partition| letters_in(&machine, partition));
    Ok(Seen {
        counted,
        letters: letters.transpose()?,
    })
}

/// The count. It is no part of the shop's contract, and is not held against it.
fn count(shop: &Shop, messages: &Messages) -> Check<usize> {
    let path = &messages.count;
    let answer = shop.open(PATIENCE).and_then(|mut wire| {
        wire.send(&shop.bytes("GET", path, None))?;
        wire.answer(false, PATIENCE)
    });
    let answer =
        answer.map_err(|error| Stop::broken(format!("GET {path}: {}.", in_words(&error))))?;
    let answer = expect(answer, 200, &format!("GET {path}"))?.json();
    let counted = answer[&messages.field].as_u64();
    let counted = counted.and_then(|counted| usize::try_from(counted).ok());
    counted.ok_or_else(|| {
        Stop::broken(format!(
            "GET {path} told {answer}, and no count in `{}`.",
            messages.field
        ))
    })
}

fn letters_in(machine: &Machine, partition: &str) -> anyhow::Result<usize> {
    let database = machine
        .database()
        .context("letters are in a table, and the rung has none")?;
    let is_letter = |item: &&Value| item["pk"]["S"] == partition;
    Ok(database.items()?.iter().filter(is_letter).count())
}
