//! P4, first part: an acknowledged write survives kill -9 at any moment.

use std::ops::RangeInclusive;
use std::thread;
use std::time::Duration;

use super::rung::{Machine, Rung};
use super::shop::Shop;
use super::writes::{NEVER, Story, Writer, is_acknowledged};
use super::{Check, Stop};

/// The moments follow from it, so that what broke once can be seen again.
const SEED: u64 = 1923;
const WRITERS: usize = 3;
/// RFC 9110, section 15.6.4.
const TOO_BUSY: u16 = 503;
/// Machines beside each other; each takes its share of the kills.
const MACHINES: u32 = 2;
/// How many kills a machine outlives before the next one takes its place: the more a shop holds, the longer it takes to look for what is
/// in it, and a kill is after what was written last.
const KILLS_OF_A_MACHINE: u32 = 20;

/// Kills it, and looks after each start whether all is there.
///
/// # Errors
///
/// Broken, when something acknowledged is lost.
///
/// # Panics
///
/// When a check does.
pub fn ask(rung: &Rung, shop: &Shop) -> Check {
    let acknowledged = thread::scope(|scope| {
        let machines: Vec<_> = (0..MACHINES)
            .map(|number| scope.spawn(move || live_and_die(rung, shop, number)))
            .collect();
        let counted = machines
            .into_iter()
            .map(|machine| machine.join().expect("no check panics"));
        counted.sum::<Check<usize>>()
    })?;
    if acknowledged == 0 {
        let error =
            anyhow::anyhow!("nothing was acknowledged before any kill, so nothing could be lost");
        return Err(Stop::Suite(error));
    }
    Ok(vec![format!(
        "Killed at {} moments, the shop still knew all {acknowledged} writes that it had acknowledged.",
        rung.kills
    )])
}

/// Kills shops of one machine after the other again and again, and looks after each start whether all is there.
fn live_and_die(rung: &Rung, shop: &Shop, number: u32) -> Check<usize> {
    let mut random = fastrand::Rng::with_seed(SEED + u64::from(number));
    let (last, mut done, mut acknowledged) = (rung.kills / MACHINES, 0, 0);
    while done < last {
        let kills = done + 1..=last.min(done + KILLS_OF_A_MACHINE);
        done = *kills.end();
        acknowledged += live_on_a_machine(rung, shop, kills, &mut random)?;
    }
    Ok(acknowledged)
}

fn live_on_a_machine(
    rung: &Rung,
    shop: &Shop,
    kills: RangeInclusive<u32>,
    random: &mut fastrand::Rng,
) -> Check<usize> {
    let machine = rung.machine()?;
    let mut running = machine.start()?;
    let (mut stories, mut acknowledged): (Vec<Story>, usize) = (Vec::new(), 0);
    for kill in kills {
        let living = shop.moved_to(running.url())?;
        // Or right at the first request.
        let after = rung.kill_within.mul_f64(random.f64());
        let seeds = [(); WRITERS].map(|()| random.u64(..));
        let told = thread::scope(|scope| {
            let writers = seeds.map(|seed| {
                scope.spawn({
                    let living = &living;
                    move || write_until_death(living, seed)
                })
            });
            thread::sleep(after);
            running.kill();
            writers.map(|writer| writer.join().expect("no writer panics"))
        });
        stories = told.into_iter().collect::<Check<_>>()?;
        acknowledged += stories.iter().map(Story::acknowledged).sum::<usize>();
        running =
            start_and_check(&machine, shop, &stories).map_err(|stop| at_kill(stop, kill, after))?;
    }
    // The last stories once more after a polite end, so that a start does not undo what it read.
    running.kill();
    start_and_check(&machine, shop, &stories)?;
    Ok(acknowledged)
}

/// Until no answer comes, or one that acknowledges nothing: a shop that has too much to do may say so, and a write that it did not
/// acknowledge may have happened or not.
fn write_until_death(shop: &Shop, seed: u64) -> Check<Story> {
    let mut writer = Writer::new(seed);
    loop {
        let answer = writer.try_write(shop)?;
        let answer = answer.filter(|answer| answer.status != TOO_BUSY);
        if !is_acknowledged(answer.as_ref())? {
            return Ok(writer.story);
        }
    }
}

fn start_and_check(
    machine: &Machine,
    shop: &Shop,
    stories: &[Story],
) -> Check<super::rung::Running> {
    let running = machine.start_again()?;
    let again = shop.moved_to(running.url())?;
    for story in stories {
        story.check(&again, NEVER - 1)?;
    }
    Ok(running)
}

fn at_kill(stop: Stop, kill: u32, after: Duration) -> Stop {
    match stop {
        Stop::Broken(lines) => Stop::broken(format!(
            "After kill -9 number {kill}, which came {} µs after the first request: {}.",
            after.as_micros(),
            lines.join(" ").trim_end_matches('.')
        )),
        other => other,
    }
}
