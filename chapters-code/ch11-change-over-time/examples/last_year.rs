//! What chapter 10's shop has left in its tables: Gustav, whom Ada had, and Rex, who is kept for
//! Ben, who was paying when the shop closed for the year. `last_year`

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, anyhow};
use aws_sdk_dynamodb::Client;
use ch01_bare_server::pets::{Customer, Description, Money, PetId};
use ch03_platform::items::new_id;
use ch03_platform::table;
use ch07_events::clock::now;
use ch08_event_sourcing::pet as first;
use ch08_event_sourcing::shop::{issued, stream};
use ch10_processes::checkout::{Card, Checkout, CheckoutId, Fact, Terms};
use ch10_processes::performer::tell;
use ch10_processes::pets::{Command, Pets, Wish};
use ch10_processes::settings;
use event_store::{Dynamo, Settings, Store};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let sdk = table::connect().await;
    let commits = Arc::new(Dynamo::new(&Client::new(&sdk), "pets"));
    let pets = Store::new(commits, Settings::default());
    let (gustav, rex) = (new_id(), new_id());
    let about = |name: &str, species: &str, born| Description {
        name: name.into(),
        species: species.into(),
        born,
        price: price(),
    };
    let customer = Customer("Ada".into());
    let reason = "Ada's tulips are gone".into();
    for wish in [
        first::Wish::TakeIn(about("Gustav", "tortoise", 1923)),
        first::Wish::Adopt {
            customer,
            together: vec![],
        },
        first::Wish::Return { reason },
    ] {
        ask(&pets, &gustav, Wish::Before(wish)).await?;
    }
    let wish = first::Wish::TakeIn(about("Rex", "dog", 2020));
    ask(&pets, &rex, Wish::Before(wish)).await?;
    let by = begin(&settings::checkouts(&sdk), &rex).await?;
    let checkout = by.clone();
    ask(&pets, &rex, Wish::Reserve { by }).await?;
    println!("{gustav} {rex} {checkout}");
    Ok(())
}

fn price() -> Money {
    Money {
        amount: 12_000,
        currency: "EUR".into(),
    }
}

async fn ask(pets: &Store<Pets, Arc<Dynamo>>, pet: &PetId, wish: Wish) -> Result<()> {
    let command = Command {
        pet: pet.clone(),
        wish,
    };
    let done = pets.execute(&stream(pet), &issued(None), &command).await;
    done.map(drop).map_err(|why| anyhow!("{why:?}"))
}

/// Ben begins to pay, and his time is over.
async fn begin(checkouts: &settings::Checkouts, pet: &PetId) -> Result<CheckoutId> {
    let checkout = CheckoutId::new(now(), [7; 10]);
    let begun = Fact::Begun(Terms {
        pet: pet.clone(),
        customer: Customer("Ben".into()),
        card: Card("ben".into()),
        price: price(),
        deadline: now().saturating_sub(Duration::from_secs(1)),
    });
    for fact in [begun, Fact::Reserved] {
        tell::<Checkout, _>(checkouts, &checkout, &fact, "last year", now()).await?;
    }
    Ok(checkout)
}
