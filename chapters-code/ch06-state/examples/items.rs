//! Looks at the items of the table that the environment names: at as many as fit on a
//! screen, of all, of one partition, or of the index.

use std::collections::BTreeMap;
use std::env;
use std::io::{Write, stdout};

use anyhow::{Context, Result, bail};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue::{self, B, N, S};
use ch03_platform::items::Item;
use ch03_platform::table;
use ch06_state::index;
use serde_json::{Value, json};

/// Items that are shown.
const MOST: i32 = 24;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let table = env::var("TABLE").context("TABLE is not set")?;
    let client = Client::new(&table::connect().await);
    let words: Vec<String> = env::args().skip(1).collect();
    let items = match words.as_slice() {
        [] => {
            client
                .scan()
                .table_name(&table)
                .limit(MOST)
                .send()
                .await?
                .items
        }
        [word] if word == "index" => {
            let scan = client.scan().table_name(&table).index_name(index::NAME);
            scan.limit(MOST).send().await?.items
        }
        [partition] => {
            let query = client.query().table_name(&table).limit(MOST);
            let query = query.key_condition_expression("pk = :partition");
            let query = query.expression_attribute_values(":partition", S(partition.clone()));
            query.send().await?.items
        }
        _ => bail!("say nothing, or a partition, or `index`"),
    };
    let mut out = stdout().lock();
    for item in items.unwrap_or_default() {
        if writeln!(out, "{}", line(&item)).is_err() {
            break; // Whoever reads has seen enough.
        }
    }
    Ok(())
}

/// The key of an item, and the rest of it in the order of the names.
fn line(item: &Item) -> String {
    let values = item
        .iter()
        .map(|(name, value)| (name.as_str(), shown(value)));
    let mut values: BTreeMap<&str, Value> = values.collect();
    let key = ["pk", "sk"].map(|name| values.remove(name).unwrap_or_default());
    let rest = values
        .iter()
        .map(|(name, value)| format!(" {name}={value}"));
    format!("{} {}{}", key[0], key[1], rest.collect::<String>())
}

fn shown(value: &AttributeValue) -> Value {
    match value {
        S(text) => json!(text),
        N(number) => number.parse::<i64>().map_or(json!(number), Value::from),
        B(bytes) => json!(format!("{} bytes", bytes.as_ref().len())),
        other => json!(format!("{other:?}")),
    }
}
