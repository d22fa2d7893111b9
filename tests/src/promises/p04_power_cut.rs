//! P4, second part: an acknowledged write survives a power cut. The real program runs under `strace`; from what it
//! asked of the kernel we build the disk that a power cut would have left, and start the shop on it.

use std::collections::BTreeMap;
use std::fs;
use std::thread;

use anyhow::Context;
use serde_json::Value;

use super::disk::{Disk, Pretend};
use super::rung::{Machine, Rung};
use super::shop::{Shop, expect};
use super::strace::{self, Call};
use super::wire::find;
use super::writes::{NEVER, Step, Story, Writer};
use super::{Check, Stop};

const SEED: u64 = 2026;
const WRITERS: u64 = 3;
const WRITES: usize = 12;
/// Cuts right after a write to the disk. Half of them tear it, so that all of them miss it once in a million runs.
const TORN_MOMENTS: usize = 20;
/// Moments besides those right after an acknowledgement.
const OTHER_MOMENTS: usize = 12;

/// Cuts the power; without strace it says that it did not.
///
/// # Errors
///
/// As [`cut_power`].
pub fn ask(rung: &Rung, shop: &Shop) -> Check {
    match strace::missing()? {
        Some(why) => Ok(vec![format!("The power was not cut: {why}.")]),
        None => cut_power(rung, shop, Pretend::Nothing, None),
    }
}

/// Cuts the power at many moments of one run. `pretend` takes syncs out of the log, `inject` out of the run.
///
/// # Errors
///
/// Broken, when something acknowledged is lost at one of the moments.
pub fn cut_power(rung: &Rung, shop: &Shop, pretend: Pretend, inject: Option<&str>) -> Check {
    let run = Run::record(rung, shop, inject)?;
    let mut disk = Disk::new(&run.root, pretend);
    let mut calls = run.calls.iter().peekable();
    let mut random = fastrand::Rng::with_seed(SEED);
    let moments = run.moments();
    for &moment in &moments {
        while let Some(call) = calls.next_if(|call| call.ended <= moment) {
            disk.apply(call)?;
        }
        for lucky in [false, true] {
            let machine = rung.machine()?;
            disk.write_down(&machine.disk(), lucky.then_some(&mut random))?;
            let checked = comes_back(&machine, shop, &run.story, moment, lucky);
            checked.map_err(|stop| run.at(moment, lucky, stop))?;
        }
    }
    Ok(vec![format!(
        "After a power cut at {} moments, with and without a torn rest, it knew all that it had acknowledged till then.",
        moments.len()
    )])
}

/// Starts the shop on what the power cut left. Where that has a torn end, it must also be able to go on from there.
fn comes_back(
    machine: &Machine,
    shop: &Shop,
    story: &Story,
    moment: usize,
    torn: bool,
) -> Check<()> {
    let mut running = machine.start_again()?;
    let again = shop.moved_to(running.url())?;
    story.check(&again, moment)?;
    if !torn {
        return Ok(());
    }
    let mut writer = Writer::new(SEED);
    for _ in 0..2 {
        writer.write(&again)?;
    }
    running.kill();
    let running = machine.start_again()?;
    let once_more = shop.moved_to(running.url())?;
    let later = story
        .check(&once_more, moment)
        .and_then(|()| writer.story.check(&once_more, NEVER - 1));
    later.map_err(|stop| match stop {
        Stop::Broken(lines) => Stop::broken(format!(
            "two writes and a restart later, {}",
            lines.join(" ")
        )),
        other => other,
    })
}

/// A run of the shop, as strace saw it.
struct Run {
    root: std::path::PathBuf,
    calls: Vec<Call>,
    story: Story,
}

impl Run {
    fn record(rung: &Rung, shop: &Shop, inject: Option<&str>) -> Check<Self> {
        let machine = rung.machine()?;
        let log = machine.beside("strace.log");
        let mut running = machine.start_below(&strace::wrapper(&log, inject))?;
        let living = shop.moved_to(running.url())?;
        let stories = thread::scope(|scope| {
            let writers: Vec<_> = (0..WRITERS)
                .map(|n| {
                    let living = &living;
                    scope.spawn(move || write(living, SEED + n))
                })
                .collect();
            writers
                .into_iter()
                .map(|writer| writer.join().expect("no writer panics"))
                .collect::<Check<Vec<_>>>()
        })?;
        // By the time that this is answered, strace has written down all that came before.
        expect(living.get("/health")?, 200, "GET /health")?;
        running.kill_below()?;
        let log = fs::read_to_string(&log).context("strace's log cannot be read")?;
        let calls = strace::read(&log)?;
        let mut story = Story {
            species: stories
                .iter()
                .flat_map(|story| story.species.clone())
                .collect(),
            ..Story::default()
        };
        story.steps = acknowledgements(&calls, &story.species);
        let (logged, seen) = (
            story.steps.len(),
            stories.iter().map(Story::acknowledged).sum::<usize>(),
        );
        if logged != seen {
            let error =
                anyhow::anyhow!("strace saw {logged} acknowledgements, the customers {seen}");
            return Err(Stop::Suite(error));
        }
        Ok(Self {
            root: machine.disk(),
            calls,
            story,
        })
    }

    /// Right after each acknowledgement, right after some writes to the disk, where there is something to tear, and some
    /// others; in order.
    fn moments(&self) -> Vec<usize> {
        let mut random = fastrand::Rng::with_seed(SEED);
        let last = self.calls.last().map_or(0, |call| call.ended);
        let mut moments: Vec<usize> = self.story.steps.iter().map(|step| step.at).collect();
        let root = format!("{}/", self.root.display());
        let on_disk = |call: &&Call| {
            let path = call.descriptor.as_ref().map(|(_, path)| path.as_str());
            ["write", "writev", "pwrite64"].contains(&call.name.as_str())
                && path.is_some_and(|path| path.starts_with(&root))
        };
        let mut written: Vec<usize> = self
            .calls
            .iter()
            .filter(on_disk)
            .map(|call| call.ended)
            .collect();
        random.shuffle(&mut written);
        moments.extend(written.into_iter().take(TORN_MOMENTS));
        moments.extend(std::iter::repeat_with(|| random.usize(..=last)).take(OTHER_MOMENTS));
        moments.sort_unstable();
        moments.dedup();
        moments
    }

    fn at(&self, moment: usize, lucky: bool, stop: Stop) -> Stop {
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

fn write(shop: &Shop, seed: u64) -> Check<Story> {
    let mut writer = Writer::new(seed);
    for _ in 0..WRITES {
        if !writer.write(shop)? {
            return Err(Stop::broken("A write got no answer."));
        }
    }
    Ok(writer.story)
}

/// The answers that the shop began to send, each at the moment when its last bytes left.
fn acknowledgements(calls: &[Call], species: &[String]) -> Vec<Step> {
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

/// The words for strace's `-e inject=` that make every sync do nothing and say that it did.
pub const SYNCS_DO_NOTHING: &str = "fsync,fdatasync:retval=0";
