//! What is wrong with a key, or odd.

use anyhow::{Context, Result};
use serde_json::json;

use super::differs;
use crate::database::key;

/// Zeros at either end are cut off.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html>
#[test]
fn a_number_is_kept_as_it_is_written() -> Result<()> {
    differs("a key 007, read again", |database| {
        database.has(7, &json!({ "c": { "N": "007" } }))?;
        let item = database.ask("GetItem", json!({ "Key": key(7) }))?.body;
        let number = item["Item"]["c"]["N"].as_str().context("it is found")?;
        Ok(number.to_owned())
    })
}

/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetItem.html>
#[test]
fn a_key_of_another_type_may_be_asked_for() -> Result<()> {
    differs("a GetItem by a key that is text", |database| {
        let get = json!({ "Key": { "pk": { "S": "a" }, "c": { "S": "1" } } });
        Ok(database.ask("GetItem", get)?.told())
    })
}

/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.KeyConditionExpressions.html>
#[test]
fn a_key_of_another_type_may_be_looked_for() -> Result<()> {
    differs("a Query by a key that is a number", |database| {
        let number = json!({ "ExpressionAttributeValues": { ":pk": { "N": "1" } } });
        Ok(database.query(&number)?.told())
    })
}

/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html>, on the types of keys
#[test]
fn a_key_of_an_index_may_be_of_another_type() -> Result<()> {
    differs("an index key that is a number", |database| {
        Ok(database.put(1, &json!({ "g": { "N": "0" } }))?.told())
    })
}

/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html>, on the reasons
#[test]
fn a_wrong_key_in_a_transaction_is_another_error() -> Result<()> {
    differs("a wrong key in a transaction", |database| {
        let wrong = database.insert(1, &json!({ "c": { "S": "1" } }));
        Ok(database.transact(&[wrong])?.told())
    })
}
