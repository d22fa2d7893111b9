//! Processes of the shop that say what they read of Gustav's commits, and what they write, for four exercises:
//! `cargo run -p ch08-event-sourcing --example aloud slower` (or `keys`, `releases`, `restored`).

mod backend;
mod keys;
mod releases;
mod restored;
mod slower;

use std::env;
use std::sync::Arc;

use anyhow::{Result, bail};
use ch01_bare_server::pets::{Customer, Description, Money, Pet, PetId, Refusal};
use ch08_event_sourcing::pet::{Command, Event, Wish};
use ch08_event_sourcing::shop::{issued, stream};
use event_store::{Backend, Done, Error, Issued, Memory, Settings, Store, Stored};

use crate::backend::Aloud;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    match env::args().nth(1).as_deref() {
        Some("slower") => slower::run().await,
        Some("keys") => keys::run().await,
        Some("releases") => releases::run().await,
        Some("restored") => restored::run().await,
        _ => bail!("say slower, keys, releases or restored"),
    }
}

/// A shop that knows of pets what this chapter's does.
trait OfPets: Stored<Command = Command, Event = Event, State = Option<Pet>, Error = Refusal> {}

impl<D> OfPets for D where
    D: Stored<Command = Command, Event = Event, State = Option<Pet>, Error = Refusal>
{
}

/// A process that has just been started, and remembers nothing.
fn process<D: OfPets>(name: &'static str, commits: &Arc<Memory>) -> Store<D, Aloud> {
    Store::new(Aloud::new(name, commits), Settings::default())
}

/// One that says nothing.
fn silent<D: OfPets>(commits: &Arc<Memory>) -> Store<D, Arc<Memory>> {
    Store::new(Arc::clone(commits), Settings::default())
}

/// Carries out what somebody wants of Gustav, which nobody will repeat.
async fn ask<D: OfPets, B: Backend>(
    shop: &Store<D, B>,
    wish: Wish,
) -> Result<Done<D>, Error<Refusal>> {
    carry_out(shop, &issued(None), wish).await
}

async fn carry_out<D: OfPets, B: Backend>(
    shop: &Store<D, B>,
    issued: &Issued,
    wish: Wish,
) -> Result<Done<D>, Error<Refusal>> {
    let pet = PetId("1".into());
    shop.execute(&stream(&pet), issued, &Command { pet, wish })
        .await
}

/// He is taken in.
fn take_in() -> Wish {
    Wish::TakeIn(Description {
        name: "Gustav".into(),
        species: "tortoise".into(),
        born: 1923,
        price: Money {
            amount: 12_000,
            currency: "EUR".into(),
        },
    })
}

/// Somebody wants him.
fn adopt(customer: &str) -> Wish {
    Wish::Adopt {
        customer: Customer(customer.into()),
        together: vec![],
    }
}

/// He is brought back.
fn back() -> Wish {
    Wish::Return {
        reason: "He bites".into(),
    }
}
