//! An item for each event, and all of them are read: what one more command costs.

mod walk;

use anyhow::Result;
use ch08_event_sourcing::pet::{Command, Event, Pets};
use event_store::Decider;
use walk::{Item, Walk, age, command, event, item, past, refused, room};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let age = age()?;
    let walk = Walk::new().await?;
    let items: Vec<Item> = (1..)
        .zip(past(age))
        .map(|(c, event)| item(c, &event))
        .collect();
    walk.fill(&items).await?;
    println!("its past takes {} bytes", room(&items));

    execute(&walk, &command(age)).await?;
    println!("one more: {}", walk.cost());

    let two = [command(age + 1), command(age + 2)];
    execute_two(&walk, &two).await?;
    println!("one that does two things: {}", walk.cost());
    Ok(())
}

// ANCHOR: execute
async fn execute(walk: &Walk, command: &Command) -> Result<()> {
    let events = load(walk).await?;
    let state = events.iter().fold(None, Pets::evolve);
    let new = Pets::decide(&state, command).map_err(|refusal| refused(&refusal))?;
    write(walk, events.len(), &new).await
}

async fn load(walk: &Walk) -> Result<Vec<Event>> {
    walk.read(0).await?.iter().map(event).collect()
}

async fn write(walk: &Walk, before: usize, new: &[Event]) -> Result<()> {
    let items = (before + 1..).zip(new);
    let items = items.map(|(number, event)| item(number, event));
    walk.write(items.collect()).await
}
// ANCHOR_END: execute

/// Ben has him the moment that Ada brings him back.
async fn execute_two(walk: &Walk, commands: &[Command]) -> Result<()> {
    let mut events = load(walk).await?;
    let before = events.len();
    for command in commands {
        let state = events.iter().fold(None, Pets::evolve);
        let new = Pets::decide(&state, command).map_err(|refusal| refused(&refusal))?;
        events.extend(new);
    }
    write(walk, before, &events[before..]).await
}
