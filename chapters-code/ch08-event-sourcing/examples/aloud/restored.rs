//! A backup is restored under a process that runs on.

use std::sync::Arc;

use anyhow::Result;
use ch01_bare_server::pets::PetId;
use ch08_event_sourcing::pet::Pets;
use ch08_event_sourcing::shop::stream;
use event_store::Memory;

use crate::{adopt, ask, back, process, silent, take_in};

pub async fn run() -> Result<()> {
    let commits = Arc::new(Memory::default());
    let gustav = stream(&PetId("1".into()));
    // ANCHOR: restored
    let warm = silent::<Pets>(&commits);
    for wish in [take_in(), adopt("Ada"), back(), adopt("Ben")] {
        ask(&warm, wish).await?;
    }
    for number in [3, 4] {
        commits.lose(&gustav, number);
    }
    for who in ["cold", "later"] {
        let cold = process::<Pets>(who, &commits);
        let now = cold.load(&gustav).await?;
        println!("{who}: {:?}", now.state.map(|pet| pet.status));
        match cold.read(&gustav, 0, 10).await {
            Ok(past) => println!("{who}: a past of {} commits", past.len()),
            Err(why) => println!("{who}: {why}"),
        }
        if who == "cold" {
            ask(&warm, back()).await?;
        }
    }
    // ANCHOR_END: restored
    Ok(())
}
