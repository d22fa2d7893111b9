//! A `DynamoDB`, asked without a client that would know better, and with a table as the event store makes it.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use ureq::Agent;
use ureq::http::Request;

/// It has the form of a signature, and is nobody's.
const SIGNATURE: &str = "AWS4-HMAC-SHA256 \
    Credential=nobody/20250101/eu-central-1/dynamodb/aws4_request, SignedHeaders=host, Signature=none";

const PATIENCE: Duration = Duration::from_mins(1);

pub struct Database {
    agent: Agent,
    url: String,
    /// An empty table of its own.
    pub table: String,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    status: u16,
    pub body: Value,
}

impl Database {
    pub fn at(url: &str) -> Result<Self> {
        static TABLES: AtomicU32 = AtomicU32::new(0);
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .timeout_global(Some(PATIENCE));
        let number = TABLES.fetch_add(1, Ordering::Relaxed);
        let database = Self {
            agent: config.build().new_agent(),
            url: url.to_owned(),
            table: format!("table-{number}"),
        };
        let created = database.ask(
            "CreateTable",
            json!({
                "AttributeDefinitions": [
                    { "AttributeName": "pk", "AttributeType": "S" },
                    { "AttributeName": "c", "AttributeType": "N" },
                    { "AttributeName": "g", "AttributeType": "S" },
                ],
                "KeySchema": [
                    { "AttributeName": "pk", "KeyType": "HASH" },
                    { "AttributeName": "c", "KeyType": "RANGE" },
                ],
                "GlobalSecondaryIndexes": [{
                    "IndexName": "streams",
                    "KeySchema": [
                        { "AttributeName": "g", "KeyType": "HASH" },
                        { "AttributeName": "pk", "KeyType": "RANGE" },
                    ],
                    "Projection": { "ProjectionType": "KEYS_ONLY" },
                }],
                "BillingMode": "PAY_PER_REQUEST",
            }),
        )?;
        ensure!(created.status == 200, "{created:?}");
        Ok(database)
    }

    /// Asks for something in the table, and what it costs.
    pub fn ask(&self, operation: &str, mut question: Value) -> Result<Answer> {
        let whole = ["TransactWriteItems", "BatchWriteItem"].contains(&operation);
        if !whole {
            question["TableName"] = json!(self.table);
        }
        if operation != "CreateTable" {
            question["ReturnConsumedCapacity"] = json!("TOTAL");
        }
        let request = Request::post(&self.url)
            .header("Content-Type", "application/x-amz-json-1.0")
            .header("X-Amz-Target", format!("DynamoDB_20120810.{operation}"))
            .header("X-Amz-Date", "20250101T000000Z")
            .header("Authorization", SIGNATURE)
            .body(question.to_string())?;
        let answer = self.agent.run(request);
        let mut answer = answer.with_context(|| operation.to_owned())?;
        let status = answer.status().as_u16();
        let text = answer.body_mut().read_to_string()?;
        let body = serde_json::from_str(&text).unwrap_or_default();
        Ok(Answer { status, body })
    }

    /// Writes an item with these attributes besides its key.
    pub fn put(&self, number: u32, more: &Value) -> Result<Answer> {
        self.ask("PutItem", json!({ "Item": item(number, more) }))
    }

    /// Writes it, which has to go.
    pub fn has(&self, number: u32, more: &Value) -> Result<()> {
        let told = self.put(number, more)?;
        ensure!(told.status == 200, "{told:?}");
        Ok(())
    }

    /// A Put of a transaction, which wants no such item to be there.
    pub fn insert(&self, number: u32, more: &Value) -> Value {
        json!({ "Put": {
            "TableName": self.table,
            "Item": item(number, more),
            "ConditionExpression": "attribute_not_exists(pk)",
        }})
    }

    pub fn transact(&self, puts: &[Value]) -> Result<Answer> {
        self.ask("TransactWriteItems", json!({ "TransactItems": puts }))
    }

    /// A consistent Query of what [`put`](Self::put) writes.
    pub fn query(&self, more: &Value) -> Result<Answer> {
        let question = json!({
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": { ":pk": { "S": "a" } },
            "ConsistentRead": true,
        });
        self.ask("Query", with(question, more))
    }
}

/// The key of an item.
pub fn key(number: u32) -> Value {
    json!({ "pk": { "S": "a" }, "c": { "N": number.to_string() } })
}

fn item(number: u32, more: &Value) -> Value {
    with(key(number), more)
}

/// The object with what another one has besides, or otherwise.
fn with(mut object: Value, more: &Value) -> Value {
    for (name, value) in more.as_object().into_iter().flatten() {
        object[name] = value.clone();
    }
    object
}

/// An attribute of so many bytes besides its name, which is one.
pub fn bytes(count: usize) -> Value {
    json!({ "x": { "S": "x".repeat(count) } })
}

impl Answer {
    /// `done`, or the name of the error without the `Exception` at its end, or the status of an error that has none.
    pub fn told(&self) -> String {
        if self.status == 200 {
            return "done".to_owned();
        }
        match self.body["__type"].as_str() {
            Some(name) => {
                let name = name.rsplit('#').next().unwrap_or(name);
                name.trim_end_matches("Exception").to_owned()
            }
            None => format!("status {}", self.status),
        }
    }

    /// The units that it says it took.
    pub fn units(&self) -> String {
        let tables = match &self.body["ConsumedCapacity"] {
            Value::Array(tables) => tables.clone(),
            Value::Null => vec![],
            one => vec![one.clone()],
        };
        let units: f64 = tables
            .iter()
            .filter_map(|table| table["CapacityUnits"].as_f64())
            .sum();
        match (tables.is_empty(), units) {
            (true, _) => "does not say".to_owned(),
            (false, 1.0) => "1 unit".to_owned(),
            (false, units) => format!("{units} units"),
        }
    }
}
