//! A command comes again, behind many others.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use ch01_bare_server::pets::{PetId, Refusal};
use ch02_virtual_server::order::Key;
use ch08_event_sourcing::keys::{self, Keys};
use ch08_event_sourcing::pet::{Pets, Wish};
use ch08_event_sourcing::shop::issued;
use event_store::{Done, Error, Memory, Settings, Store};

use crate::{adopt, ask, back, carry_out, silent, take_in};

type Shop = Store<Pets, Arc<Memory>>;

pub async fn run() -> Result<()> {
    // ANCHOR: keys
    for others in [49, 50, 51] {
        let shop = silent(&Arc::default());
        ask(&shop, take_in()).await?;
        with_key(&shop, "Ada's", adopt("Ada")).await?;
        for number in 1..=others {
            let wish = if number % 2 == 1 {
                back()
            } else {
                adopt("Ben")
            };
            with_key(&shop, &number.to_string(), wish).await?;
        }
        match with_key(&shop, "Ada's", adopt("Ada")).await {
            Ok(done) if done.again => println!("{others} others: done, by commit {}", done.number),
            Ok(done) => println!("{others} others: done now, by commit {}", done.number),
            Err(why) => println!("{others} others: {why}"),
        }
    }

    let names: Store<Keys, _> = Store::new(Memory::default(), Settings::default());
    for (hours, name) in [(0, "7"), (23, "8"), (25, "9")] {
        let mut issued = issued(Some(&key("Ada's")));
        issued.at += Duration::from_hours(hours);
        let name = PetId(name.into());
        let done = names
            .execute(&keys::stream("Ada's"), &issued, &name)
            .await?;
        println!("{hours} hours later: pet {}", done.events[0]);
    }
    // ANCHOR_END: keys
    Ok(())
}

async fn with_key(shop: &Shop, key: &str, wish: Wish) -> Result<Done<Pets>, Error<Refusal>> {
    carry_out(shop, &issued(Some(&self::key(key))), wish).await
}

/// A key of this name, of one and the same request.
fn key(name: &str) -> Key {
    Key::new(name, "/pets", b"")
}
