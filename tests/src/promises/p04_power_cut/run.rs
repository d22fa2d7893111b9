//! Two lives of the shop, as strace saw them, and the moments at which the power may go.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::thread;

use serde_json::Value;

use crate::promises::rung::{Machine, Rung};
use crate::promises::shop::{Shop, expect};
use crate::promises::strace::{self, Call};
use crate::promises::wire::find;
use crate::promises::writes::{Step, Story, Writer};
use crate::promises::{Check, Stop};

use super::SEED;

const WRITERS: u64 = 3;
/// How often each of them writes in the first life, and in the second.
const WRITES: [usize; 2] = [12, 3];
/// Cuts right after a write to the disk. Half of them tear it, so that all of them miss it once in a million runs.
const TORN_MOMENTS: usize = 20;
/// Cuts while it starts again.
const START_MOMENTS: usize = 12;
/// Moments besides.
const OTHER_MOMENTS: usize = 12;

/// A run of the shop, as strace saw it.
pub(in crate::promises) struct Run {
    pub root: PathBuf,
    pub calls: Vec<Call>,
    pub story: Story,
    /// The number of the line at which the second life begins.
    second_life: usize,
}

impl Run {
    /// Lets customers write, kills the shop, starts it again on what it left, and lets them go on.
    ///
    /// # Errors
    ///
    /// Broken, when a write is not answered or the shop does not start again.
    pub fn record(rung: &Rung, shop: &Shop, inject: Option<&str>) -> Check<Self> {
        let machine = rung.machine()?;
        let (mut calls, mut second_life) = (Vec::new(), 0);
        let (mut species, mut seen) = (Vec::new(), 0);
        for (life, times) in WRITES.into_iter().enumerate() {
            for story in live(&machine, shop, inject, life, times)? {
                seen += story.acknowledged();
                species.extend(story.species);
            }
            second_life = after(&calls);
            let log = machine.beside(&log_of(life));
            calls.extend(strace::read_file(&log, second_life)?);
        }
        let steps = acknowledgements(&calls, &species);
        if steps.len() != seen {
            let logged = steps.len();
            let error =
                anyhow::anyhow!("strace saw {logged} acknowledgements, the customers {seen}");
            return Err(Stop::Suite(error));
        }
        Ok(Self {
            root: machine.disk(),
            calls,
            story: Story {
                species,
                steps,
                ..Story::default()
            },
            second_life,
        })
    }

    /// Right after each acknowledgement, right after some writes to the disk, where there is something to tear, right
    /// after each call about the disk while the shop starts again, and some others; in order.
    #[must_use]
    pub fn moments(&self) -> Vec<usize> {
        let mut random = fastrand::Rng::with_seed(SEED);
        let last = self.calls.last().map_or(0, |call| call.ended);
        let mut moments: Vec<usize> = self.story.steps.iter().map(|step| step.at).collect();
        let mut written: Vec<usize> = self
            .calls
            .iter()
            .filter(|call| call.changes(&self.root) && call.name.contains("write"))
            .map(|call| call.ended)
            .collect();
        random.shuffle(&mut written);
        moments.extend(written.into_iter().take(TORN_MOMENTS));
        moments.extend(self.second_start(&mut random));
        moments.extend(std::iter::repeat_with(|| random.usize(..=last)).take(OTHER_MOMENTS));
        moments.sort_unstable();
        moments.dedup();
        moments
    }

    /// Some syncs of what was written, by their places among the calls, and always the last one of a write before the second life's
    /// first acknowledgement: with it a log begins.
    pub fn syncs_of_writes(&self, count: usize, random: &mut fastrand::Rng) -> Vec<usize> {
        let of = |call: &Call| call.descriptor.as_ref().map(|(_, path)| path.clone());
        let on_disk = |call: &(usize, &Call)| call.1.changes(&self.root);
        let changes: Vec<(usize, &Call)> = self.calls.iter().enumerate().filter(on_disk).collect();
        let pairs = changes.windows(2).filter(|pair| {
            pair[1].1.name.ends_with("sync")
                && pair[0].1.name.contains("write")
                && of(pair[0].1) == of(pair[1].1)
        });
        let mut syncs: Vec<usize> = pairs.map(|pair| pair[1].0).collect();
        let first = self.story.steps.iter().map(|step| step.at);
        let first = first.filter(|at| *at >= self.second_life).min();
        let before = |sync: &&usize| Some(self.calls[**sync].ended) < first;
        let begins = syncs.iter().rev().find(before).copied();
        random.shuffle(&mut syncs);
        begins.into_iter().chain(syncs).take(count).collect()
    }

