//! P4, fourth part: a sync fails, and the shop dies. What it wrote last is in the kernel's memory alone, which takes it for written,
//! and from where a restarted shop reads it as if nothing had been. If the shop builds on that and then the power goes, what it built
//! stands, and what it built on is gone.

use super::disk::{Disk, Pretend};
use super::p04_power_cut::{Run, comes_back};
use super::rung::Rung;
use super::shop::{Shop, expect};
use super::strace::{self, Call};
use super::{Check, Stop};

const SEED: u64 = 1986;
/// How many syncs fail, each in a world of its own.
const SYNCS: usize = 2;
/// How often, in each, the power goes while the shop starts again.
const CUTS: usize = 8;

pub fn ask(rung: &Rung, shop: &Shop) -> Check {
    if let Some(why) = strace::missing()? {
        return Ok(vec![format!("No sync was lost: {why}.")]);
    }
    let run = Run::record(rung, shop, None)?;
    let mut random = fastrand::Rng::with_seed(SEED);
    let mut cuts = 0;
    for at in run.syncs_of_writes(SYNCS, &mut random) {
        cuts += start_again_and_cut(rung, shop, &run, at, &mut random)?;
    }
    Ok(vec![format!(
        "When a sync was lost and the shop started again, the power went at {cuts} moments of that, and it knew all that it had \
         acknowledged."
    )])
}

/// Lets the sync that is call number `at` of the run fail, starts the shop on what is in memory, and cuts the power meanwhile.
fn start_again_and_cut(
    rung: &Rung,
    shop: &Shop,
    run: &Run,
    at: usize,
    random: &mut fastrand::Rng,
) -> Check<usize> {
    let (machine, moment) = (rung.machine()?, run.calls[at].begun);
    let mut disk = Disk::new(&run.root, Pretend::Nothing);
    run.calls[..at]
        .iter()
        .try_for_each(|call| disk.apply(call))?;
    disk.write_down_memory(&machine.disk())?;
    disk.lose(&run.calls[at]);
    disk.move_to(&machine.disk());

    let log = machine.beside("strace.log");
    let mut running = machine
        .start_below(&strace::wrapper(&log, None))
        .map_err(|error| Stop::broken(format!("The shop did not start again: {error:#}.")))?;
    let again = shop.moved_to(running.url())?;
    run.story.check(&again, moment)?;
    expect(again.get("/health")?, 200, "GET /health")?;
    running.kill_below()?;

    let calls = strace::read_file(&log, run.end())?;
    // Before a sync there is most to lose.
    let changing = calls.iter().filter(|call| call.changes(&machine.disk()));
    let changing: Vec<&Call> = changing.collect();
    let pairs = changing.windows(2);
    let to_sync = pairs.filter(|pair| pair[1].name.ends_with("sync"));
    let mut moments: Vec<usize> = to_sync.map(|pair| pair[0].ended).collect();
    random.shuffle(&mut moments);
    moments.truncate(CUTS);
    for call in &calls {
        disk.apply(call)?;
        if !moments.contains(&call.ended) {
            continue;
        }
        for lucky in [false, true, true, true] {
            let machine = rung.machine()?;
            disk.write_down(&machine.disk(), lucky.then_some(&mut *random))?;
            comes_back(&machine, shop, &run.story, moment, lucky).map_err(in_words)?;
        }
    }
    Ok(moments.len())
}

fn in_words(stop: Stop) -> Stop {
    match stop {
        Stop::Broken(lines) => Stop::broken(format!(
            "A sync was lost, the shop started again, and meanwhile the power went: {}.",
            lines.join(" ").trim_end_matches('.')
        )),
        other => other,
    }
}
