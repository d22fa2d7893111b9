//! A shop on bad days: performers die before and after each call or are too slow, doorbells ring
//! up to three times, late, or not at all, the provider is slow, away, says 500 after it has
//! charged a card, and tells what it has done twice or never; and in the middle of it the time is
//! over. In the end every checkout has ended, paid and confirmed or neither.

mod check;
mod customers;
mod day;
mod guards;
mod line;
mod wire;

use std::env;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use ch10_processes::due;
use ch10_processes::performer::Stuck;
use tokio::task::JoinSet;
use tokio::time::sleep;

use self::customers::{CARDS, PETS};
use self::day::{Day, Faults, SWEEPING};
use self::guards::{WITHOUT, Without};

/// On how many days a missing guard has to be missed.
const SEEDS: u64 = 1_000;

/// How many days pass with all guards, unless `DAYS` says so: the page has a thousand. On fewer not
/// everything has gone wrong for once.
const DAYS: u64 = 300;

/// How often somebody looks after all checkouts.
const SWEEP: Duration = Duration::from_secs(2);

/// How often on a day.
const SWEEPS: usize = 22;

/// And in the evening, when nothing goes wrong any more. No checkout takes more steps.
const EVENING: usize = 8;

async fn run(seed: u64, without: Without, faults: &Arc<Faults>) -> Result<()> {
    fastrand::seed(seed);
    WITHOUT.set(without);
    let day = Day::new(seed, faults);
    customers::open(&day).await?;
    let mut lives = JoinSet::new();
    for (card, _) in CARDS {
        lives.spawn(customers::customer(Arc::clone(&day), card));
    }
    for pet in 0..PETS {
        lives.spawn(customers::desk(Arc::clone(&day), pet));
    }
    if without != Without::Sweep {
        lives.spawn(sweeps(Arc::clone(&day)));
    }
    while let Some(ended) = lives.join_next().await {
        ended??;
    }
    day.calm_down().await;
    if without != Without::Sweep {
        evening(&day).await?;
    }
    let checked = check::check(&day).await;
    day.end();
    checked
}

/// Somebody looks after all checkouts now and then, and may die of it, or still be at it when
/// the next one begins.
async fn sweeps(day: Arc<Day>) -> Result<()> {
    for _ in 0..SWEEPS {
        sleep(SWEEP).await;
        let there = Arc::clone(&day);
        day.spawn(async move {
            let swept = there.run(SWEEPING, async |shop, now| sweep(&shop, now).await);
            match swept.await {
                Some(swept) if swept.late > 0 => there.count("sweeps that found late ones"),
                Some(_) => {}
                None => there.count("sweeps that died"),
            }
        });
    }
    Ok(())
}

async fn sweep(shop: &day::Shop, now: Duration) -> Result<due::Swept, Stuck> {
    due::sweep(shop, now.saturating_sub(Duration::from_hours(1)), now).await
}

async fn evening(day: &Arc<Day>) -> Result<()> {
    // All time is over then.
    sleep(Duration::from_mins(1)).await;
    for _ in 0..EVENING {
        let done = day
            .run(SWEEPING, async |shop, now| sweep(&shop, now).await)
            .await;
        let swept = done.context("nothing goes wrong in the evening")?;
        day.calm_down().await;
        if swept.open == 0 {
            return Ok(());
        }
    }
    // What has not ended by now never will, which the check finds.
    Ok(())
}

/// All that goes wrong, and all ends.
const KINDS: [&str; 32] = [
    "answers of 500, and it was done",
    "answers of 500, and nothing was done",
    "answers of the streams lost",
    "calls that the provider was away for",
    "calls that the streams had no time for",
    "charges asked for again",
    "charges declined",
    "charges that came too late",
    "checkouts that were not listed yet",
    "commits that others were faster with",
    "deaths after a call to the provider, before its answer",
    "deaths after a call to the streams, before its answer",
    "deaths before a call to the provider",
    "deaths before a call to the streams",
    "doorbells given up",
    "doorbells lost",
    "doorbells rung more than once",
    "ended: adopted and paid",
    "ended: not paid, released",
    "ended: the pet was not to be had",
    "ended: the reservation was gone, refunded",
    "ended: too late, released",
    "ended: too late, released and refunded",
    "performers that were stopped",
    "requests that were done when nobody waited any more",
    "reservations that the staff let go",
    "slow requests to the provider",
    "sweeps that died",
    "webhooks before the answer",
    "webhooks lost",
    "webhooks more than once",
    "webhooks of a charge after it was given up",
];

fn days() -> Result<u64> {
    let told = env::var("DAYS").ok();
    let told = told.map(|days| days.parse().context("DAYS is no number"));
    told.unwrap_or(Ok(DAYS))
}

#[tokio::test(start_paused = true)]
async fn money_is_conserved_and_every_checkout_ends() -> Result<()> {
    let faults = Arc::default();
    let days = days()?;
    for seed in 0..days {
        let day = run(seed, Without::Nothing, &faults).await;
        day.with_context(|| format!("seed {seed}"))?;
    }
    let faults = faults.0.lock().expect("nobody panics");
    println!("{days} days");
    for (what, times) in &*faults {
        println!("{times:>8}  {what}");
    }
    for kind in KINDS {
        ensure!(faults.contains_key(kind), "never: {kind}");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn whichever_guard_is_missing_is_missed() -> Result<()> {
    for without in Without::ALL {
        let faults = Arc::default();
        let mut seed = 0;
        let because = loop {
            if let Err(because) = run(seed, without, &faults).await {
                break because;
            }
            seed += 1;
            ensure!(seed < SEEDS, "{without:?} is missed by nobody");
        };
        println!("{without:?}: seed {seed}: {because:#}");
    }
    Ok(())
}
