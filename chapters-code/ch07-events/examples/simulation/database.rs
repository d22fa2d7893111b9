//! The database, and a new shop in it for each seed.

use std::time::Duration;

use anyhow::{Context, Result};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::{RetryConfig, RetryPartition, TokenBucket};
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{
    BehaviorVersion, Config, Credentials, Region, SharedCredentialsProvider, SharedHttpClient,
    StalledStreamProtectionConfig,
};
use aws_sdk_dynamodb::types::{BillingMode, KeyType, StreamSpecification, StreamViewType};
use aws_sdk_dynamodbstreams as streams;
use aws_smithy_http_client::Builder as Http;
use aws_types::SdkConfig;
use ch01_bare_server::pets::{Description, Money, PetId};
use ch01_bare_server::shop::Command;
use ch02_virtual_server::answer::Answer;
use ch02_virtual_server::order::Order;
use ch03_platform::table;
use ch06_state::store;
use ch07_events::store::Store;
use local::Local;
use serde_json::Value;
use uuid::Uuid;

/// Longer than any seed takes: what decides is not how fast this machine is.
const PATIENCE: Duration = Duration::from_hours(1);

/// Those that a shop may have.
const NAMES: [&str; 5] = ["Rex", "Kiwi", "Mango", "Gustav", "Pip"];

/// A database for many seeds.
pub struct Database {
    local: Local,
    /// The way to it on which nothing goes wrong.
    pub http: SharedHttpClient,
}

/// A table of its own for a seed, seen by those to whom nothing goes wrong.
pub struct Shop {
    pub client: Client,
    pub streams: streams::Client,
    pub table: String,
    /// The stream of the table, and its only shard.
    pub stream: String,
    pub shard: String,
    pub pets: Vec<Pet>,
}

/// A pet of the shop.
pub struct Pet {
    pub id: PetId,
    pub name: &'static str,
}

impl Database {
    pub fn open() -> Result<Self> {
        Ok(Self {
            local: Local::in_memory()?,
            http: Http::new().build_http(),
        })
    }

    /// The services, as those see them who call them in this way. Waiting is the only
    /// thing that they do less of than in the shop.
    pub fn sdk(&self, http: SharedHttpClient) -> SdkConfig {
        let credentials = Credentials::new("local", "local", None, None, "simulation");
        let retries = RetryConfig::standard()
            .with_max_attempts(3)
            .with_initial_backoff(Duration::from_millis(1));
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::from_static("eu-central-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .endpoint_url(self.local.url())
            .http_client(http)
            .timeout_config(TimeoutConfig::disabled())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .retry_config(retries)
            .build()
    }

    /// A new shop, with a number of pets.
    pub async fn shop(&self, pets: usize) -> Result<Shop> {
        let sdk = self.sdk(self.http.clone());
        let client = client(&sdk);
        let table = format!("shop-{}", Uuid::now_v7());
        let stream = make(&client, &table).await?;
        let streams = streams::Client::new(&sdk);
        let found = streams.describe_stream().stream_arn(&stream).send().await?;
        let shards = found.stream_description.and_then(|found| found.shards);
        let shard = shards.and_then(|mut shards| shards.pop()?.shard_id);
        let mut shop = Shop {
            client,
            streams,
            table,
            stream,
            shard: shard.context("the stream has no shard")?,
            pets: vec![],
        };
        let store = Store(shop.store(shop.client.clone()));
        for name in NAMES.into_iter().take(pets) {
            let answer = store.execute(&take_in(name)).await?;
            let pet: Value = serde_json::from_str(&answer.body)?;
            let id = pet["id"].as_str().context("a pet without a name")?;
            let id = PetId(id.to_owned());
            shop.pets.push(Pet { id, name });
        }
        Ok(shop)
    }
}

impl Shop {
    /// The shop for those who call the database in this way.
    pub fn store(&self, client: Client) -> store::Store {
        let mut shop = ch03_platform::store::Store::new(client, &self.table);
        shop.patience = PATIENCE;
        store::Store {
            shop,
            window: Duration::from_hours(24),
            cursors: None,
        }
    }
}

/// Makes a table and gives its stream, as `changes::make` does in more calls. Nobody lists
/// pets here, so it needs no index.
async fn make(client: &Client, name: &str) -> Result<String> {
    let stream = StreamSpecification::builder().stream_enabled(true);
    let create = client
        .create_table()
        .table_name(name)
        .attribute_definitions(table::text("pk")?)
        .attribute_definitions(table::text("sk")?)
        .key_schema(table::part("pk", KeyType::Hash)?)
        .key_schema(table::part("sk", KeyType::Range)?)
        .billing_mode(BillingMode::PayPerRequest)
        .stream_specification(stream.stream_view_type(StreamViewType::NewImage).build()?);
    let made = create.send().await?.table_description;
    let stream = made.and_then(|made| made.latest_stream_arn);
    stream.context("the table has no stream")
}

/// The way to the table. How often others have failed before does not matter.
pub fn client(sdk: &SdkConfig) -> Client {
    Client::from_conf(
        Config::from(sdk)
            .to_builder()
            .retry_partition(tireless())
            .build(),
    )
}

/// The SDK gives up trying again when it has failed too often in all, which depends on
/// the seeds before.
pub fn tireless() -> RetryPartition {
    let partition = RetryPartition::custom("simulation");
    partition.token_bucket(TokenBucket::unlimited()).build()
}

fn take_in(name: &str) -> Order {
    let price = Money {
        amount: 4_500,
        currency: "EUR".into(),
    };
    Order {
        command: Command::TakeIn(Description {
            name: name.into(),
            species: "dog".into(),
            born: 2024,
            price,
        }),
        key: None,
        tell: Answer::taken_in,
    }
}
