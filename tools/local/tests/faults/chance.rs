//! What is decided by chance.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::types::AttributeValue::S;

use super::shared::{is_there, key, put};
use super::{end, outcome, reasons, start, transact};

#[tokio::test]
async fn a_call_that_is_throttled_does_nothing() -> Result<()> {
    let (running, client) = start(&["--throttle", "50"]).await?;
    let mut throttled = 0;
    let mut written = vec![];
    for id in 0..100 {
        match outcome(&client, key(&id.to_string())).await?.as_deref() {
            None => written.push(id.to_string()),
            Some("ThrottlingException") => throttled += 1,
            Some(other) => bail!("it was {other}"),
        }
    }
    assert!((20..=80).contains(&throttled), "{throttled}");
    // Calls on tables are never throttled, and one of them says how many pets there are.
    for _ in 0..50 {
        let table = client.describe_table().table_name("pets").send().await?;
        let table = table.table.context("it is there")?;
        assert_eq!(table.item_count, Some(i64::try_from(written.len())?));
    }
    assert_eq!(end(running)?, format!("injected {throttled} throttlings"));
    Ok(())
}

#[tokio::test]
async fn every_call_on_items_can_be_throttled() -> Result<()> {
    let (running, client) = start(&["--throttle", "100"]).await?;
    let get = client.get_item().table_name("pets").set_key(Some(key("1")));
    let get = get.send().await.expect_err("it is throttled");
    assert_eq!(get.code(), Some("ThrottlingException"));
    assert_eq!(reasons(&get), ["TableReadAccountLimitExceeded"]);
    let why = get.message().context("it says why")?;
    assert!(why.starts_with("injected: "), "{why}");
    let scan = client.scan().table_name("pets").send().await;
    assert_eq!(
        scan.expect_err("it is throttled").code(),
        Some("ThrottlingException")
    );
    let query = client.query().table_name("pets");
    let query = query.key_condition_expression("pk = :shop");
    let query = query.expression_attribute_values(":shop", S("shop".into()));
    let query = query.send().await.expect_err("it is throttled");
    assert_eq!(query.code(), Some("ThrottlingException"));
    let delete = client
        .delete_item()
        .table_name("pets")
        .set_key(Some(key("1")));
    let delete = delete.send().await.expect_err("it is throttled");
    assert_eq!(delete.code(), Some("ThrottlingException"));
    assert_eq!(end(running)?, "injected 4 throttlings");
    Ok(())
}

/// It takes a throttled call for one that is worth another try.
#[tokio::test]
async fn the_sdk_tries_again_what_was_throttled() -> Result<()> {
    let (running, client) = start(&["--throttle", "100"]).await?;
    let thrice = client.config().to_builder();
    let quick = RetryConfig::standard().with_initial_backoff(Duration::from_millis(1));
    let thrice = Client::from_conf(thrice.retry_config(quick.with_max_attempts(3)).build());
    let outcome = outcome(&thrice, key("1")).await?;
    assert_eq!(outcome.as_deref(), Some("ThrottlingException"));
    assert_eq!(end(running)?, "injected 3 throttlings");
    Ok(())
}

#[tokio::test]
async fn a_write_whose_answer_is_lost_was_carried_out() -> Result<()> {
    let (running, client) = start(&["--lose", "50"]).await?;
    let mut lost = 0;
    for id in 0..60 {
        let id = id.to_string();
        match outcome(&client, key(&id)).await?.as_deref() {
            None => {}
            Some("no answer") => lost += 1,
            Some(other) => bail!("it was {other}"),
        }
        // And a read is always answered.
        assert!(is_there(&client, &id).await?, "{id}");
    }
    assert!((10..=50).contains(&lost), "{lost}");
    assert_eq!(end(running)?, format!("injected {lost} lost answers"));
    Ok(())
}

#[tokio::test]
async fn a_transaction_that_meets_another_one_does_nothing() -> Result<()> {
    let (running, client) = start(&["--conflict", "50"]).await?;
    let mut conflicts = 0;
    for id in 0..60 {
        let ids = ["a", "b", "c"].map(|letter| format!("{id}{letter}"));
        let items = ids.iter().map(|id| key(id)).collect();
        let codes = transact(&client, items).await?;
        let is_done = codes.is_none();
        if let Some(codes) = codes {
            assert_eq!(codes, ["None", "None", "TransactionConflict"]);
            conflicts += 1;
        }
        for id in ids {
            assert_eq!(is_there(&client, &id).await?, is_done, "{id}");
        }
        // A write on its own meets nobody.
        put(&client, &id.to_string()).await?;
    }
    assert!((10..=50).contains(&conflicts), "{conflicts}");
    assert_eq!(end(running)?, format!("injected {conflicts} conflicts"));
    Ok(())
}

#[tokio::test]
async fn the_same_seed_decides_alike() -> Result<()> {
    let mut decided = vec![];
    for seed in ["7", "7", "8"] {
        let faults = ["--throttle", "30", "--lose", "30", "--seed", seed];
        let (running, client) = start(&faults).await?;
        let mut outcomes = vec![];
        for id in 0..60 {
            outcomes.push(outcome(&client, key(&id.to_string())).await?);
        }
        decided.push((outcomes, end(running)?));
    }
    assert_eq!(decided[0], decided[1]);
    assert_ne!(decided[1].0, decided[2].0);
    Ok(())
}

/// Each kind has a die of its own: that others are asked for changes nothing.
#[tokio::test]
async fn one_kind_of_fault_is_decided_without_the_others() -> Result<()> {
    let mut decided = vec![];
    for faults in [
        &["--throttle", "30"][..],
        &["--throttle", "30", "--lose", "30"],
    ] {
        let (running, client) = start(faults).await?;
        let mut throttled = vec![];
        for id in 0..60 {
            let outcome = outcome(&client, key(&id.to_string())).await?;
            throttled.push(outcome.as_deref() == Some("ThrottlingException"));
        }
        decided.push(throttled);
        drop(running);
    }
    assert_eq!(decided[0], decided[1]);
    Ok(())
}
