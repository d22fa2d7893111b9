//! Two processes are slower than a third. One remembered what it decided on, and the other had read it.

use std::sync::Arc;

use anyhow::Result;
use ch08_event_sourcing::pet::Pets;
use event_store::Memory;

use crate::{adopt, ask, back, process, silent, take_in};

pub async fn run() -> Result<()> {
    let commits = Arc::new(Memory::default());
    let third = Arc::new(silent::<Pets>(&commits));
    ask(&third, take_in()).await?;
    ask(&third, adopt("Ada")).await?;
    // ANCHOR: slower
    let north = process::<Pets>("north", &commits);
    ask(&north, back()).await?;
    ask(&third, adopt("Ben")).await?;
    println!("north, for Zoë:");
    let refused = ask(&north, adopt("Zoë")).await;
    println!("{}", refused.unwrap_err());

    ask(&third, back()).await?;
    let south = process::<Pets>("south", &commits);
    south.backend().meanwhile(Box::pin(async move {
        let _ = ask(&third, adopt("Cleo")).await;
    }));
    println!("south, for Zoë:");
    let refused = ask(&south, adopt("Zoë")).await;
    println!("{}", refused.unwrap_err());
    // ANCHOR_END: slower
    Ok(())
}
