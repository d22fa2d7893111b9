//! P4, third part: after a failed sync nobody knows what is on the disk, so the shop stops writing until it is started
//! again, and says so. Nothing acknowledged is lost.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::disk::{Disk, Pretend};
use super::rung::Rung;
use super::shop::{Shop, expect, expect_problem, pet};
use super::strace;
use super::wire::Answer;
use super::writes::{NEVER, Writer};
use super::{Check, Stop};

const SEED: u64 = 1985;
/// strace counts each thread's calls; where threads take turns, this many writes bring one to its failing sync.
const MOST_WRITES: usize = 300;

pub fn ask(rung: &Rung, shop: &Shop) -> Check {
    if let Some(why) = strace::missing()? {
        return Ok(vec![format!("No sync was made to fail: {why}.")]);
    }
    let first_to_fail = syncs_at_start(rung)? + 3;
    let inject = format!("fsync,fdatasync:error=EIO:when={first_to_fail}+");
    let machine = rung.machine()?;
    let log = machine.beside("strace.log");
    let mut running = machine.start_below(&strace::wrapper(&log, Some(&inject)))?;
    let living = shop.moved_to(running.url())?.keeping_connections();
    let mut writer = Writer::new(SEED);
    write_until_it_refuses(&living, &mut writer)?;
    stands_still(&shop.moved_to(running.url())?)?;
    running.kill_below()?;

    let log_again = machine.beside("strace-again.log");
    let mut running = machine
        .start_below(&strace::wrapper(&log_again, None))
        .map_err(|error| Stop::broken(format!("The shop did not start again: {error:#}.")))?;
    let again = shop.moved_to(running.url())?;
    writer
        .story
        .check(&again, NEVER - 1)
        .map_err(|stop| match stop {
            Stop::Broken(lines) => Stop::broken(format!(
                "After a failed sync and a restart: {}.",
                lines.join(" ")
            )),
            other => other,
        })?;
    expect(again.get("/health")?, 200, "after the restart, GET /health")?;
    let shown = expect(again.get("/pets?limit=100")?, 200, "GET /pets")?;
    running.kill_below()?;
    lasts(rung, shop, &machine.disk(), &[log, log_again], &shown)?;
    Ok(vec![
        "When a sync failed, it answered 503 and wrote no more until it was started again; what it showed then, it still \
         knew after a power cut."
            .to_owned(),
    ])
}

/// What a failed sync left was in the kernel's memory alone, from where a restarted shop reads it as if nothing had
/// been. Whoever was shown it must find it again after the power has gone.
fn lasts(rung: &Rung, shop: &Shop, root: &Path, logs: &[PathBuf], shown: &Answer) -> Check<()> {
    let mut disk = Disk::new(root, Pretend::Nothing);
    let mut next = 0;
    for log in logs {
        for call in strace::read_file(log, next)? {
            next = call.ended + 1;
            disk.apply(&call)?;
        }
    }
    let machine = rung.machine()?;
    disk.write_down(&machine.disk(), None)?;
    let running = machine.start_again()?;
    let after = shop.moved_to(running.url())?.get("/pets?limit=100")?;
    if after.body == shown.body {
        return Ok(());
    }
    Err(Stop::broken(
        "After a failed sync and a restart the shop showed pets that it no longer knew after a power cut.",
    ))
}

/// How many syncs its starting takes, which must not be the ones that fail.
fn syncs_at_start(rung: &Rung) -> Check<usize> {
    let machine = rung.machine()?;
    let log = machine.beside("strace.log");
    let mut running = machine.start_below(&strace::wrapper(&log, None))?;
    running.kill_below()?;
    let log = fs::read_to_string(&log).context("strace's log cannot be read")?;
    let calls = strace::read(&log)?;
    Ok(calls
        .iter()
        .filter(|call| call.name == "fsync" || call.name == "fdatasync")
        .count())
}

fn write_until_it_refuses(shop: &Shop, writer: &mut Writer) -> Check<()> {
    for _ in 0..MOST_WRITES {
        match writer.try_write(shop)? {
            Some(answer) if answer.status < 300 => {}
            Some(answer) => {
                return expect_problem(answer, 503, "storage-failed", "a write whose sync failed")
                    .map(drop);
            }
            None => return Err(Stop::broken("A write whose sync failed got no answer.")),
        }
    }
    Err(Stop::broken(format!(
        "Syncs failed, and {MOST_WRITES} writes were acknowledged all the same."
    )))
}

/// Every later write is refused too, whoever asks, and the shop says why.
fn stands_still(shop: &Shop) -> Check<()> {
    for _ in 0..5 {
        let answer = shop.post("/pets", &pet("Rex", "dog"))?;
        expect_problem(answer, 503, "storage-failed", "a write after a failed sync")?;
    }
    let health = shop.get("/health")?;
    expect_problem(
        health,
        503,
        "storage-failed",
        "GET /health after a failed sync",
    )?;
    expect(shop.get("/pets")?, 200, "GET /pets after a failed sync").map(drop)
}
