//! What commands cost, as the database counts it.

#[path = "shared/database.rs"]
mod database;
mod shared;

use anyhow::Result;
use event_store::{Backend, Dynamo, Settings, Spent, Store};
use local::Local;
use shared::{Tortoise, Wish, adopt, gustav, keyed, once};

type Shop = Store<Tortoise, Dynamo>;

async fn open(settings: Settings) -> Result<(Local, Shop)> {
    let (local, dynamo) = database::open().await?;
    Ok((local, Store::new(dynamo, settings)))
}

/// Another process, with the same table.
async fn another(local: &Local, settings: Settings) -> Shop {
    let client = database::client(&local.url()).await;
    Store::new(Dynamo::new(&client, "commits"), settings)
}

fn spent(requests: u64, reads: f64, writes: f64, failed: f64) -> Spent {
    Spent {
        requests,
        reads,
        writes,
        failed,
    }
}

#[tokio::test]
async fn a_warm_command_is_one_request_and_one_write_unit() -> Result<()> {
    let (_local, shop) = open(Settings::default()).await?;
    shop.execute(&gustav(), &once(), &adopt("Ada")).await?;
    shop.backend().spent();
    shop.execute(&gustav(), &once(), &Wish::GiveBack).await?;
    assert_eq!(shop.backend().spent(), spent(1, 0.0, 1.0, 0.0));
    Ok(())
}

#[tokio::test]
async fn several_events_of_one_command_cost_what_one_does() -> Result<()> {
    let (_local, shop) = open(Settings::default()).await?;
    shop.execute(&gustav(), &once(), &adopt("Ada")).await?;
    shop.backend().spent();
    let notes = Wish::Note("eats tulips".into(), 10);
    shop.execute(&gustav(), &once(), &notes).await?;
    assert_eq!(shop.backend().spent(), spent(1, 0.0, 1.0, 0.0));
    Ok(())
}

#[tokio::test]
async fn the_first_command_of_a_stream_costs_one_more_for_the_list() -> Result<()> {
    let (_local, shop) = open(Settings::default()).await?;
    shop.execute(&gustav(), &once(), &adopt("Ada")).await?;
    // To find nothing costs half of what it costs to find a little, as AWS has it, and is
    // rounded up to a whole unit by the embedded database.
    let cost = shop.backend().spent();
    assert_eq!((cost.requests, cost.writes), (2, 2.0));
    assert!(cost.reads <= 1.0, "{cost:?}");
    Ok(())
}

#[tokio::test]
async fn a_cold_command_reads_one_commit() -> Result<()> {
    let (local, shop) = open(Settings::default()).await?;
    for _ in 0..5 {
        shop.execute(&gustav(), &once(), &adopt("Ada")).await?;
        shop.execute(&gustav(), &once(), &Wish::GiveBack).await?;
    }
    let cold = another(&local, Settings::default()).await;
    cold.execute(&gustav(), &once(), &adopt("Ada")).await?;
    assert_eq!(cold.backend().spent(), spent(2, 1.0, 1.0, 0.0));
    Ok(())
}

#[tokio::test]
async fn a_race_that_is_lost_once_costs_one_more_write() -> Result<()> {
    let (local, ours) = open(Settings::default()).await?;
    ours.execute(&gustav(), &once(), &adopt("Ada")).await?;
    let theirs = another(&local, Settings::default()).await;
    let note = Wish::Note("sleeps".into(), 1);
    theirs.execute(&gustav(), &once(), &note).await?;
    ours.backend().spent();
    let done = ours.execute(&gustav(), &once(), &Wish::GiveBack).await?;
    assert_eq!(done.number, 3);
    // That of the lost one is not told by the database, but computed by its rule.
    assert_eq!(ours.backend().spent(), spent(2, 0.0, 1.0, 1.0));
    Ok(())
}

#[tokio::test]
async fn a_retry_after_a_lost_answer_reads_nothing() -> Result<()> {
    let (local, ours) = open(Settings::default()).await?;
    ours.execute(&gustav(), &once(), &adopt("Ada")).await?;
    // The first call, the answer to which was lost: another process stands for it.
    let lost = another(&local, Settings::default()).await;
    let issued = keyed("key", "return");
    lost.execute(&gustav(), &issued, &Wish::GiveBack).await?;
    // It reads, and its write lands.
    assert_eq!(lost.backend().spent(), spent(2, 1.0, 1.0, 0.0));
    ours.backend().spent();
    let done = ours.execute(&gustav(), &issued, &Wish::GiveBack).await?;
    assert!(done.again && done.number == 2);
    // The next call meets that write.
    assert_eq!(ours.backend().spent(), spent(1, 0.0, 0.0, 1.0));
    Ok(())
}

#[tokio::test]
async fn a_command_that_was_answered_is_found_again_in_two_reads() -> Result<()> {
    let (local, shop) = open(Settings::default()).await?;
    let issued = keyed("key", "adopt");
    shop.execute(&gustav(), &issued, &adopt("Ada")).await?;
    shop.execute(&gustav(), &once(), &Wish::GiveBack).await?;
    let cold = another(&local, Settings::default()).await;
    let done = cold.execute(&gustav(), &issued, &adopt("Ada")).await?;
    assert!(done.again && done.number == 1);
    assert_eq!(cold.backend().spent(), spent(2, 2.0, 0.0, 0.0));
    Ok(())
}

/// As many commands with a key as a pet has on a lively day.
#[tokio::test]
async fn a_handful_of_keys_costs_nothing() -> Result<()> {
    let (local, shop) = open(Settings::default()).await?;
    for number in 0..3 {
        let (adoption, back) = (format!("adoption {number}"), format!("return {number}"));
        shop.execute(&gustav(), &keyed(&adoption, "a"), &adopt("Ada"))
            .await?;
        shop.execute(&gustav(), &keyed(&back, "r"), &Wish::GiveBack)
            .await?;
    }
    let cold = another(&local, Settings::default()).await;
    cold.execute(&gustav(), &keyed("last", "a"), &adopt("Ada"))
        .await?;
    assert_eq!(cold.backend().spent(), spent(2, 1.0, 1.0, 0.0));
    Ok(())
}

/// Ten thousand commits with a state that is too large for each of them.
#[tokio::test]
async fn an_old_stream_costs_what_a_young_one_does() -> Result<()> {
    let settings = Settings {
        small: 0,
        ..Settings::default()
    };
    let (local, shop) = open(settings.clone()).await?;
    let mut costs = vec![];
    for number in 1..=10_010 {
        let wish = if number % 2 == 1 {
            adopt("Ada")
        } else {
            Wish::GiveBack
        };
        shop.execute(&gustav(), &once(), &wish).await?;
        if [30, 1_010, 10_010].contains(&number) {
            let cold = another(&local, settings.clone()).await;
            cold.execute(&gustav(), &once(), &Wish::Note("ages".into(), 1))
                .await?;
            costs.push(cold.backend().spent());
            shop.load(&gustav()).await?;
        }
    }
    assert_eq!(costs[0].requests, 2);
    assert!(costs.iter().all(|cost| *cost == costs[0]), "{costs:?}");
    // A page of twenty small commits.
    assert!(costs[0].reads <= 2.0, "{costs:?}");
    let newest = shop.backend().backwards(&gustav(), None, 1).await?;
    assert_eq!(newest[0].number, 10_013);
    Ok(())
}
