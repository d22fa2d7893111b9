//! P4, second part: an acknowledged write survives a power cut. The real program runs under `strace`; from what it
//! asked of the kernel we build the disk that a power cut would have left, and start the shop on it.

mod run;

use std::collections::BTreeSet;

use serde_json::Value;

use super::disk::{Disk, Pretend};
use super::rung::{Machine, Rung};
use super::shop::{Shop, percent_encoded};
use super::strace;
use super::writes::{NEVER, Story, Writer};
use super::{Check, Stop};
pub(super) use run::{Run, acknowledgements};

const SEED: u64 = 2026;

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

/// Cuts the power at many moments of a life, a kill and a second life. `pretend` takes syncs out of the log, `inject` out of the run.
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
pub(super) fn comes_back(
    machine: &Machine,
    shop: &Shop,
    story: &Story,
    moment: usize,
    torn: bool,
) -> Check<()> {
    let mut running = machine.start_again()?;
    let again = shop.moved_to(running.url())?;
    story.check(&again, moment)?;
    lists_agree(&again)?;
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

/// However it is asked, it knows the same pets: half of a change would be in one list and not in the other.
pub(super) fn lists_agree(shop: &Shop) -> Check<()> {
    let all = shop.list("", 100)?;
    let values = |member: &str| -> BTreeSet<String> {
        let values = all.iter().filter_map(|pet| pet[member].as_str());
        values.map(str::to_owned).collect()
    };
    for member in ["species", "status"] {
        for value in values(member) {
            let listed = shop.list(&format!("{member}={}", percent_encoded(&value)), 100)?;
            let due: Vec<&Value> = all.iter().filter(|pet| pet[member] == *value).collect();
            if listed.iter().ne(due.iter().copied()) {
                return Err(Stop::broken(format!(
                    "of all pets it lists {} of one {member}, and asked for these alone {}",
                    due.len(),
                    listed.len()
                )));
            }
        }
    }
    Ok(())
}

/// The words for strace's `-e inject=` that make every sync do nothing and say that it did.
pub const SYNCS_DO_NOTHING: &str = "fsync,fdatasync:retval=0";
