//! Partitions that take so much and no more.

use std::time::Instant;

use anyhow::{Result, bail, ensure};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::types::AttributeValue::S;

use super::shared::{key, put};
use super::{PATIENCE, end, key_in, outcome, reasons, start, transact};

/// Writes to a partition until it has no units left; how many went through.
async fn exhaust(client: &Client, partition: &str) -> Result<usize> {
    for id in 0..10_000 {
        match outcome(client, key_in(partition, &id.to_string()))
            .await?
            .as_deref()
        {
            None => {}
            Some("ThrottlingException") => return Ok(id),
            Some(other) => bail!("it was {other}"),
        }
    }
    bail!("it took them all")
}

#[tokio::test]
async fn a_partition_refuses_a_burst_and_its_neighbour_goes_on() -> Result<()> {
    let (running, client) = start(&["--partition", "5"]).await?;
    let taken = exhaust(&client, "busy").await?;
    assert!(taken >= 5, "{taken}");
    for id in 0..5 {
        let outcome = outcome(&client, key_in("quiet", &id.to_string())).await?;
        assert_eq!(outcome, None, "{id}");
    }
    let query = client.query().table_name("pets");
    let query = query.key_condition_expression("pk = :busy");
    let query = query.expression_attribute_values(":busy", S("busy".into()));
    assert_eq!(query.send().await?.count, i32::try_from(taken)?);
    assert_eq!(end(running)?, "injected 1 refusal by a partition");
    Ok(())
}

#[tokio::test]
async fn a_partition_refuses_a_burst_of_reads() -> Result<()> {
    let (running, client) = start(&["--partition", "1"]).await?;
    let beginning = Instant::now();
    let refusal = loop {
        let get = client.get_item().table_name("pets").set_key(Some(key("1")));
        if let Err(refusal) = get.send().await {
            break refusal;
        }
        ensure!(beginning.elapsed() < PATIENCE, "it took them all");
    };
    assert_eq!(refusal.code(), Some("ThrottlingException"));
    assert_eq!(reasons(&refusal), ["TableReadKeyRangeThroughputExceeded"]);
    // They are not the units of writes.
    put(&client, "1").await?;
    drop(running);
    Ok(())
}

#[tokio::test]
async fn a_transaction_that_is_throttled_takes_nothing() -> Result<()> {
    let (running, client) = start(&["--partition", "2"]).await?;
    let beginning = Instant::now();
    // On a slow day the busy partition has units again before the transaction is there.
    for attempt in 0.. {
        ensure!(beginning.elapsed() < PATIENCE, "it went through always");
        let quiet = format!("quiet {attempt}");
        exhaust(&client, "busy").await?;
        let both = vec![
            key_in("quiet too", "1"),
            key_in("busy", "both"),
            key_in(&quiet, "both"),
        ];
        let Some(codes) = transact(&client, both).await? else {
            continue;
        };
        assert_eq!(codes, ["None", "ThrottlingError", "None"]);
        let get = client.get_item().table_name("pets");
        let get = get.set_key(Some(key_in(&quiet, "both"))).send().await?;
        assert!(get.item.is_none());
        for id in 0..2 {
            let outcome = outcome(&client, key_in(&quiet, &id.to_string())).await?;
            assert_eq!(outcome, None, "{id}");
        }
        break;
    }
    drop(running);
    Ok(())
}
