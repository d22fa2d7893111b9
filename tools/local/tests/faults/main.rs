//! The faults that the program injects, as a customer with AWS's SDK meets them.

mod chance;
mod index;
mod partition;
mod said;
#[path = "../shared/mod.rs"]
mod shared;

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::AttributeValue::S;
use aws_sdk_dynamodb::types::error::ThrottlingException;
use aws_sdk_dynamodb::types::{Put, ThrottlingReason, TransactWriteItem};
use rustix::process::Signal;
use shared::{Item, Running, client, key, make_table};

/// How long a test waits for what must come; only a hang takes as long.
const PATIENCE: Duration = Duration::from_mins(1);

/// The program with these faults, a client that asks once and never again, and a table.
async fn start(faults: &[&str]) -> Result<(Running, Client)> {
    let running = Running::with(faults)?;
    let client = client(&running.url).await;
    let once = client.config().to_builder();
    let once = once.retry_config(RetryConfig::disabled()).build();
    let client = Client::from_conf(once);
    make_table(&client).await?;
    Ok((running, client))
}

/// Ends it politely; what it says at the end.
fn end(running: Running) -> Result<String> {
    let (status, lines) = running.end_saying(Signal::TERM)?;
    ensure!(status.code() == Some(0), "it ended with {status}");
    let [injected, told]: [&str; 2] = lines
        .lines()
        .collect::<Vec<_>>()
        .try_into()
        .ok()
        .with_context(|| format!("it said {lines:?}"))?;
    ensure!(injected.starts_with("injected: "), "it said {injected:?}");
    Ok(told.to_owned())
}

/// The key of a pet in a partition.
fn key_in(partition: &str, id: &str) -> Item {
    let mut key = key(id);
    key.insert("pk".into(), S(partition.into()));
    key
}

/// Takes in a pet. What came of it: its code, `no answer`, or nothing.
async fn outcome(client: &Client, item: Item) -> Result<Option<String>> {
    let put = client.put_item().table_name("pets").set_item(Some(item));
    match put.send().await {
        Ok(_) => Ok(None),
        Err(SdkError::DispatchFailure(_)) => Ok(Some("no answer".to_owned())),
        Err(error) => Ok(Some(error.code().context("it has a code")?.to_owned())),
    }
}

/// Takes in these pets in one transaction. The codes of its reasons, if it was cancelled.
async fn transact(client: &Client, items: Vec<Item>) -> Result<Option<Vec<String>>> {
    let mut all = client.transact_write_items();
    for item in items {
        let put = Put::builder().table_name("pets").set_item(Some(item));
        all = all.transact_items(TransactWriteItem::builder().put(put.build()?).build());
    }
    let Err(refusal) = all.send().await else {
        return Ok(None);
    };
    let TransactWriteItemsError::TransactionCanceledException(cancelled) =
        refusal.into_service_error()
    else {
        bail!("it was not cancelled");
    };
    let reasons = cancelled.cancellation_reasons().iter();
    let codes = reasons.map(|reason| reason.code().unwrap_or_default().to_owned());
    Ok(Some(codes.collect()))
}

/// The reasons for which a call was throttled.
fn reasons<E: std::error::Error + 'static>(error: &E) -> Vec<&str> {
    let mut error: Option<&dyn std::error::Error> = Some(error);
    while let Some(this) = error {
        if let Some(throttling) = this.downcast_ref::<ThrottlingException>() {
            let reasons = throttling.throttling_reasons().iter();
            return reasons.filter_map(ThrottlingReason::reason).collect();
        }
        error = this.source();
    }
    vec![]
}
