//! What the tests share: a database, the counter, and what customers send and hear.

#![allow(dead_code, reason = "each test uses some of it")]

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use aws_config::SdkConfig;
use aws_config::timeout::TimeoutConfig;
use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue::S;
use aws_types::os_shim_internal::{Env, Fs};
use ch03_platform::items::Item;
use ch03_platform::store::Store;
use ch03_platform::table;
use ch04_functions::counter::{self, Counter};
use local::Local;
use serde_json::{Value, json};

/// The shop's settings of the SDK in this environment alone, and with all the patience
/// that a test must have.
pub async fn sdk(environment: &[(&str, &str)]) -> SdkConfig {
    let config = table::config().env(Env::from_slice(environment));
    let config = config.fs(Fs::from_slice(&[])).load().await.into_builder();
    config.timeout_config(TimeoutConfig::disabled()).build()
}

/// A database of its own with a table, and the shop in it.
pub async fn open() -> Result<(Local, Store)> {
    let local = Local::in_memory()?;
    let environment = local::environment(&local.url());
    let environment = environment
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let client = Client::new(&sdk(&environment).await);
    table::make(&client, "shop").await?;
    let patience = std::time::Duration::from_mins(2);
    let store = Store {
        patience,
        ..Store::new(client, "shop")
    };
    Ok((local, store))
}

/// What a customer hears.
#[derive(Debug, PartialEq)]
pub struct Heard {
    pub status: u64,
    pub headers: Value,
    pub body: Value,
}

/// Sends a request to the function `handler`, as the gateway does.
pub async fn ask(shop: &Counter, handler: &str, request: &Value) -> Result<Heard> {
    let mut event = json!({
        "version": "2.0",
        "headers": { "content-type": "application/json" },
        "requestContext": { "http": { "method": "GET" }, "requestId": "mine" },
    });
    for (name, value) in request.as_object().context("a request is an object")? {
        event[name] = value.clone();
    }
    let event: ApiGatewayV2httpRequest = serde_json::from_value(event)?;
    let response = counter::answer(shop, handler, event).await;
    let response = serde_json::to_value(response)?;
    let body = response["body"].as_str().context("it has a body")?;
    Ok(Heard {
        status: response["statusCode"].as_u64().context("it has a status")?,
        headers: response["headers"].clone(),
        body: serde_json::from_str(body)?,
    })
}

/// Takes a pet in, and gives its name.
pub async fn take_in(shop: &Counter, name: &str, species: &str) -> Result<String> {
    let price = json!({ "amount": 12_000, "currency": "EUR" });
    let pet = json!({ "name": name, "species": species, "born": 1923, "price": price });
    let request = json!({ "rawPath": "/pets", "body": pet.to_string() });
    let heard = ask(shop, "take-in", &request).await?;
    ensure!(heard.status == 201, "{heard:?}");
    Ok(heard.body["id"]
        .as_str()
        .context("it has a name")?
        .to_owned())
}

/// A request for the pet `id`, with this body.
pub fn about(id: &str, body: &Value) -> Value {
    json!({ "pathParameters": { "id": id }, "body": body.to_string() })
}

/// All items of a partition.
pub async fn items(store: &Store, partition: &str) -> Result<Vec<Item>> {
    let query = store.client.query().table_name(&store.table);
    let query = query.key_condition_expression("pk = :pk");
    let query = query.expression_attribute_values(":pk", S(partition.to_owned()));
    Ok(query
        .consistent_read(true)
        .send()
        .await?
        .items
        .unwrap_or_default())
}

/// Where the recorded events are.
pub fn golden(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.join("tests/catalogue/golden").join(name)
}

/// An event as it was recorded.
pub fn recorded(name: &str) -> Result<Value> {
    let file = golden(name);
    let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    Ok(serde_json::from_str(&text)?)
}
