//! What other designs of the table would take, asked of the database on this machine.

use anyhow::{Context, Result};
use book::measured::Measured;
use serde_json::{Map, Value, json};

use super::{Programs, dollars, units};
use crate::dynamodb::ask;
use crate::measure::chapter4::{table, words};
use crate::measure::database::Database;
use crate::measure::meter;

/// The tables of the designs. The second one is for keys alone.
const TABLES: [&str; 2] = ["designs", "keys"];

/// Bytes of an item that is a pet.
const PET: usize = 300;

/// Pets on a page.
const PAGE: usize = 20;

/// The indexes of the pets that wait: one has all of a pet, the other only where it is.
const INDEXES: [(&str, &str); 2] = [("all", "ALL"), ("keys", "KEYS_ONLY")];

/// What one design takes for one thing.
struct Design {
    key: &'static str,
    words: &'static str,
    reads: f64,
    writes: f64,
}

/// Fills the table `designs`.
pub(super) fn compare(programs: &Programs, file: &mut Measured) -> Result<()> {
    let database = Database::start(&programs.shops().shop("local"), None)?;
    let tables = Tables::make(format!("http://{}", database.process.at))?;
    let mut rows = Vec::new();
    for design in tables.designs()? {
        let Design {
            key,
            words: what,
            reads,
            writes,
        } = design;
        let cost = programs.a_million(reads, writes)?;
        for (name, value, unit) in [
            ("reads", reads, "read request units"),
            ("writes", writes, "write request units"),
            ("usd", cost.dollars(), "dollars"),
        ] {
            let of = if name == "usd" { " for a million" } else { "" };
            if value > 0.0 {
                let key = format!("design_{key}_{name}");
                file.put(&key, value, unit, &format!("{unit}{of}: {what}"));
            }
        }
        rows.push(vec![
            words(what),
            units(reads),
            units(writes),
            dollars(cost),
        ]);
    }
    let columns = [
        ("What", ""),
        ("Read", "units"),
        ("Written", "units"),
        ("A million", "$"),
    ];
    let note = format!(
        "Told by a DynamoDB on this machine, which counts as AWS’s does. An item has {PET} bytes, and a page {PAGE} of them. What is read from an index is eventually \
         consistent, and so are the pets that are fetched after it; all else is consistent where nothing is said."
    );
    let what = "What designs take";
    file.tables
        .insert("designs".to_owned(), table(what, &columns, rows, &note));
    Ok(())
}

/// The tables, with a page of pets and a pet with its papers in them.
struct Tables {
    url: String,
}

impl Tables {
    fn make(url: String) -> Result<Self> {
        let tables = Self { url };
        let part = |name: &str, kind: &str| json!({ "AttributeName": name, "KeyType": kind });
        let key = |hash, range| json!([part(hash, "HASH"), part(range, "RANGE")]);
        let indexes = INDEXES.map(|(name, projected)| {
            let projection = json!({ "ProjectionType": projected });
            json!({ "IndexName": name, "KeySchema": key("waiting", "place"), "Projection": projection })
        });
        for name in TABLES {
            let mut create = json!({
                "TableName": name,
                "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [text("pk"), text("sk")],
                "KeySchema": key("pk", "sk"),
            });
            if name == TABLES[0] {
                create["AttributeDefinitions"] = ["pk", "sk", "waiting", "place"].map(text).into();
                create["GlobalSecondaryIndexes"] = json!(indexes);
            }
            ask(&tables.url, "CreateTable", &create)?;
        }
        for number in 0..PAGE {
            let mut pet = item("shop", &format!("pet {number:02}"));
            pet["waiting"] = string("yes");
            pet["place"] = string(&format!("dog#{number:02}"));
            tables.put(&filled(pet))?;
        }
        for (partition, sort) in [
            ("pets", "Gustav"),
            ("papers", "Gustav"),
            ("Gustav", "pet"),
            ("Gustav", "papers"),
        ] {
            tables.put(&filled(item(partition, sort)))?;
        }
        Ok(tables)
    }

