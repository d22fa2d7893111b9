//! The table that the template plans, and the one that a release makes.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::dynamodb::{TABLE, ask};

/// What is a set, though it is written as a list.
const SETS: [&str; 3] = ["AttributeDefinitions", INDEXES[0], INDEXES[1]];

/// The two kinds of indexes.
const INDEXES: [&str; 2] = ["GlobalSecondaryIndexes", "LocalSecondaryIndexes"];

/// What a template in its long form says of its table, whose name there is `Table`.
///
/// # Errors
///
/// When it says nothing.
pub fn planned(long: &Value) -> Result<Value> {
    let table = long.pointer("/Resources/Table/Properties");
    Ok(sorted(table.context("no table")?.clone()))
}

/// What a template would have to say to plan the table that is in the `DynamoDB` at `url`:
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html>
///
/// # Errors
///
/// When there is no such table.
pub fn made(url: &str) -> Result<Value> {
    let of_table = json!({ "TableName": TABLE });
    let table = &ask(url, "DescribeTable", &of_table)?["Table"];
    let told = ask(url, "DescribeTimeToLive", &of_table)?;
    let expiry = &told["TimeToLiveDescription"];
    let mut made = json!({
        "BillingMode": table["BillingModeSummary"]["BillingMode"],
        "AttributeDefinitions": table["AttributeDefinitions"],
        "KeySchema": table["KeySchema"],
        "TimeToLiveSpecification": {
            "AttributeName": expiry["AttributeName"],
            "Enabled": expiry["TimeToLiveStatus"] == "ENABLED",
        },
    });
    let stream = &table["StreamSpecification"];
    if stream["StreamEnabled"] == true {
        made["StreamSpecification"] = json!({ "StreamViewType": stream["StreamViewType"] });
    }
    for kind in INDEXES {
        if let Some(indexes) = table[kind].as_array() {
            made[kind] = indexes.iter().map(wanted).collect();
        }
    }
    Ok(sorted(made))
}

/// An index as it was wanted. A table says more of it: how it is, and how large.
fn wanted(index: &Value) -> Value {
    json!({
        "IndexName": index["IndexName"],
        "KeySchema": index["KeySchema"],
        "Projection": index["Projection"],
    })
}

fn sorted(mut table: Value) -> Value {
    for name in SETS {
        if let Some(set) = table.get_mut(name).and_then(Value::as_array_mut) {
            set.sort_by_key(Value::to_string);
        }
    }
    table
}
