//! What chapter 10's shop has left in its tables: Gustav, who was adopted and brought back, and a
//! checkout of Ben's, whose card was charged too late. `last_year`

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, anyhow};
use aws_sdk_dynamodb::Client;
use ch01_bare_server::pets::{Customer, Description, Money};
use ch03_platform::items::new_id;
use ch03_platform::table;
use ch07_events::clock::now;
use ch08_event_sourcing::pet as first;
use ch08_event_sourcing::shop::{issued, stream};
use ch10_processes::checkout::{Card, ChargeId, Checkout, CheckoutId, Fact, Terms};
use ch10_processes::performer::tell;
use ch10_processes::pets::{Command, Pets, Wish};
use ch10_processes::settings;
use event_store::{Dynamo, Settings, Store};

// ANCHOR: last_year
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let sdk = table::connect().await;
    let commits = Arc::new(Dynamo::new(&Client::new(&sdk), "pets"));
    let pets: Store<Pets, _> = Store::new(commits, Settings::default());
    let (pet, price) = (
        new_id(),
        Money {
            amount: 12_000,
            currency: "EUR".into(),
        },
    );
    let about = Description {
        name: "Gustav".into(),
        species: "tortoise".into(),
        born: 1923,
        price: price.clone(),
    };
    let customer = Customer("Ada".into());
    for wish in [
        first::Wish::TakeIn(about),
        first::Wish::Adopt {
            customer,
            together: vec![],
        },
        first::Wish::Return {
            reason: "Ada's tulips are gone".into(),
        },
    ] {
        let wish = Wish::Before(wish);
        let command = Command {
            pet: pet.clone(),
            wish,
        };
        let done = pets.execute(&stream(&pet), &issued(None), &command).await;
        done.map_err(|why| anyhow!("{why:?}"))?;
    }
    let checkouts = settings::checkouts(&sdk);
    let checkout = CheckoutId::new(now(), [7; 10]);
    let terms = Terms {
        pet: pet.clone(),
        customer: Customer("Ben".into()),
        card: Card("ben".into()),
        price,
        deadline: now().saturating_sub(Duration::from_secs(1)),
    };
    for fact in [
        Fact::Begun(terms),
        Fact::Reserved,
        Fact::Late(now()),
        Fact::Released,
        Fact::Charged(ChargeId("ch_1".into())),
    ] {
        tell::<Checkout, _>(&checkouts, &checkout, &fact, "last year", now()).await?;
    }
    println!("{pet} {checkout}");
    Ok(())
}
// ANCHOR_END: last_year
