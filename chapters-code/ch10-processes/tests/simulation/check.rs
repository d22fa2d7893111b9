//! What is so in the end.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use ch01_bare_server::pets::PetId;
use ch08_event_sourcing::pet as before;
use ch08_event_sourcing::shop;
use ch10_processes::checkout::{Checkout, CheckoutId, Event, Hold, Progress, Why};
use ch10_processes::pets::{self, Pets};
use event_store::{Settings, Store};

use crate::customers::{CARDS, PETS};
use crate::day::Day;

/// Whether every checkout has ended, money is conserved, and no pet is with two customers or
/// kept for nobody.
pub async fn check(day: &Arc<Day>) -> Result<()> {
    let mut spent: BTreeMap<String, u64> = BTreeMap::new();
    let mut adopted: HashMap<PetId, u64> = HashMap::new();
    let streams: Vec<_> = day
        .begun
        .lock()
        .expect("nobody panics")
        .keys()
        .cloned()
        .collect();
    for stream in streams {
        let checkout = CheckoutId::of(&stream).context("a checkout")?;
        let progress = ended(day, &checkout).await;
        let progress = progress.with_context(|| checkout.to_string())?;
        if progress.hold == Hold::Adopted {
            let price = u64::from(progress.terms.price.amount);
            *spent.entry(progress.terms.card.0).or_default() += price;
            *adopted.entry(progress.terms.pet).or_default() += 1;
        }
    }
    for pet in 0..PETS {
        let pet = PetId(pet.to_string());
        let is_due = adopted.get(&pet).copied().unwrap_or_default();
        at_home(day, &pet, is_due)
            .await
            .with_context(|| format!("pet {pet}"))?;
    }
    balance(day, &spent)
}

/// Whether every customer has paid for what they have, and the shop has been paid that.
fn balance(day: &Day, spent: &BTreeMap<String, u64>) -> Result<()> {
    let ledger = day.ledger.lock().expect("nobody panics");
    for (card, amount) in CARDS {
        let left = ledger.card(card).context("a card")?.amount;
        let due = amount - spent.get(card).copied().unwrap_or_default();
        ensure!(left == due, "{card} has {left}, and {due} is due");
    }
    let due: u64 = spent.values().sum();
    ensure!(
        ledger.shop() == due,
        "the shop has {}, and {due} is due",
        ledger.shop()
    );
    Ok(())
}

/// How a checkout has ended: paid and confirmed, or neither.
async fn ended(day: &Arc<Day>, checkout: &CheckoutId) -> Result<Progress> {
    let store: Store<Checkout, _> = Store::new(Arc::clone(&day.memory), Settings::default());
    let commits = store.read(&checkout.stream(), 0, 100).await?;
    let events: Vec<&Event> = commits.iter().flat_map(|commit| &commit.events).collect();
    let progress = store.load(&checkout.stream()).await?.state;
    let progress = progress.context("it has not begun")?;
    // What has happened, without what the customer has agreed to.
    let events = &events[1..];
    let (charged, refunded) = {
        let ledger = day.ledger.lock().expect("nobody panics");
        ledger.of(&checkout.0)
    };
    let price = u64::from(progress.terms.price.amount);
    let due = if progress.hold == Hold::Adopted {
        price
    } else {
        0
    };
    ensure!(charged <= price, "charged {charged} of {price}: {events:?}");
    ensure!(
        charged - refunded == due,
        "paid {charged} - {refunded}, due {due}: {events:?}"
    );
    let count = |wanted: &Event| events.iter().filter(|event| **event == wanted).count();
    for once in [
        Event::RefundWanted,
        Event::Refunded,
        Event::Confirmed,
        Event::Released,
    ] {
        ensure!(count(&once) <= 1, "{once:?} more than once: {events:?}");
    }
    let (hold, payment) = (progress.hold, progress.payment);
    ensure!(
        progress.is_over(),
        "it has not ended: {hold:?}, {payment:?}: {events:?}"
    );
    tally(day, &progress, charged > 0);
    Ok(progress)
}

fn tally(day: &Day, progress: &Progress, was_charged: bool) {
    day.count(match (progress.why, was_charged) {
        (None, _) => "ended: adopted and paid",
        (Some(Why::Unavailable), _) => "ended: the pet was not to be had",
        (Some(Why::NotPaid), _) => "ended: not paid, released",
        (Some(Why::Late), false) => "ended: too late, released",
        (Some(Why::Late), true) => "ended: too late, released and refunded",
        (Some(Why::Lost), _) => "ended: the reservation was gone, refunded",
    });
}

/// Whether a pet was in one home at a time, and is kept for nobody.
async fn at_home(day: &Arc<Day>, pet: &PetId, is_due: u64) -> Result<()> {
    let store: Store<Pets, _> = Store::new(Arc::clone(&day.memory), Settings::default());
    let stream = shop::stream(pet);
    let (mut is_away, mut adoptions) = (false, 0);
    for commit in store.read(&stream, 0, 500).await? {
        for event in commit.events {
            match event {
                pets::Event::Before(before::Event::Adopted { .. }) => {
                    ensure!(!is_away, "it is with two customers");
                    is_away = true;
                    adoptions += 1;
                }
                pets::Event::Before(before::Event::Returned { .. }) => is_away = false,
                _ => {}
            }
        }
    }
    ensure!(
        adoptions == is_due,
        "adopted {adoptions} times, and paid for {is_due} times"
    );
    let state = store.load(&stream).await?.state;
    ensure!(
        state.reserved.is_none(),
        "it is kept for {:?}",
        state.reserved
    );
    Ok(())
}
