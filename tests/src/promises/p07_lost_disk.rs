//! P7: losing the machine's disk loses nothing acknowledged. Where the rung makes backups, what they bring back is counted.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::p04_power_cut::lists_agree;
use super::rung::Rung;
use super::shop::{PATIENCE, Shop, expect, fresh_species};
use super::writes::Writer;
use super::{Check, Stop};

const PETS: usize = 10;
const WRITERS: u64 = 3;

pub fn ask(rung: &Rung, shop: &Shop) -> Check {
    let machine = rung.machine()?;
    let (backup, mut running) = (machine.beside("backup"), machine.start()?);
    let before = shop.moved_to(running.url())?;
    let early = take_in(&before)?;
    let mut late = Vec::new();
    if let Some(arguments) = &rung.backup {
        while_customers_write(&before, || machine.run(arguments, &backup))?;
        late = take_in(&before)?;
    }
    running.kill();
    machine.lose_disk()?;

    if let Some(arguments) = &rung.restore {
        machine.run(arguments, &backup)?;
    }
    let running = machine.start_again()?;
    let after = shop.moved_to(running.url())?;
    let (early_lost, late_lost) = (lost(&after, &early)?, lost(&after, &late)?);
    if rung.backup.is_some() {
        lists_agree(&after)?;
        return told_of_backup(early_lost, late_lost);
    }
    if early_lost > 0 {
        return Err(Stop::broken(format!(
            "The disk was lost, and {early_lost} of {PETS} acknowledged pets with it."
        )));
    }
    Ok(vec![format!(
        "The disk was lost, and all {PETS} acknowledged pets are still there."
    )])
}

fn told_of_backup(early_lost: usize, late_lost: usize) -> Check {
    if early_lost > 0 {
        let left = PETS - early_lost;
        return Err(Stop::broken(format!(
            "The disk was lost. The backup brought back no more than {left} of {PETS} pets that were acknowledged before it."
        )));
    }
    if late_lost > 0 {
        return Err(Stop::broken(format!(
            "The disk was lost. The backup brought back all {PETS} pets from before it, and {late_lost} of {PETS} acknowledged after it \
             are gone."
        )));
    }
    Ok(vec![format!(
        "The disk was lost. All {PETS} pets from before the backup are there, and all {PETS} from after it."
    )])
}

/// Pets, the first of which is Ada's.
fn take_in(shop: &Shop) -> Check<Vec<String>> {
    let species = fresh_species("kept");
    let ids = (0..PETS).map(|_| shop.take_in_a(&species));
    let ids: Vec<String> = ids.collect::<Check<_>>()?;
    expect(shop.adopt(&ids[0], "Ada")?, 200, "an adoption")?;
    Ok(ids)
}

/// How many of them are not there, or not as they were.
fn lost(shop: &Shop, ids: &[String]) -> Check<usize> {
    let mut lost = 0;
    for id in ids {
        let answer = shop.get(&format!("/pets/{id}"))?;
        let adopted = answer.json()["customer"] == "Ada";
        if answer.status != 200 || adopted != (*id == ids[0]) {
            lost += 1;
        }
    }
    Ok(lost)
}

/// Does something while customers write, some of whom have been answered by then and all of whom are answered.
fn while_customers_write(shop: &Shop, something: impl FnOnce() -> Check<()>) -> Check<()> {
    let (written, enough) = (AtomicUsize::new(0), AtomicBool::new(false));
    thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|seed| {
                let (written, enough) = (&written, &enough);
                scope.spawn(move || -> Check<()> {
                    let mut writer = Writer::new(seed);
                    while !enough.load(Ordering::Relaxed) {
                        if !writer.write(shop)? {
                            return Err(Stop::broken("A write got no answer during a backup."));
                        }
                        written.fetch_add(1, Ordering::Relaxed);
                    }
                    Ok(())
                })
            })
            .collect();
        let deadline = Instant::now() + PATIENCE;
        while written.load(Ordering::Relaxed) < PETS && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(1));
        }
        let done = something();
        enough.store(true, Ordering::Relaxed);
        for writer in writers {
            writer.join().expect("no writer panics")?;
        }
        done
    })
}
