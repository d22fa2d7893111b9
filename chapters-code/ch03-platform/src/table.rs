//! The database that others run: where it is, how long anybody waits for it, and
//! the table in it.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, ConfigLoader, SdkConfig};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::client::Waiters;
use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::operation::create_table::CreateTableError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
    TimeToLiveSpecification, TimeToLiveStatus,
};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;

use crate::failure::Failure;
use crate::keys;
use crate::store::Store;

/// How long a release waits for the database, since no customer waits for it.
const PATIENCE: Duration = Duration::from_mins(1);

// ANCHOR: config
/// The SDK's settings, before it looks into the environment for the rest: which
/// region, which credentials, and, if it is not AWS, which address.
///
/// A call that gets no answer is given up after 0.7 s. The SDK tries it once more,
/// on another connection, where that does no harm.
#[must_use]
pub fn config() -> ConfigLoader {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_millis(500))
        .read_timeout(Duration::from_millis(700))
        .operation_attempt_timeout(Duration::from_millis(700))
        .operation_timeout(Duration::from_millis(1_500));
    let retries = RetryConfig::standard()
        .with_max_attempts(2)
        .with_initial_backoff(Duration::from_millis(50));
    aws_config::defaults(BehaviorVersion::v2026_01_12())
        .timeout_config(timeouts.build())
        .retry_config(retries)
        .http_client(
            Builder::new()
                .tls_provider(Provider::Rustls(CryptoMode::Ring))
                .build_https(),
        )
}
// ANCHOR_END: config

/// The database that the environment names.
pub async fn connect() -> SdkConfig {
    config().load().await
}

/// The shop in the table `table` of that database.
pub async fn open(table: &str) -> Store {
    Store::new(Client::new(&connect().await), table)
}

// ANCHOR: make
/// Makes the table, unless it is there. This is what a release does before its
/// first process starts, and it may be done at each.
///
/// # Errors
///
/// A [`Failure`] when the database is away, or does not allow it.
pub async fn make(client: &Client, table: &str) -> Result<(), Failure> {
    let client = &patient(client);
    let create = client
        .create_table()
        .table_name(table)
        .attribute_definitions(text("pk")?)
        .attribute_definitions(text("sk")?)
        .key_schema(part("pk", KeyType::Hash)?)
        .key_schema(part("sk", KeyType::Range)?)
        .billing_mode(BillingMode::PayPerRequest);
    match create.send().await {
        Ok(_) => {}
        Err(error) if error.as_service_error().is_some_and(is_there) => {}
        Err(error) => return Err(error.into()),
    }
    let there = client.wait_until_table_exists().table_name(table);
    let waited = there.wait(PATIENCE).await;
    waited.map_err(|error| Failure::Away(error.to_string()))?;
    forget_keys(client, table).await
}
// ANCHOR_END: make

/// The same way, for a release, which waits up to a minute for each call.
#[must_use]
pub fn patient(client: &Client) -> Client {
    let timeouts = TimeoutConfig::builder()
        .read_timeout(PATIENCE)
        .operation_attempt_timeout(PATIENCE)
        .operation_timeout(PATIENCE);
    let config = client.config().to_builder();
    Client::from_conf(config.timeout_config(timeouts.build()).build())
}

/// Lets the database delete keys that have expired.
async fn forget_keys(client: &Client, table: &str) -> Result<(), Failure> {
    let found = client.describe_time_to_live().table_name(table);
    let found = found.send().await?.time_to_live_description;
    let status = found.and_then(|found| found.time_to_live_status);
    if let Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling) = status {
        return Ok(());
    }
    let expires = TimeToLiveSpecification::builder().attribute_name(keys::EXPIRES);
    let update = client.update_time_to_live().table_name(table);
    let update = update.time_to_live_specification(expires.enabled(true).build()?);
    update.send().await?;
    Ok(())
}

fn is_there(error: &CreateTableError) -> bool {
    error.is_resource_in_use_exception()
}

/// An attribute of a key, which is text.
///
/// # Errors
///
/// None: all that it needs is there.
pub fn text(name: &str) -> Result<AttributeDefinition, BuildError> {
    let text = AttributeDefinition::builder().attribute_type(ScalarAttributeType::S);
    text.attribute_name(name).build()
}

/// An attribute as a part of a key.
///
/// # Errors
///
/// None: all that it needs is there.
pub fn part(name: &str, kind: KeyType) -> Result<KeySchemaElement, BuildError> {
    let part = KeySchemaElement::builder().attribute_name(name);
    part.key_type(kind).build()
}
