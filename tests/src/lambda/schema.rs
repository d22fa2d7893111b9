//! The tables that the template plans, and those that a release makes.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::chapter::planned_as;
use super::wiring::unlike;
use super::{Chapter, Tables, Template};
use crate::dynamodb::ask;

/// What is a set, though it is written as a list.
const SETS: [&str; 3] = ["AttributeDefinitions", INDEXES[0], INDEXES[1]];

/// The two kinds of indexes.
const INDEXES: [&str; 2] = ["GlobalSecondaryIndexes", "LocalSecondaryIndexes"];

/// What is said of tables, by what they are called in the template.
pub type Plan = BTreeMap<String, Value>;

/// What a template in its long form says of its tables.
///
/// # Errors
///
/// When it says nothing.
pub fn planned(long: &Value) -> Result<Plan> {
    let template = Template::new(long)?;
    let tables = template.of_type("AWS::DynamoDB::Table");
    let plan: Plan = tables
        .map(|(id, table)| (id.clone(), sorted(table.clone())))
        .collect();
    ensure!(!plan.is_empty(), "no table");
    Ok(plan)
}

/// What a template would have to say to plan the tables that are in the `DynamoDB` at `url`. One that is none of these keeps its name.
///
/// # Errors
///
/// When it does not answer.
pub fn made(url: &str, tables: Tables) -> Result<Plan> {
    let all = ask(url, "ListTables", &json!({}))?;
    let names = all["TableNames"].as_array().context("no names")?.iter();
    let names = names.filter_map(Value::as_str).map(|name| {
        let id = planned_as(tables, name).to_owned();
        Ok((id, made_as(url, name)?))
    });
    names.collect()
}

/// What is planned otherwise than it is made, in words.
#[must_use]
pub fn unplanned(planned: &Plan, made: &Plan) -> Vec<String> {
    let properties = |plan: &Plan| -> BTreeMap<String, Value> {
        let tables = plan
            .iter()
            .filter_map(|(id, table)| Some((id, table.as_object()?)));
        let all = tables.flat_map(|(id, table)| {
            let named =
                move |(name, value): (&String, &Value)| (format!("{name} of {id}"), value.clone());
            table.iter().map(named)
        });
        all.collect()
    };
    unlike(&properties(planned), &properties(made), Value::to_string)
}

/// Makes sure that what is in a chapter's tables is still there when the stack is not.
///
/// # Errors
///
/// When one would go with it.
pub fn outlives(chapter: &Chapter, long: &Value) -> Result<()> {
    for (id, _) in chapter.tables {
        let table = &long["Resources"][id];
        let policies = [&table["DeletionPolicy"], &table["UpdateReplacePolicy"]];
        ensure!(
            policies == ["RetainExceptOnCreate", "Retain"],
            "{id}: {policies:?}"
        );
    }
    Ok(())
}

/// One of them: <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html>
fn made_as(url: &str, name: &str) -> Result<Value> {
    let of_table = json!({ "TableName": name });
    let table = &ask(url, "DescribeTable", &of_table)?["Table"];
    let told = ask(url, "DescribeTimeToLive", &of_table)?;
    let expiry = &told["TimeToLiveDescription"];
    let mut made = json!({
        "BillingMode": table["BillingModeSummary"]["BillingMode"],
        "AttributeDefinitions": table["AttributeDefinitions"],
        "KeySchema": table["KeySchema"],
    });
    if expiry["TimeToLiveStatus"] == "ENABLED" {
        let attribute = &expiry["AttributeName"];
        made["TimeToLiveSpecification"] = json!({ "AttributeName": attribute, "Enabled": true });
    }
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
