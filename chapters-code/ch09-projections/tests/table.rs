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
use ch09_projections::rows::{At, Generations, Put, Rows};
use ch09_projections::table::{self, Table, Totals};
use ch09_projections::views::{Homes, List, Returns};
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
    homes: Totals<Homes>,
}

async fn open() -> Result<Open> {
    let local = Local::in_memory()?;
    let sdk = desk::patient(&local.url()).await;
    let client = Client::new(&sdk);
    Dynamo::make(&client, "streams").await?;
    table::make(&client, "views").await?;
    let mut shop = Shop::new(&sdk, "streams", None, Duration::from_hours(24));
    shop.patience = Duration::from_mins(2);
    Ok(Open {
        _local: local,
        shop,
        streams: Store::new(Dynamo::new(&client, "streams"), Settings::default()),
        list: Table::new(client.clone(), "views"),
        returns: Table::new(client.clone(), "views"),
        homes: Totals::new(client, "views"),
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

    fn homes(&self) -> Projector<'_, Homes, Dynamo, Totals<Homes>> {
        let (streams, rows) = (&self.streams, &self.homes);
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
    let nothing = At::default();
    let put = open.list.put(0, &stream, &nothing, At { commit, row });
    assert_eq!(put.await?, Put::There);
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
    let late = Generations {
        current,
        building,
        ..before
    };
    assert!(!open.returns.set_generations(both, late).await?);
    Ok(())
}

#[tokio::test]
async fn whatever_is_heard_twice_is_in_the_sum_once() -> Result<()> {
    let open = open().await?;
    let (kiwi, stream) = open.comes("Kiwi").await?;
    let (mango, other) = open.comes("Mango").await?;
    open.shop.execute(&adopt(&[&kiwi, &mango], "Ada")).await?;
    for (stream, due) in [(&stream, 1), (&stream, 1), (&other, 2), (&stream, 2)] {
        open.homes().heard(stream, 2).await?;
        assert_eq!(open.homes.total(0).await?, due);
    }
    open.shop.execute(&give_back(&kiwi)).await?;
    open.homes().heard(&stream, 3).await?;
    assert_eq!(open.homes.total(0).await?, 1);
    Ok(())
}

/// Another one has been faster, and has counted it.
#[tokio::test]
async fn a_difference_is_not_added_once_its_row_has_changed() -> Result<()> {
    let open = open().await?;
    let (kiwi, stream) = open.comes("Kiwi").await?;
    open.homes().heard(&stream, 1).await?;
    let before = open.homes.get(0, &stream).await?;
    open.shop.execute(&adopt(&[&kiwi], "Ada")).await?;
    open.homes().heard(&stream, 2).await?;
    let (commit, row) = (2, true);
    for before in [before, At::default()] {
        let late = open.homes.put(0, &stream, &before, At { commit, row });
        assert_eq!(late.await?, Put::Changed);
    }
    let (commit, row) = (3, true);
    let same = open.homes.get(0, &stream).await?;
    let late = At { commit: 1, ..same };
    let put = open.homes.put(0, &stream, &late, At { commit, row });
    assert_eq!(put.await?, Put::Changed);
    assert_eq!(open.homes.total(0).await?, 1);
    Ok(())
}

/// Where one of a hundred is there already, the others are written without it.
#[tokio::test]
async fn a_sum_is_made_anew_with_many_at_once() -> Result<()> {
    let open = open().await?;
    let mut streams = vec![];
    for number in 0..120 {
        let (pet, stream) = open.comes(&number.to_string()).await?;
        if number % 3 == 0 {
            open.shop.execute(&adopt(&[&pet], "Ada")).await?;
        }
        streams.push(stream);
    }
    let (commit, row) = (2, true);
    let there = At { commit, row };
    let nothing = At::default();
    let put = open.homes.put(1, &streams[0], &nothing, there);
    assert_eq!(put.await?, Put::There);
    let at_once = Lateness(Duration::ZERO);
    let rebuilt = open.homes().rebuild(at_once).await?;
    assert_eq!((rebuilt.streams, rebuilt.commits), (120, 160));
    assert_eq!(open.homes.total(1).await?, 40);
    Ok(())
}

/// The generation before the current one stays, for those who have begun to look at it.
#[tokio::test]
async fn what_nobody_looks_at_any_more_is_cleared_away() -> Result<()> {
    let open = open().await?;
    let (kiwi, stream) = open.comes("Kiwi").await?;
    open.shop.execute(&adopt(&[&kiwi], "Ada")).await?;
    open.homes().sweep().await?;
    let at_once = Lateness(Duration::ZERO);
    for current in 1..=3 {
        open.homes().rebuild(at_once).await?;
        open.homes().clear(current - 1).await?;
        for of in 0..=current {
            let is_there = of + 1 >= current;
            let (row, total) = (
                open.homes.get(of, &stream).await?,
                open.homes.total(of).await?,
            );
            let due = if is_there { (2, 1) } else { (0, 0) };
            assert_eq!((row.commit, total), due, "{of} of {current}");
        }
    }
    let now = open.homes.generations().await?;
    assert_eq!((now.oldest, now.current), (2, 3));
    Ok(())
}
