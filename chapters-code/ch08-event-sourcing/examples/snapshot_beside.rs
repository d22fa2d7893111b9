//! An item for each event, and now and then what follows from them in an item beside: what
//! one more command costs.

mod walk;

use anyhow::{Context, Result};
use aws_sdk_dynamodb::types::AttributeValue::{N, S};
use ch01_bare_server::pets::Pet;
use ch08_event_sourcing::pet::{Command, Event, Pets};
use event_store::{Decider, Stored};
use walk::{Item, Walk, age, command, event, item, key, past, refused, room};

/// Every so many commands the snapshot is written anew.
const EVERY: usize = 20;

/// Where the snapshot is: before the first event.
const SNAPSHOT: usize = 0;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let age = age()?;
    let walk = Walk::new().await?;
    let events: Vec<Event> = past(age).collect();
    let mut items: Vec<Item> = (1..)
        .zip(&events)
        .map(|(c, event)| item(c, event))
        .collect();
    let last = age - age % EVERY;
    if last > 0 {
        let state = events[..last].iter().fold(None, Pets::evolve);
        items.push(snapshot(last, state.as_ref()));
    }
    walk.fill(&items).await?;
    println!("its past takes {} bytes", room(&items));

    execute(&walk, &command(age)).await?;
    println!("one more: {}", walk.cost());

    // Until it is time for a snapshot.
    let due = (age + 2).next_multiple_of(EVERY) - 1;
    for number in age + 1..due {
        execute(&walk, &command(number)).await?;
    }
    walk.cost();
    execute(&walk, &command(due)).await?;
    println!("every {EVERY}th: {}", walk.cost());
    Ok(())
}

// ANCHOR: execute
async fn execute(walk: &Walk, command: &Command) -> Result<()> {
    let (mut number, mut state) = match walk.get(SNAPSHOT).await? {
        Some(item) => read(&item)?,
        None => (0, None),
    };
    for item in walk.read(number).await? {
        state = Pets::evolve(state, &event(&item)?);
        number += 1;
    }
    let new = Pets::decide(&state, command).map_err(|refusal| refused(&refusal))?;
    let items = (number + 1..).zip(&new);
    walk.write(items.map(|(number, event)| item(number, event)).collect())
        .await?;
    state = new.iter().fold(state, Pets::evolve);
    number += new.len();
    if number.is_multiple_of(EVERY) {
        walk.replace(snapshot(number, state.as_ref())).await?;
    }
    Ok(())
}
// ANCHOR_END: execute

// ANCHOR: snapshot
/// What is known after this event.
fn snapshot(number: usize, state: Option<&Pet>) -> Item {
    let mut item = key(SNAPSHOT);
    item.insert("n".into(), N(number.to_string()));
    item.insert("b".into(), S(Pets::snapshot(&state.cloned()).to_string()));
    item
}
// ANCHOR_END: snapshot

fn read(item: &Item) -> Result<(usize, Option<Pet>)> {
    let number = item.get("n").and_then(|n| n.as_n().ok());
    let body = item.get("b").and_then(|b| b.as_s().ok());
    let number = number.context("a snapshot has a number")?.parse()?;
    let body = serde_json::from_str(body.context("a snapshot has a body")?)?;
    Ok((number, Pets::state(&body)?))
}
