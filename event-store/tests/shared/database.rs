//! An embedded `DynamoDB`, and a way to it.

use anyhow::Result;
use aws_config::BehaviorVersion;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{Credentials, Region};
use aws_smithy_http_client::Builder;
use event_store::Dynamo;
use local::Local;
use std::time::Duration;

/// A database of its own with an empty table in it.
pub async fn open() -> Result<(Local, Dynamo)> {
    let local = Local::in_memory()?;
    let client = client(&local.url()).await;
    Dynamo::make(&client, "commits").await?;
    let dynamo = Dynamo::new(&client, "commits");
    Ok((local, dynamo))
}

pub async fn client(url: &str) -> Client {
    // Only a hang is longer.
    let patience = Duration::from_mins(1);
    let timeouts = TimeoutConfig::builder().operation_attempt_timeout(patience);
    let config = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(Builder::new().build_http())
        .timeout_config(timeouts.read_timeout(patience).build())
        .endpoint_url(url)
        .region(Region::new("eu-central-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "the tests"));
    Client::new(&config.load().await)
}