    fn designs(&self) -> Result<Vec<Design>> {
        let read = |key, words, reads| Design {
            key,
            words,
            reads,
            writes: 0.0,
        };
        let write = |key, words, writes| Design {
            key,
            words,
            reads: 0.0,
            writes,
        };
        let page = self.page("keys")?;
        Ok(vec![
            read(
                "apart",
                "a pet and its papers: two items, each read by its key",
                self.get("pets", "Gustav", true)? + self.get("papers", "Gustav", true)?,
            ),
            read(
                "together",
                "the same as two items of one partition, by one query",
                self.query(&json!({
                    "KeyConditionExpression": "pk = :pet",
                    "ExpressionAttributeValues": { ":pet": string("Gustav") },
                    "ConsistentRead": true,
                }))?
                .0,
            ),
            write(
                "one_table",
                "a pet and a key in a transaction, in one table",
                self.transaction(TABLES[0])?,
            ),
            write(
                "two_tables",
                "the same in two tables",
                self.transaction(TABLES[1])?,
            ),
            read(
                "consistent",
                "a pet, read consistently",
                self.get("pets", "Gustav", true)?,
            ),
            read(
                "eventual",
                "the same, read eventually consistently",
                self.get("pets", "Gustav", false)?,
            ),
            read(
                "all_in_index",
                "a page from an index that has all of a pet",
                self.page("all")?.0,
            ),
            read(
                "keys_in_index",
                "the same from one that has the keys, and then each pet",
                page.0 + self.batch(&page.1)?,
            ),
        ])
    }

    fn put(&self, item: &Value) -> Result<()> {
        let put = json!({ "TableName": TABLES[0], "Item": item });
        ask(&self.url, "PutItem", &put).map(drop)
    }

    fn get(&self, partition: &str, sort: &str, is_consistent: bool) -> Result<f64> {
        let get = json!({ "Key": item(partition, sort), "ConsistentRead": is_consistent });
        let (taken, answer) = self.asks("GetItem", get)?;
        answer["Item"].as_object().context("it is not there")?;
        Ok(taken)
    }

    /// What it takes, and the items.
    fn query(&self, query: &Value) -> Result<(f64, Vec<Value>)> {
        let (taken, answer) = self.asks("Query", query.clone())?;
        let found = answer["Items"].as_array().cloned();
        Ok((taken, found.context("no items")?))
    }

    fn page(&self, index: &str) -> Result<(f64, Vec<Value>)> {
        let (taken, found) = self.query(&json!({
            "IndexName": index,
            "KeyConditionExpression": "waiting = :yes",
            "ExpressionAttributeValues": { ":yes": string("yes") },
            "Limit": PAGE,
        }))?;
        anyhow::ensure!(found.len() == PAGE, "{} items on a page", found.len());
        Ok((taken, found))
    }

    fn batch(&self, found: &[Value]) -> Result<f64> {
        let keys = found
            .iter()
            .map(|item| json!({ "pk": item["pk"], "sk": item["sk"] }));
        let wanted = json!({ TABLES[0]: { "Keys": keys.collect::<Vec<_>>() } });
        let (taken, answer) = self.asks("BatchGetItem", json!({ "RequestItems": wanted }))?;
        let got = answer["Responses"][TABLES[0]].as_array().map(Vec::len);
        anyhow::ensure!(got == Some(found.len()), "{got:?} items were fetched");
        Ok(taken)
    }

    /// A pet, and a key in this table.
    fn transaction(&self, keys: &str) -> Result<f64> {
        let put = |table: &str, item| json!({ "Put": { "TableName": table, "Item": item } });
        let items = [
            put(TABLES[0], filled(item("pets", keys))),
            put(keys, filled(item("key", "answer"))),
        ];
        let transaction = json!({ "TransactItems": items });
        Ok(self.asks("TransactWriteItems", transaction)?.0)
    }

    /// What it takes, and the answer.
    fn asks(&self, operation: &str, mut question: Value) -> Result<(f64, Value)> {
        question["ReturnConsumedCapacity"] = "TOTAL".into();
        if ["GetItem", "Query"].contains(&operation) {
            question["TableName"] = TABLES[0].into();
        }
        let answer = ask(&self.url, operation, &question)?;
        let taken = meter::units(&answer);
        Ok((taken.with_context(|| operation.to_owned())?, answer))
    }
}

fn text(name: &str) -> Value {
    json!({ "AttributeName": name, "AttributeType": "S" })
}

fn string(text: &str) -> Value {
    json!({ "S": text })
}

fn item(partition: &str, sort: &str) -> Value {
    json!({ "pk": string(partition), "sk": string(sort) })
}

/// The item with as much text as makes it [`PET`] bytes: those of all names and texts.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html>
fn filled(mut item: Value) -> Value {
    const NAME: &str = "about";
    let size = |(name, value): (&String, &Value)| {
        let text = value["S"].as_str().unwrap_or_default();
        name.len() + text.len()
    };
    let has: usize = item
        .as_object()
        .map_or(0, |item: &Map<_, _>| item.iter().map(size).sum());
    item[NAME] = string(&"x".repeat(PET.saturating_sub(has + NAME.len())));
    item
}
