//! Checkouts while one release takes the place of another, with programs of chapter 10 and of this
//! one on the same streams, and while somebody is forgotten: no money is lost, and no pet.

#[path = "../../ch03-platform/tests/desk/mod.rs"]
mod desk;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use ch01_bare_server::pets::{Customer, Description, Money, PetId, Status};
use ch07_events::clock::now;
use ch08_event_sourcing::{pet as first, shop};
use ch10_processes::checkout::{Card, Checkout as Before, CheckoutId, Fact, Hold, Payment, Terms};
use ch10_processes::due;
use ch10_processes::performer::{AnyCheckout, AnyPet, Performer, tell};
use ch10_processes::pets::{self as before, Pets as PetsBefore};
use ch10_processes::provider::Payments;
use ch10_processes::provider::client::Http;
use ch10_processes::provider::ledger::Account;
use ch10_processes::provider::server::Provider;
use ch10_processes::settings::in_table;
use ch11_change_over_time::checkout::Checkout;
use ch11_change_over_time::opening::Opening;
use ch11_change_over_time::people::{self, People};
use ch11_change_over_time::pets::{Command, Pets, Wish};
use event_store::{self as store, Decider, Dynamo, Issued, Store};
use local::Local;
use tokio::net::TcpListener;

const LONG: Duration = Duration::from_mins(15);

/// Both releases, on the same tables and at the same provider.
struct Both {
    _local: Local,
    provider: Arc<Provider>,
    people: People,
    old: Performer<Before, PetsBefore, Arc<Dynamo>, Http>,
    new: Performer<Checkout, Pets, Arc<Dynamo>, Opening<Http>>,
    /// As chapters 8 and 9 read it.
    first: Store<first::Pets, Arc<Dynamo>>,
}

async fn both() -> Result<Both> {
    let local = Local::in_memory()?;
    let sdk = desk::patient(&local.url()).await;
    let client = Client::new(&sdk);
    for table in ["pets", "checkouts"] {
        Dynamo::make(&client, table).await?;
    }
    people::make(&client, "people").await?;
    let provider = Provider::new(None);
    let account = Account {
        amount: 20_000,
        is_blocked: false,
    };
    provider.ledger().set_card("ada", account);
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = format!("http://{}", listener.local_addr()?);
    let routes = Arc::clone(&provider).routes();
    tokio::spawn(async move { axum::serve(listener, routes).await });
    let http = || Http::believing(&address, Duration::from_secs(30), &[]);
    let people = People::new(client, "people", &[7; 32]);
    let opening = Opening {
        payments: http(),
        people: people.clone(),
    };
    let both = Both {
        _local: local,
        provider,
        people,
        old: performer(&sdk, http()),
        new: performer(&sdk, opening),
        first: in_table(&sdk, "pets"),
    };
    let about = Description {
        name: "Gustav".into(),
        species: "tortoise".into(),
        born: 1923,
        price: price(),
    };
    let wish = before::Wish::Before(first::Wish::TakeIn(about));
    asked(
        &both.old.pets,
        before::Command {
            pet: gustav(),
            wish,
        },
    )
    .await?;
    Ok(both)
}

fn performer<C: AnyCheckout, P: AnyPet, M: Payments>(
    sdk: &SdkConfig,
    payments: M,
) -> Performer<C, P, Arc<Dynamo>, M> {
    Performer {
        checkouts: in_table(sdk, "checkouts"),
        pets: in_table(sdk, "pets"),
        payments,
    }
}

fn gustav() -> PetId {
    PetId("00000000-0000-7000-8000-000000000007".into())
}

fn price() -> Money {
    Money {
        amount: 12_000,
        currency: "EUR".into(),
    }
}

/// A command to Gustav.
async fn asked<P: AnyPet>(pets: &Store<P, Arc<Dynamo>>, command: P::Command) -> Result<()> {
    let issued = Issued::at(store::Command::once(), now());
    let done = pets
        .execute(&shop::stream(&gustav()), &issued, &command)
        .await;
    done.map(drop).map_err(|why| anyhow::anyhow!("{why:?}"))
}

/// Begins a checkout with one of the releases.
async fn begin<C: AnyCheckout>(
    checkouts: &Store<C, Arc<Dynamo>>,
    [customer, card]: [&str; 2],
    time: Duration,
) -> Result<CheckoutId> {
    let checkout = CheckoutId::new(now(), [7; 10]);
    let begun = Fact::Begun(Terms {
        pet: gustav(),
        customer: Customer(customer.into()),
        card: Card(card.into()),
        price: price(),
        deadline: now() + time,
    });
    tell(checkouts, &checkout, &begun, "a customer", now()).await?;
    Ok(checkout)
}

/// How a checkout stands, for one of the releases, and what the shop has been paid.
async fn stands<C: AnyCheckout>(
    both: &Both,
    checkouts: &Store<C, Arc<Dynamo>>,
    checkout: &CheckoutId,
) -> Result<(Hold, Payment, u64)> {
    let state = checkouts.load(&checkout.stream()).await?.state;
    let (hold, payment) = state.context("it has begun")?.kind();
    Ok((hold, payment, both.provider.ledger().shop()))
}

