//! Many customers, lost calls and lost answers: whatever happens, nobody has Gustav
//! together with somebody else, and what was told is so.

#[path = "shared/faulty.rs"]
mod faulty;
mod shared;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use event_store::{Error, Failure, Fault, Memory, Settings, Store};
use fastrand::Rng;
use faulty::{Call, Fate, Faulty};
use shared::{Event, Tortoise, Wish, adopt, gustav, keyed};
use tokio::task::JoinSet;

const SEEDS: u64 = 1_000;
const CUSTOMERS: usize = 6;
/// How often a customer asks again who got no answer.
const PATIENCE: usize = 4;

/// Faults of each kind, by name.
type Faults = Arc<Mutex<BTreeMap<&'static str, u64>>>;

/// A process: a store whose calls fare as the dice say.
fn process(
    memory: &Arc<Memory>,
    settings: &Settings,
    seed: u64,
    faults: &Faults,
) -> Store<Tortoise, Faulty> {
    let mut dice = Rng::with_seed(seed);
    let faults = faults.clone();
    let fates = move |call| {
        let (name, fate) = match (dice.u8(0..100), call) {
            (0..8, _) => ("throttled", Fate::Refused(Fault::Throttled)),
            (8..16, _) => ("lost calls", Fate::Refused(Fault::Unclear("lost".into()))),
            (16..32, Call::Write) => ("lost answers", Fate::Lost),
            _ => return Fate::Passes,
        };
        *faults
            .lock()
            .expect("nobody panics")
            .entry(name)
            .or_default() += 1;
        fate
    };
    Store::new(Faulty::new(memory.clone(), fates), settings.clone())
}

/// What one customer was told, in the end.
#[derive(Debug)]
struct Told {
    who: String,
    has_adopted: Option<bool>,
}

/// Asks, and asks again with the same key as long as there is no answer; now and then also
/// when there was one.
async fn customer(
    processes: Arc<[Store<Tortoise, Faulty>]>,
    number: usize,
    mut dice: Rng,
) -> Result<(Told, u64), String> {
    let who = format!("customer {number}");
    let issued = keyed(&who, "adopt");
    let (mut has_adopted, mut again) = (None, 0);
    for _ in 0..PATIENCE {
        let process = &processes[dice.usize(..processes.len())];
        match process.execute(&gustav(), &issued, &adopt(&who)).await {
            Ok(done) => {
                again += u64::from(done.again);
                has_adopted = Some(true);
                if dice.bool() {
                    break;
                }
            }
            Err(Error::Refused(_)) if has_adopted == Some(true) => {
                return Err(format!("{who} was told yes, and then no"));
            }
            Err(Error::Refused(_)) => {
                has_adopted = Some(false);
                break;
            }
            Err(Error::Failed(
                Failure::Unclear(_) | Failure::Busy { .. } | Failure::Contended { .. },
            )) => {}
            Err(Error::Failed(other)) => return Err(other.to_string()),
        }
    }
    // Most give him back.
    if has_adopted == Some(true) && dice.u8(..4) > 0 {
        let issued = keyed(&format!("{who} again"), "give back");
        let process = &processes[dice.usize(..processes.len())];
        let _ = process.execute(&gustav(), &issued, &Wish::GiveBack).await;
    }
    Ok((Told { who, has_adopted }, again))
}

/// Whether what the stream holds and what customers were told is one story.
async fn check(memory: &Arc<Memory>, told: &[Told]) -> Result<(), String> {
    let shop: Store<Tortoise, _> = Store::new(memory.clone(), Settings::default());
    let commits = shop.read(&gustav(), 0, 500).await;
    let commits = commits.map_err(|error| error.to_string())?;
    let mut home: Option<&str> = None;
    let mut adoptions: BTreeMap<&str, usize> = BTreeMap::new();
    for event in commits.iter().flat_map(|commit| &commit.events) {
        match (event, home) {
            (Event::Adopted(who), None) => {
                home = Some(who);
                *adoptions.entry(who).or_default() += 1;
            }
            (Event::GivenBack, Some(_)) => home = None,
            other => return Err(format!("this has happened: {other:?}")),
        }
    }
    for Told { who, has_adopted } in told {
        let times = adoptions.get(who.as_str()).copied().unwrap_or_default();
        match (has_adopted, times) {
            (Some(true), 1) | (Some(false), 0) | (None, 0 | 1) => {}
            other => return Err(format!("{who} was told, and has adopted: {other:?}")),
        }
    }
    Ok(())
}

async fn run(seed: u64, settings: &Settings, faults: &Faults) -> Result<u64, String> {
    let memory = Arc::<Memory>::default();
    let mut dice = Rng::with_seed(seed);
    // How long the pauses are, and what commands are called that nobody repeats.
    fastrand::seed(seed);
    let processes = [(); 2].map(|()| process(&memory, settings, dice.u64(..), faults));
    let processes: Arc<[_]> = Arc::new(processes);
    let mut customers = JoinSet::new();
    for number in 0..CUSTOMERS {
        customers.spawn(customer(processes.clone(), number, dice.fork()));
    }
    let mut told = vec![];
    let mut again = 0;
    while let Some(left) = customers.join_next().await {
        let (one, times) = left.map_err(|error| error.to_string())??;
        told.push(one);
        again += times;
    }
    check(&memory, &told).await.map(|()| again)
}

#[tokio::test(start_paused = true)]
async fn a_thousand_bad_days() {
    let faults = Faults::default();
    let mut again = 0;
    for seed in 0..SEEDS {
        let settings = Settings::default();
        match run(seed, &settings, &faults).await {
            Ok(times) => again += times,
            Err(what) => panic!("seed {seed}: {what}"),
        }
    }
    let faults = faults.lock().expect("nobody panics");
    println!("{SEEDS} days: {faults:?}, {again} commands known again");
    for name in ["throttled", "lost calls", "lost answers"] {
        assert!(faults.get(name).is_some_and(|count| *count > 100), "{name}");
    }
    assert!(again > 100, "{again}");
}

/// The check can fail.
#[tokio::test(start_paused = true)]
async fn a_stream_that_remembers_nothing_is_found_out() {
    let settings = Settings {
        remembers: 0,
        ..Settings::default()
    };
    let faults = Faults::default();
    let mut violations = 0;
    for seed in 0..SEEDS {
        violations += u64::from(run(seed, &settings, &faults).await.is_err());
    }
    assert!(violations > 0);
}
