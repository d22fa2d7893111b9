//! A checkout from its beginning to its end, with streams in memory and the provider behind HTTP.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use ch01_bare_server::pets::{Customer, Description, Money, PetId};
use ch07_events::clock::now;
use ch08_event_sourcing::{pet as before, shop};
use ch10_processes::checkout::{Card, Checkout, CheckoutId, Fact, Hold, Payment, Terms};
use ch10_processes::due;
use ch10_processes::performer::{Performer, tell};
use ch10_processes::pets::{Command, Pets, Wish};
use ch10_processes::provider::client::Http;
use ch10_processes::provider::ledger::Account;
use ch10_processes::provider::server::{Fails, Mood, Provider};
use event_store::{self as store, Issued, Memory, Settings, Store};
use tokio::net::TcpListener;

type Shop = Performer<Checkout, Pets, Arc<Memory>, Http>;

fn gustav() -> PetId {
    PetId("gustav".into())
}

fn price() -> Money {
    Money {
        amount: 12_000,
        currency: "EUR".into(),
    }
}

/// A shop with one pet, and a provider at which Ada has money and Ben has not.
async fn open() -> Result<(Shop, Arc<Provider>)> {
    let provider = Provider::new(None);
    for (card, amount) in [("ada", 20_000), ("ben", 0)] {
        let account = Account {
            amount,
            is_blocked: false,
        };
        provider.ledger().set_card(card, account);
    }
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = format!("http://{}", listener.local_addr()?);
    let routes = Arc::clone(&provider).routes();
    tokio::spawn(async move { axum::serve(listener, routes).await });
    let memory: Arc<Memory> = Arc::default();
    let shop = Performer {
        checkouts: Store::new(Arc::clone(&memory), Settings::default()),
        pets: Store::new(memory, Settings::default()),
        payments: Http::believing(&address, Duration::from_secs(2), &[]),
    };
    let about = Description {
        name: "Gustav".into(),
        species: "tortoise".into(),
        born: 1923,
        price: price(),
    };
    let command = Command {
        pet: gustav(),
        wish: Wish::Before(before::Wish::TakeIn(about)),
    };
    let issued = Issued::at(store::Command::once(), now());
    let stream = shop::stream(&gustav());
    shop.pets.execute(&stream, &issued, &command).await?;
    Ok((shop, provider))
}

/// Begins a checkout, which has so much time.
async fn begin(shop: &Shop, card: &str, time: Duration) -> Result<CheckoutId> {
    let checkout = CheckoutId::new(now(), [7; 10]);
    let begun = Fact::Begun(Terms {
        pet: gustav(),
        customer: Customer(card.into()),
        card: Card(card.into()),
        price: price(),
        deadline: now() + time,
    });
    tell(&shop.checkouts, &checkout, &begun, "a customer", now()).await?;
    Ok(checkout)
}

/// Rings so often; says where the checkout is then, and what the shop has.
async fn ring(
    (shop, provider): &(Shop, Arc<Provider>),
    checkout: &CheckoutId,
    times: usize,
) -> Result<(Hold, Payment, u64)> {
    for _ in 0..times {
        // What is stuck now is not stuck the next time.
        let _ = shop.heard(checkout, now()).await;
    }
    let state = shop.checkouts.load(&checkout.stream()).await?.state;
    let (hold, payment) = state.context("it has begun")?.kind();
    let shop = provider.ledger().shop();
    Ok((hold, payment, shop))
}

const LONG: Duration = Duration::from_mins(15);

// ANCHOR: happy
#[tokio::test]
async fn three_rings_lead_to_an_adoption() -> Result<()> {
    let all = open().await?;
    let checkout = begin(&all.0, "ada", LONG).await?;
    let (hold, payment, paid) = ring(&all, &checkout, 3).await?;
    assert_eq!(
        (hold, payment, paid),
        (Hold::Adopted, Payment::Charged, 12_000)
    );
    // Whoever rings again is late.
    let again = ring(&all, &checkout, 3).await?;
    assert_eq!(again, (hold, payment, paid));
    Ok(())
}
// ANCHOR_END: happy

#[tokio::test]
async fn without_money_there_is_no_pet() -> Result<()> {
    let all = open().await?;
    let checkout = begin(&all.0, "ben", LONG).await?;
    let ended = ring(&all, &checkout, 3).await?;
    assert_eq!(ended, (Hold::Released, Payment::NotCharged, 0));
    let pet = all.0.pets.load(&shop::stream(&gustav())).await?.state;
    assert_eq!(pet.reserved, None);
    Ok(())
}

#[tokio::test]
async fn a_charge_without_an_answer_is_found_out_and_given_back() -> Result<()> {
    let all = open().await?;
    let checkout = begin(&all.0, "ada", LONG).await?;
    all.1.behave(Mood {
        fails: Fails::After,
        times: Some(1),
        ..Mood::default()
    });
    let unclear = ring(&all, &checkout, 2).await?;
    assert_eq!(unclear, (Hold::Reserved, Payment::Unclear, 12_000));
    // The time is over, and the money is there.
    let then = now() + LONG;
    let mut open = 1;
    for _ in 0..3 {
        let swept = due::sweep(&all.0, Duration::ZERO, then).await?;
        open = swept.open;
    }
    ensure!(open == 0, "it has not ended");
    let ended = ring(&all, &checkout, 0).await?;
    assert_eq!(ended, (Hold::Released, Payment::Refunded, 0));
    Ok(())
}