    /// The number of lines of its log.
    #[must_use]
    pub fn end(&self) -> usize {
        after(&self.calls)
    }

    /// While it starts again, it reads what it had acknowledged, and may move it from one file to another.
    fn second_start(&self, random: &mut fastrand::Rng) -> Vec<usize> {
        let first_after = self
            .story
            .steps
            .iter()
            .map(|step| step.at)
            .find(|at| *at >= self.second_life);
        let start = self.second_life..first_after.unwrap_or(usize::MAX);
        let calls = self.calls.iter().filter(|call| start.contains(&call.ended));
        let mut moments: Vec<usize> = calls
            .filter(|call| call.changes(&self.root))
            .map(|call| call.ended)
            .collect();
        random.shuffle(&mut moments);
        moments.truncate(START_MOMENTS);
        moments
    }

    /// Says when it was.
    pub fn at(&self, moment: usize, lucky: bool, stop: Stop) -> Stop {
        let Stop::Broken(lines) = stop else {
            return stop;
        };
        let before = self
            .story
            .steps
            .iter()
            .filter(|step| step.at <= moment)
            .count();
        let rest = if lucky {
            "with a torn rest of"
        } else {
            "without"
        };
        Stop::broken(format!(
            "After a power cut that followed {before} acknowledgements, {rest} what was not synced: {}.",
            lines.join(" ").trim_end_matches('.')
        ))
    }
}

/// The number of the next line.
fn after(calls: &[Call]) -> usize {
    calls.last().map_or(0, |call| call.ended + 1)
}

/// One life under strace. Everything is answered before its end, so the log tells all that happened.
fn live(
    machine: &Machine,
    shop: &Shop,
    inject: Option<&str>,
    life: usize,
    times: usize,
) -> Check<Vec<Story>> {
    let log = machine.beside(&log_of(life));
    let mut running = machine
        .start_below(&strace::wrapper(&log, inject))
        .map_err(|error| match life {
            0 => Stop::Suite(error),
            _ => Stop::broken(format!("The shop did not start again: {error:#}.")),
        })?;
    let living = shop.moved_to(running.url())?;
    let stories = thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|n| {
                let living = &living;
                scope.spawn(move || write(living, SEED + n + WRITERS * life as u64, times))
            })
            .collect();
        let told = writers
            .into_iter()
            .map(|writer| writer.join().expect("no writer panics"));
        told.collect::<Check<Vec<_>>>()
    })?;
    // By the time that this is answered, strace has written down all that came before.
    expect(living.get("/health")?, 200, "GET /health")?;
    running.kill_below()?;
    Ok(stories)
}

fn log_of(life: usize) -> String {
    format!("strace-{life}.log")
}

fn write(shop: &Shop, seed: u64, times: usize) -> Check<Story> {
    let mut writer = Writer::new(seed);
    for _ in 0..times {
        if !writer.write(shop)? {
            return Err(Stop::broken("A write got no answer."));
        }
    }
    Ok(writer.story)
}

/// The answers that the shop began to send, each at the moment when its last bytes left.
pub(in crate::promises) fn acknowledgements(calls: &[Call], species: &[String]) -> Vec<Step> {
    let mut sent: BTreeMap<&str, Vec<u8>> = BTreeMap::new();
    let mut steps = Vec::new();
    for call in calls {
        let Some((_, path)) = &call.descriptor else {
            continue;
        };
        let sends = ["write", "writev", "sendto", "sendmsg"].contains(&call.name.as_str());
        if !sends || !path.starts_with("socket:") || call.returned <= 0 {
            continue;
        }
        let unread = sent.entry(path).or_default();
        unread.extend(call.strings.concat());
        while let Some((success, body)) = next_answer(unread) {
            steps.extend(Step::read(&body, species, call.begun).filter(|_| success));
        }
    }
    steps.sort_by_key(|step| step.at);
    steps
}

/// Takes the next whole answer with a JSON body from what was sent.
fn next_answer(unread: &mut Vec<u8>) -> Option<(bool, Value)> {
    let begin = find(unread, b"\r\n\r\n")?;
    let body = begin + unread[begin..].iter().position(|byte| *byte == b'{')?;
    let mut values = serde_json::Deserializer::from_slice(&unread[body..]).into_iter::<Value>();
    let value = values.next()?.ok()?;
    let end = body + values.byte_offset();
    let success = find(&unread[..begin], b"HTTP/1.1 20").is_some();
    unread.drain(..end);
    Some((success, value))
}
