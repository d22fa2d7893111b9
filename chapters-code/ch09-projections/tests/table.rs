//! Rows in a table, made of streams in another one.

#[path = "../../ch03-platform/tests/desk/mod.rs"]
mod desk;

use std::time::Duration;

use anyhow::{Context, Result};
use aws_sdk_dynamodb::Client;
use ch01_bare_server::pets::{PetId, Status};
use ch08_event_sourcing::pet::Pets;
use ch08_event_sourcing::shop::{Shop, stream};
use ch09_projections::projector::Projector;
use ch09_projections::rebuild::Lateness;
use ch09_projections::rows::{At, Generations, Rows};
use ch09_projections::table::Table;
use ch09_projections::views::{List, Returns};
use desk::{adopt, give_back, named_in, take_in};
use event_store::{Dynamo, Settings, Store, StreamId};
use local::Local;

/// A shop, and all that listens to it.
struct Open {
    _local: Local,
    shop: Shop,
    streams: Store<Pets, Dynamo>,
    list: Table<List>,
    returns: Table<Returns>,
}

async fn open() -> Result<Open> {
    let local = Local::in_memory()?;
    let sdk = desk::patient(&local.url()).await;
    let client = Client::new(&sdk);
    Dynamo::make(&client, "streams").await?;
    ch03_platform::table::make(&client, "views").await?;
    let mut shop = Shop::new(&sdk, "streams", None, Duration::from_hours(24));
    shop.patience = Duration::from_mins(2);
    Ok(Open {
        _local: local,
        shop,
        streams: Store::new(Dynamo::new(&client, "streams"), Settings::default()),
        list: Table::new(client.clone(), "views"),
        returns: Table::new(client, "views"),
    })
}

impl Open {
    async fn comes(&self, name: &str) -> Result<(PetId, StreamId)> {
        let pet = named_in(&self.shop.execute(&take_in(name, "lovebird")).await?)?;
        let stream = stream(&pet);
        Ok((pet, stream))
    }

    fn list(&self) -> Projector<'_, List, Dynamo, Table<List>> {
        let (streams, rows) = (&self.streams, &self.list);
        Projector { streams, rows }
    }

    fn returns(&self) -> Projector<'_, Returns, Dynamo, Table<Returns>> {
        let (streams, rows) = (&self.streams, &self.returns);
        Projector { streams, rows }
    }
}

#[tokio::test]
async fn a_row_follows_its_stream_whatever_it_hears() -> Result<()> {
    let open = open().await?;
    let (kiwi, stream) = open.comes("Kiwi").await?;
    open.shop.execute(&adopt(&[&kiwi], "Ada")).await?;
    // The second is heard of first, and twice.
    for commit in [2, 2, 1] {
        open.list().heard(&stream, commit).await?;
        let at = open.list.get(0, &stream).await?;
        let pet = at.row.context("a pet")?;
        assert_eq!((at.commit, pet.status.name()), (2, "adopted"));
    }
    open.shop.execute(&give_back(&kiwi)).await?;
    open.returns().heard(&stream, 3).await?;
    let at = open.returns.get(0, &stream).await?;
    assert_eq!((at.commit, at.row.times), (3, 1));
    // Each view is as far as it has heard.
    assert_eq!(open.list.get(0, &stream).await?.commit, 2);
    open.list().sweep().await?;
    let pet = open.list.get(0, &stream).await?.row.context("a pet")?;
    assert_eq!(pet.status, Status::Available);
    Ok(())
}

#[tokio::test]
async fn a_row_does_not_go_back() -> Result<()> {
    let open = open().await?;
    let (kiwi, stream) = open.comes("Kiwi").await?;
    open.shop.execute(&adopt(&[&kiwi], "Ada")).await?;
    open.list().heard(&stream, 2).await?;
    let (commit, row) = (1, None);
    open.list.put(0, &stream, At { commit, row }).await?;
    assert_eq!(open.list.get(0, &stream).await?.commit, 2);
    Ok(())
}

#[tokio::test]
async fn a_view_is_made_anew_beside_the_one_that_is_read() -> Result<()> {
    let open = open().await?;
    let (kiwi, stream) = open.comes("Kiwi").await?;
    open.returns().sweep().await?;
    let at_once = Lateness(Duration::ZERO);
    open.returns().rebuild(at_once).await?;
    let now = open.returns.generations().await?;
    assert_eq!((now.current, now.building), (1, None));
    open.shop.execute(&adopt(&[&kiwi], "Ada")).await?;
    open.shop.execute(&give_back(&kiwi)).await?;
    open.returns().heard(&stream, 3).await?;
    assert_eq!(open.returns.get(1, &stream).await?.row.times, 1);
    // Nobody reads the old one any more.
    assert_eq!(open.returns.get(0, &stream).await?.commit, 1);
    Ok(())
}

#[tokio::test]
async fn of_two_who_make_it_anew_one_goes_on() -> Result<()> {
    let open = open().await?;
    let (before, building) = (open.returns.generations().await?, Some(1));
    let both = Generations { building, ..before };
    assert!(open.returns.set_generations(before, both).await?);
    assert!(!open.returns.set_generations(before, both).await?);
    // It has died, and the next one begins anew.
    let at_once = Lateness(Duration::ZERO);
    open.returns().rebuild(at_once).await?;
    let now = open.returns.generations().await?;
    assert_eq!((now.current, now.building), (2, None));
    let (current, building) = (1, None);
    let late = Generations { current, building };
    assert!(!open.returns.set_generations(both, late).await?);
    Ok(())
}
