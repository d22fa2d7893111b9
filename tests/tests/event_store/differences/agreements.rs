//! What might be a difference, and is none: moto did some of it otherwise in releases before.

use anyhow::Result;
use serde_json::json;

use super::agree;
use crate::database::key;

/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html>
#[test]
fn a_condition_that_does_not_hold_tells_the_item_and_no_units() -> Result<()> {
    agree("ConditionalCheckFailed, does not say, 1", |database| {
        database.has(1, &json!({}))?;
        let put = json!({
            "Item": key(1),
            "ConditionExpression": "attribute_not_exists(pk)",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        });
        let failed = database.ask("PutItem", put)?;
        let item = failed.body["Item"]["c"]["N"].as_str().unwrap_or("none");
        Ok(format!("{}, {}, {item}", failed.told(), failed.units()))
    })
}

/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html>
#[test]
fn a_cancelled_transaction_tells_the_reason_and_the_item_of_each_write() -> Result<()> {
    agree(
        "TransactionCanceled: None none, ConditionalCheckFailed 2",
        |database| {
            database.has(2, &json!({}))?;
            let mut puts = [1, 2].map(|number| database.insert(number, &json!({})));
            puts[1]["Put"]["ReturnValuesOnConditionCheckFailure"] = json!("ALL_OLD");
            let cancelled = database.transact(&puts)?;
            let reasons = cancelled.body["CancellationReasons"].as_array();
            let reasons = reasons.into_iter().flatten().map(|reason| {
                let item = reason["Item"]["c"]["N"].as_str().unwrap_or("none");
                format!("{} {item}", reason["Code"].as_str().unwrap_or("?"))
            });
            let reasons: Vec<String> = reasons.collect();
            Ok(format!("{}: {}", cancelled.told(), reasons.join(", ")))
        },
    )
}

#[test]
fn a_transaction_does_not_write_one_item_twice() -> Result<()> {
    agree("Validation", |database| {
        let put = database.insert(1, &json!({}));
        Ok(database.transact(&[put.clone(), put])?.told())
    })
}

#[test]
fn a_key_of_another_type_is_not_written() -> Result<()> {
    agree("Validation", |database| {
        Ok(database.put(1, &json!({ "c": { "S": "1" } }))?.told())
    })
}

/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.ReadConsistency.html>
#[test]
fn an_index_has_no_consistent_reads() -> Result<()> {
    agree("Validation", |database| {
        let query = json!({
            "IndexName": "streams",
            "KeyConditionExpression": "g = :g",
            "ExpressionAttributeValues": { ":g": { "S": "0" } },
            "ConsistentRead": true,
        });
        Ok(database.ask("Query", query)?.told())
    })
}
