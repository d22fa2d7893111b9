//! P14, second part: a shop is killed in the middle of a request with a key, and most of all where the request has happened and was not
//! answered. Whoever repeats it gets the answer that was on its way, and nothing happens twice.
//!
//! The real program runs under `strace`; what it had asked of the kernel by a moment is what `kill -9` in that moment leaves.

use super::disk::{Disk, Pretend};
use super::p04_power_cut::acknowledgements;
use super::p14_idempotency::{Made, make};
use super::rung::{Machine, Rung};
use super::shop::{Shop, expect, percent_encoded};
use super::strace::{self, Call};
use super::{Check, Stop};

const SEED: u64 = 2014;
/// Kills besides those right before an answer.
const KILLS: usize = 16;

pub fn ask(rung: &Rung, shop: &Shop) -> Check {
    if let Some(why) = strace::missing()? {
        return Ok(vec![format!(
            "It was not killed between a commit and its answer: {why}."
        )]);
    }
    let machine = rung.machine()?;
    let log = machine.beside("strace.log");
    let mut running = machine.start_below(&strace::wrapper(&log, None))?;
    let living = shop.moved_to(running.url())?;
    let made = make(&living)?;
    expect(living.get("/health")?, 200, "GET /health")?;
    running.kill_below()?;
    let calls = strace::read_file(&log, 0)?;
    let (since, answered) = answers(&calls, &made)?;
    let mut disk = Disk::new(&machine.disk(), Pretend::Nothing);
    let mut calls_left = calls.iter().peekable();
    let (moments, mut unanswered) = (moments(&machine, &calls, since, &answered), 0);
    for &moment in &moments {
        while let Some(call) = calls_left.next_if(|call| call.ended <= moment) {
            disk.apply(call)?;
        }
        let killed = rung.machine()?;
        disk.write_down_memory(&killed.disk())?;
        let known = answered.iter().filter(|at| **at < moment).count();
        unanswered += usize::from(repeat_all(&killed, shop, &made, known)?);
    }
    if unanswered < made.len() {
        let error = anyhow::anyhow!(
            "of {} requests only {unanswered} had happened when their answers were about to leave",
            made.len()
        );
        return Err(Stop::Suite(error));
    }
    Ok(vec![format!(
        "Killed at {} moments of {} requests, {unanswered} times when one had happened and was not answered, it gave the answer to \
         whoever repeated it.",
        moments.len(),
        made.len()
    )])
}

/// When the answers began to leave: the last one before these requests, and theirs.
fn answers(calls: &[Call], made: &[Made]) -> Check<(usize, Vec<usize>)> {
    let species = made.iter().flat_map(Made::pets);
    let species: Vec<String> = species
        .filter_map(|pet| pet["species"].as_str().map(str::to_owned))
        .collect();
    let sent = acknowledgements(calls, &species);
    let mut sent: Vec<usize> = sent.iter().map(|step| step.at).collect();
    match sent.len().checked_sub(made.len()) {
        None | Some(0) => {
            let error = anyhow::anyhow!("strace saw no more than {} answers", sent.len());
            Err(Stop::Suite(error))
        }
        Some(others) => {
            let ours = sent.split_off(others);
            Ok((sent[others - 1], ours))
        }
    }
}

/// Right before each answer, and right after some changes on the disk since then.
fn moments(machine: &Machine, calls: &[Call], since: usize, answered: &[usize]) -> Vec<usize> {
    let until = answered.last().copied().unwrap_or_default();
    let changes = calls
        .iter()
        .filter(|call| (since..until).contains(&call.ended) && call.changes(&machine.disk()));
    let mut moments: Vec<usize> = changes.map(|call| call.ended).collect();
    fastrand::Rng::with_seed(SEED).shuffle(&mut moments);
    moments.truncate(KILLS);
    moments.extend(answered);
    moments.sort_unstable();
    moments.dedup();
    moments
}

/// Repeats all requests, of which the first `known` were answered. Says whether the next had happened all the same.
fn repeat_all(machine: &Machine, shop: &Shop, made: &[Made], known: usize) -> Check<bool> {
    let running = machine.start_again()?;
    let shop = shop.moved_to(running.url())?;
    let happened = match made.get(known) {
        Some(next) => has_happened(&shop, next)?,
        None => false,
    };
    for (number, request) in made.iter().enumerate() {
        let when = match number {
            _ if number < known => "was answered, the shop was killed",
            _ if number == known && happened => {
                "had happened, the shop was killed before it answered"
            }
            _ => "was not answered, the shop was killed",
        };
        let what = format!(
            "POST {} {when}, and it was repeated with its key",
            request.target
        );
        let ask = || shop.post_with_key(&request.target, &request.body, &request.key);
        let again = expect(ask()?, request.answer.status, &what)?;
        if number < known && again.json() != request.answer.json() {
            return Err(Stop::broken(format!("{what}. The answer had changed.")));
        }
        if ask()?.json() != again.json() {
            return Err(Stop::broken(format!("{what} twice. The answers differ.")));
        }
    }
    let species = made[0].answer.json()["species"].clone();
    let species = percent_encoded(species.as_str().unwrap_or_default());
    let there = shop.list(&format!("species={species}"), 100)?.len();
    if there != 1 {
        return Err(Stop::broken(format!(
            "A pet was taken in, the shop was killed, and the request was repeated with its key. Then the pet was there {there} times."
        )));
    }
    Ok(happened)
}

/// Whether a request did what it was to do.
fn has_happened(shop: &Shop, made: &Made) -> Check<bool> {
    for due in made.pets() {
        let seen = shop.get(&format!("/pets/{}", due["id"].as_str().unwrap_or_default()))?;
        if seen.json() != due {
            return Ok(false);
        }
    }
    Ok(true)
}
