//! How much may be in a call, and how much is in an answer.
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html>

use anyhow::Result;
use event_store::MAX_BYTES;
use serde_json::json;

use super::differs;
use crate::database::{bytes, key};

/// What the key `pk: a` and `c: 1` takes, and the name `x`.
const KEY: usize = 2 + 1 + 1 + 2 + 1;

/// Here 400 KB are 405,000 bytes.
#[test]
fn an_item_of_400_kb_is_too_large() -> Result<()> {
    differs("a Put of 409,600 bytes", |database| {
        assert_eq!(
            database.put(1, &bytes(MAX_BYTES - KEY + 1))?.told(),
            "Validation"
        );
        Ok(database.put(1, &bytes(MAX_BYTES - KEY))?.told())
    })
}

#[test]
fn a_transaction_may_be_as_large_as_one_likes() -> Result<()> {
    differs("a transaction of 5 MB", |database| {
        let puts = (1..=13).map(|number| database.insert(number, &bytes(390_000)));
        Ok(database.transact(&puts.collect::<Vec<_>>())?.told())
    })
}

/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html>
#[test]
fn a_transaction_may_be_empty() -> Result<()> {
    differs("a transaction of nothing", |database| {
        Ok(database.transact(&[])?.told())
    })
}

/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html>
#[test]
fn a_batch_may_be_as_long_as_one_likes() -> Result<()> {
    differs("a BatchWriteItem of 26", |database| {
        let put = |number| json!({ "PutRequest": { "Item": key(number) } });
        let puts: Vec<_> = (1..=26).map(put).collect();
        let batch = json!({ "RequestItems": { database.table.as_str(): puts } });
        Ok(database.ask("BatchWriteItem", batch)?.told())
    })
}

#[test]
fn lists_may_be_as_deep_as_one_likes() -> Result<()> {
    differs("a list 33 deep", |database| {
        let deep = (0..33).fold(json!({ "S": "x" }), |inner, _| json!({ "L": [inner] }));
        Ok(database.put(1, &json!({ "x": deep }))?.told())
    })
}

/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html>
#[test]
fn numbers_may_be_as_long_as_one_likes() -> Result<()> {
    differs("a number of 39 digits", |database| {
        let digits = "1".repeat(39);
        Ok(database.put(1, &json!({ "x": { "N": digits } }))?.told())
    })
}

/// A page has 1 MB, which at moto are 1,000,000 bytes.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html>
#[test]
fn a_page_is_shorter() -> Result<()> {
    differs("items of 10 KB in a page", |database| {
        for number in 1..=110 {
            database.has(number, &bytes(10_000))?;
        }
        let page = database.query(&json!({ "Select": "COUNT" }))?;
        Ok(page.body["Count"].to_string())
    })
}

/// Whoever reads page by page asks AWS once more, and finds nothing.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html>, on `Limit`
#[test]
fn it_is_known_too_early_that_there_is_no_more() -> Result<()> {
    differs("a Query of as many as its Limit", |database| {
        database.has(1, &json!({}))?;
        database.has(2, &json!({}))?;
        let page = database.query(&json!({ "Limit": 2 }))?;
        assert_eq!(page.body["Count"], 2);
        let told = match page.body.get("LastEvaluatedKey") {
            Some(_) => "there may be more",
            None => "there are no more",
        };
        Ok(told.to_owned())
    })
}
