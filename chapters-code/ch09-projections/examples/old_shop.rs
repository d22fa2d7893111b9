//! Fills the table of streams with a past: `old_shop PETS`, which have ten commits of one event
//! each, some one less and some one more, so that one pet in five waits for a home. The table is
//! the one that `TABLE` names. It is there to see how long the views take.

use std::env;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{StreamSpecification, StreamViewType};
use ch01_bare_server::pets::{Customer, Description, Money, PetId};
use ch03_platform::items::new_id;
use ch03_platform::table::{connect, patient};
use ch07_events::clock::now;
use ch08_event_sourcing::pet::{Command, Pets, Wish};
use ch08_event_sourcing::shop::stream;
use event_store::{Dynamo, Issued, Settings, Store};
use futures_util::{StreamExt, TryStreamExt, stream as streams};

/// How many pets live at a time.
const AT_ONCE: usize = 16;

/// What happens to each, on average.
const EVENTS: usize = 10;

const SPECIES: [&str; 5] = ["cat", "dog", "lovebird", "rabbit", "tortoise"];

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let words: Vec<String> = env::args().skip(1).collect();
    let [pets] = words.as_slice() else {
        bail!("say how many pets");
    };
    let pets: usize = pets.parse().context("how many pets is a number")?;
    let table = env::var("TABLE").context("TABLE is not set")?;
    let client = patient(&Client::new(&connect().await));
    let shop: Store<Pets, Dynamo> = Store::new(Dynamo::new(&client, &table), Settings::default());
    // The embedded database takes the longer for a write, the more its stream has.
    set_stream(&client, &table, false).await?;
    let begun = Instant::now();
    let lives = (0..pets).map(|number| live(&shop, number));
    let mut lives = streams::iter(lives).buffer_unordered(AT_ONCE);
    while lives.try_next().await?.is_some() {}
    set_stream(&client, &table, true).await?;
    let took = begun.elapsed().as_secs_f64();
    println!("{pets} pets with {EVENTS} events each, in {took:.1} s");
    Ok(())
}

/// Has the table keep for a day what is new in it, or not: what was so before the views is not
/// rung for.
async fn set_stream(client: &Client, table: &str, is_kept: bool) -> Result<()> {
    let stream = StreamSpecification::builder().stream_enabled(is_kept);
    let stream = if is_kept {
        stream.stream_view_type(StreamViewType::NewImage)
    } else {
        stream
    };
    let update = client.update_table().table_name(table);
    update.stream_specification(stream.build()?).send().await?;
    Ok(())
}

/// A pet is taken in, and then adopted and brought back in turn.
async fn live(shop: &Store<Pets, Dynamo>, number: usize) -> Result<()> {
    let pet = new_id();
    // After an odd number of events it waits for a home.
    let events = match number / SPECIES.len() % 10 {
        3 => EVENTS - 1,
        8 => EVENTS + 1,
        _ => EVENTS,
    };
    for event in 0..events {
        let wish = match event {
            0 => Wish::TakeIn(about(number)),
            event if event % 2 == 1 => Wish::Adopt {
                customer: Customer(format!("Customer {event}")),
                together: vec![],
            },
            _ => Wish::Return {
                reason: "It eats the tulips".into(),
            },
        };
        let command = Command {
            pet: PetId(pet.0.clone()),
            wish,
        };
        let issued = Issued::at(event_store::Command::once(), now());
        let done = shop.execute(&stream(&pet), &issued, &command).await;
        done.map_err(|error| anyhow::anyhow!("pet {number}: {error}"))?;
    }
    Ok(())
}

fn about(number: usize) -> Description {
    let price = Money {
        amount: 12_000,
        currency: "EUR".into(),
    };
    let years = u16::try_from(number % 100).unwrap_or_default();
    Description {
        name: format!("Pet {number}"),
        species: SPECIES[number % SPECIES.len()].into(),
        born: 1_920 + years,
        price,
    }
}