const PAID: (Hold, Payment, u64) = (Hold::Adopted, Payment::Charged, 12_000);

// ANCHOR: reader_first
#[tokio::test]
async fn who_reads_is_released_before_who_writes() -> Result<()> {
    let both = both().await?;
    let checkout = begin(&both.old.checkouts, ["Ada", "ada"], LONG).await?;
    both.old.heard(&checkout, now()).await?;
    // The release that follows goes on where the one before it has stopped.
    for _ in 0..3 {
        both.new.heard(&checkout, now()).await?;
    }
    assert_eq!(stands(&both, &both.new.checkouts, &checkout).await?, PAID);
    // And if it is taken back, the one before it is at home in what it has written.
    assert_eq!(stands(&both, &both.old.checkouts, &checkout).await?, PAID);
    Ok(())
}
// ANCHOR_END: reader_first

// ANCHOR: writer_first
#[tokio::test]
async fn who_writes_is_released_before_who_reads() -> Result<()> {
    let both = both().await?;
    let ada = both.people.meet("Ada").await?;
    let [name, card] = ["Ada", "ada"].map(|text| People::seal(&ada, text));
    let checkout = begin(&both.new.checkouts, [&name?, &card?], LONG).await?;
    // Nobody understands it, and so nobody does anything.
    let stuck = both.old.heard(&checkout, now()).await.unwrap_err();
    assert!(
        stuck
            .to_string()
            .contains("nobody knows Begun in version 2"),
        "{stuck}"
    );
    let swept = due::sweep(&both.old, now().saturating_sub(LONG), now()).await?;
    assert_eq!((swept.looked_at, swept.stuck), (1, 1));
    assert_eq!(both.provider.ledger().shop(), 0);
    // It waits for whoever does.
    for _ in 0..3 {
        both.new.heard(&checkout, now()).await?;
    }
    assert_eq!(stands(&both, &both.new.checkouts, &checkout).await?, PAID);
    Ok(())
}
// ANCHOR_END: writer_first

#[tokio::test]
async fn a_pet_that_was_put_right_is_known_to_those_who_know_nothing_of_it() -> Result<()> {
    let both = both().await?;
    let wish = |wish| before::Wish::Before(wish);
    let adopt = first::Wish::Adopt {
        customer: Customer("Grace".into()),
        together: vec![],
    };
    let (pet, adopt) = (gustav(), wish(adopt));
    asked(&both.old.pets, before::Command { pet, wish: adopt }).await?;
    let customer = Customer("Ada".into());
    let (pet, right) = (gustav(), Wish::Correct { customer });
    asked(&both.new.pets, Command { pet, wish: right }).await?;
    let known = both.old.pets.load(&shop::stream(&gustav())).await?.state;
    let status = known.pet.context("Gustav")?.status;
    ensure!(
        status == Status::Adopted(Customer("Ada".into())),
        "{status:?}"
    );
    // And whoever only tells is told it in a word that they know.
    let told = both.first.read(&shop::stream(&gustav()), 0, 100).await?;
    let events = told.iter().flat_map(|commit| &commit.events);
    let pet = events.fold(None, first::Pets::evolve).context("Gustav")?;
    assert_eq!(pet.status, status);
    let reason = "He is slow".into();
    let (pet, back) = (gustav(), wish(first::Wish::Return { reason }));
    asked(&both.old.pets, before::Command { pet, wish: back }).await
}

/// After each of its steps, and before the first.
#[tokio::test]
async fn a_checkout_ends_whenever_its_customer_is_forgotten() -> Result<()> {
    let time = Duration::from_secs(2);
    for steps in 0..4 {
        let both = both().await?;
        let ada = both.people.meet("Ada").await?;
        let [name, card] = ["Ada", "ada"].map(|text| People::seal(&ada, text));
        let checkout = begin(&both.new.checkouts, [&name?, &card?], time).await?;
        for _ in 0..steps {
            both.new.heard(&checkout, now()).await?;
        }
        ensure!(both.people.forget("Ada").await?, "nobody knew Ada");
        // What is stuck now may not be stuck the next time.
        for _ in 0..3 {
            let _ = both.new.heard(&checkout, now()).await;
        }
        tokio::time::sleep(time + time).await;
        for _ in 0..3 {
            due::sweep(&both.new, now().saturating_sub(LONG), now()).await?;
        }
        let swept = due::sweep(&both.new, now().saturating_sub(LONG), now()).await?;
        assert_eq!((swept.looked_at, swept.open, swept.stuck), (1, 0, 0));
        let (hold, payment, paid) = stands(&both, &both.new.checkouts, &checkout).await?;
        // Whoever was charged before has the pet, and nobody is charged afterwards.
        let due = if steps < 2 {
            (Hold::Released, Payment::NotCharged, 0)
        } else {
            PAID
        };
        assert_eq!((hold, payment, paid), due, "forgotten after {steps} steps");
    }
    Ok(())
}
