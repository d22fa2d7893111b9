//! How calls are taken.

use anyhow::Result;
use serde_json::{Value, json};

use super::differs;
use crate::database::{Answer, Database};

/// The store would take it for an outage, and try again.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html>
#[test]
fn what_it_cannot_read_is_its_own_fault() -> Result<()> {
    differs("a condition that is no expression", |database| {
        let put = json!({
            "Item": { "pk": { "S": "a" }, "c": { "N": "1" } },
            "ConditionExpression": "pk = = c",
        });
        Ok(database.ask("PutItem", put)?.told())
    })
}

/// Two transactions with one token, one after the other; the answer to the second.
fn with_one_token(database: &Database, first: &Value, second: &Value) -> Result<Answer> {
    let transact = |put: &Value| {
        let transaction = json!({ "TransactItems": [put], "ClientRequestToken": "token" });
        database.ask("TransactWriteItems", transaction)
    };
    assert_eq!(transact(first)?.told(), "done");
    transact(second)
}

/// Every AWS SDK sends a token with each transaction, and the same one when it tries again.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html>
#[test]
fn a_transaction_that_comes_again_is_done_again() -> Result<()> {
    differs("a transaction, sent again", |database| {
        let put = database.insert(1, &json!({}));
        Ok(with_one_token(database, &put, &put)?.told())
    })
}

#[test]
fn a_token_may_be_that_of_another_transaction() -> Result<()> {
    differs("its token with something else", |database| {
        let (one, other) = (
            database.insert(1, &json!({})),
            database.insert(2, &json!({})),
        );
        Ok(with_one_token(database, &one, &other)?.told())
    })
}

/// Fifty times.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.ReadConsistency.html>
#[test]
fn an_index_knows_of_a_write_at_once() -> Result<()> {
    differs("an index right after a write", |database| {
        for number in 1..=50 {
            database.has(number, &json!({ "g": { "S": "0" } }))?;
            let query = json!({
                "IndexName": "streams",
                "KeyConditionExpression": "g = :g",
                "ExpressionAttributeValues": { ":g": { "S": "0" } },
                "Select": "COUNT",
            });
            if database.ask("Query", query)?.body["Count"] != number {
                return Ok("may be late".to_owned());
            }
        }
        Ok("never late".to_owned())
    })
}

/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html>
#[test]
fn nobody_checks_a_signature() -> Result<()> {
    differs("a signature that nobody made", |database| {
        Ok(database.put(1, &json!({}))?.told())
    })
}
