//! What calls cost.
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html>

use anyhow::Result;
use serde_json::json;

use super::differs;
use crate::database::{bytes, key};

#[test]
fn a_put_costs_one_unit_however_large_it_is() -> Result<()> {
    differs("a Put of 100 KB", |database| {
        Ok(database.put(1, &bytes(100_000))?.units())
    })
}

#[test]
fn an_update_costs_half_a_unit() -> Result<()> {
    differs("an Update to 3 KB", |database| {
        let update = json!({
            "Key": key(1),
            "UpdateExpression": "SET x = :x",
            "ExpressionAttributeValues": { ":x": bytes(3_000)["x"] },
        });
        Ok(database.ask("UpdateItem", update)?.units())
    })
}

/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html>, on its write capacity
#[test]
fn what_an_index_costs_is_left_out() -> Result<()> {
    differs("a Put that an index lists", |database| {
        Ok(database.put(1, &json!({ "g": { "S": "0" } }))?.units())
    })
}

/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html>, on capacity management
#[test]
fn a_transaction_does_not_say_what_it_costs() -> Result<()> {
    differs("a transaction of two Puts", |database| {
        let puts = [
            database.insert(1, &json!(null)),
            database.insert(2, &json!(null)),
        ];
        Ok(database.transact(&puts)?.units())
    })
}

#[test]
fn a_query_costs_one_unit_however_much_it_reads() -> Result<()> {
    differs("a consistent Query of 100 KB", |database| {
        database.has(1, &bytes(100_000))?;
        Ok(database.query(&json!({}))?.units())
    })
}

#[test]
fn a_consistent_read_costs_what_another_one_does() -> Result<()> {
    differs("a consistent GetItem", |database| {
        database.has(1, &bytes(1_000))?;
        let get = json!({ "Key": key(1), "ConsistentRead": true });
        Ok(database.ask("GetItem", get)?.units())
    })
}
