//! Who wants what on a day.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, anyhow};
use ch01_bare_server::pets::{Customer, Description, Money, PetId};
use ch08_event_sourcing::{pet as before, shop};
use ch10_processes::checkout::{Card, CheckoutId, Fact, Terms};
use ch10_processes::pets::{self, Wish};
use ch10_processes::provider::ledger::Account;
use event_store::{Command, Error, Issued, Memory, Settings, Store};
use tokio::time::sleep;

use crate::day::Day;
use crate::guards::{Checkouts, Shelter};

/// Their names are their numbers.
pub const PETS: u64 = 3;

/// What a pet costs.
const PRICE: u32 = 100;

/// Customers' cards, and what is on them: for two pets, one, and none.
pub const CARDS: [(&str, u64); 5] = [
    ("ada", 250),
    ("ben", 100),
    ("cleo", 120),
    ("dan", 50),
    ("eva", 500),
];

/// The one that is blocked.
const BLOCKED: &str = "eva";

/// How many checkouts each customer begins.
const EACH: u64 = 2;

/// When the last of them begins, at most.
const DAY: Duration = Duration::from_secs(20);

/// How much time a checkout has, at most.
const DEADLINE: Duration = Duration::from_secs(25);

fn price() -> Money {
    Money {
        amount: PRICE,
        currency: "EUR".into(),
    }
}

/// The shop opens: there are pets, and cards with money.
pub async fn open(day: &Day) -> Result<()> {
    for (card, amount) in CARDS {
        let account = Account {
            amount,
            is_blocked: card == BLOCKED,
        };
        day.ledger
            .lock()
            .expect("nobody panics")
            .set_card(card, account);
    }
    for pet in 0..PETS {
        let about = Description {
            name: pet.to_string(),
            species: "tortoise".into(),
            born: 1923,
            price: price(),
        };
        let wish = Wish::Before(before::Wish::TakeIn(about));
        ask(day, pet, wish).await?;
    }
    Ok(())
}

/// Asks something of a pet, at the desk: whether it was done.
async fn ask(day: &Day, pet: u64, wish: Wish) -> Result<bool> {
    let store: Store<Shelter, Arc<Memory>> =
        Store::new(Arc::clone(&day.memory), Settings::default());
    let pet = PetId(pet.to_string());
    let issued = Issued::at(Command::once(), day.now());
    let stream = shop::stream(&pet);
    match store
        .execute(&stream, &issued, &pets::Command { pet, wish })
        .await
    {
        Ok(done) => Ok(!done.events.is_empty()),
        Err(Error::Refused(_)) => Ok(false),
        Err(Error::Failed(failure)) => Err(anyhow!(failure)),
    }
}

/// A customer who wants some pets, one after the other or at once.
pub async fn customer(day: Arc<Day>, card: &'static str) -> Result<()> {
    for _ in 0..EACH {
        sleep(day.pause(DAY / 2)).await;
        let mut chance = [0; 10];
        chance[..8].copy_from_slice(&day.dice(u64::MAX).to_be_bytes());
        let checkout = CheckoutId::new(day.now(), chance);
        let terms = Terms {
            pet: PetId(day.dice(PETS).to_string()),
            customer: Customer(card.to_owned()),
            card: Card(card.to_owned()),
            price: price(),
            deadline: day.now() + day.pause(DEADLINE),
        };
        let store: Store<Checkouts, Arc<Memory>> =
            Store::new(Arc::clone(&day.memory), Settings::default());
        let issued = Issued::at(Command::once(), day.now());
        let begun = store
            .execute(&checkout.stream(), &issued, &Fact::Begun(terms))
            .await;
        begun.map_err(|why| anyhow!("{why}"))?;
        day.begun(&checkout);
    }
    Ok(())
}

/// Somebody brings a pet back, or lets a reservation go by hand.
pub async fn desk(day: Arc<Day>, pet: u64) -> Result<()> {
    for _ in 0..6 {
        sleep(day.pause(DAY / 3)).await;
        let reason = String::from("eats tulips");
        let back = Wish::Before(before::Wish::Return { reason });
        if day.dice(2) == 0 && ask(&day, pet, back).await? {
            day.count("pets brought back");
        }
        if day.dice(6) == 0
            && let Some(by) = holder(&day, pet).await?
            && ask(&day, pet, Wish::Release { by }).await?
        {
            day.count("reservations that the staff let go");
        }
    }
    Ok(())
}

async fn holder(day: &Day, pet: u64) -> Result<Option<CheckoutId>> {
    let store: Store<Shelter, Arc<Memory>> =
        Store::new(Arc::clone(&day.memory), Settings::default());
    let stream = shop::stream(&PetId(pet.to_string()));
    Ok(store.load(&stream).await?.state.reserved)
}
