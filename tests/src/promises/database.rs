//! A database that is not on the shop's machine.
//!
//! It is an embedded `DynamoDB` in this process ([`local`]), asked over HTTP as the shop asks it, so that what a table
//! holds is seen without the shop.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use anyhow::{Context, ensure};
use local::Local;
use serde::Deserialize;
use serde_json::{Value, json};

use super::rung::ITEMS;
use crate::dynamodb::{TABLE, ask};

/// What kind of database a rung has elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// `DynamoDB`, which the shop finds by the variables of the AWS SDK, with its table in `TABLE`.
    Dynamodb,
}

/// A database in memory. It ends when this is dropped, and nothing of it remains.
#[derive(Debug)]
pub struct Database {
    local: Local,
}

impl Database {
    /// Starts an empty one.
    ///
    /// # Errors
    ///
    /// When it cannot be started.
    pub fn start(kind: Kind) -> anyhow::Result<Self> {
        let Kind::Dynamodb = kind;
        Ok(Self {
            local: Local::in_memory().context("a DynamoDB cannot be started")?,
        })
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> String {
        self.local.url()
    }

    /// All items of all tables, in its own JSON.
    ///
    /// # Errors
    ///
    /// When there is no table.
    pub fn items(&self) -> anyhow::Result<Vec<Value>> {
        let tables = self.ask("ListTables", &json!({}))?;
        let all = tables["LastEvaluatedTableName"].is_null();
        ensure!(all, "it has more than a hundred tables");
        let tables: Vec<String> = serde_json::from_value(tables["TableNames"].clone())?;
        ensure!(!tables.is_empty(), "it has no table");
        let items = tables.iter().map(|table| self.items_of(table));
        Ok(items.collect::<anyhow::Result<Vec<_>>>()?.concat())
    }

    fn items_of(&self, table: &str) -> anyhow::Result<Vec<Value>> {
        let (mut items, mut last) = (Vec::new(), Value::Null);
        loop {
            let mut scan = json!({ "TableName": table });
            if !last.is_null() {
                scan["ExclusiveStartKey"] = last;
            }
            let mut page = self.ask("Scan", &scan)?;
            if let Value::Array(found) = page["Items"].take() {
                items.extend(found);
            }
            last = page["LastEvaluatedKey"].take();
            if last.is_null() {
                return Ok(items);
            }
        }
    }

    /// Puts items into tables, from a folder with a file for each table that holds them as [`Database::items`] gives them. It is called
    /// after its table, but [`ITEMS`] is of the one that shops are told of.
    ///
    /// # Errors
    ///
    /// When a file cannot be read, there is no such table, or an item is refused.
    pub fn fill(&self, folder: &Path) -> anyhow::Result<()> {
        let files = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
        for file in files {
            let file = file?.path();
            let name = || format!("{}", file.display());
            let text = fs::read_to_string(&file).with_context(name)?;
            let items: Vec<Value> = serde_json::from_str(&text).with_context(name)?;
            let table = file.file_stem().and_then(OsStr::to_str);
            let table = table.filter(|table| *table != ITEMS).unwrap_or(TABLE);
            for item in items {
                let put = json!({ "TableName": table, "Item": item });
                self.ask("PutItem", &put).with_context(name)?;
            }
        }
        Ok(())
    }

    fn ask(&self, operation: &str, question: &Value) -> anyhow::Result<Value> {
        ask(&self.url(), operation, question)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_into_a_table_is_what_it_holds() {
        let database = Database::start(Kind::Dynamodb).unwrap();
        let error = database.items().unwrap_err().to_string();
        assert_eq!(error, "it has no table");
        let make = |name: &str| {
            let key = json!([{ "AttributeName": "pk", "KeyType": "HASH" }]);
            let attributes = json!([{ "AttributeName": "pk", "AttributeType": "S" }]);
            let table = json!({
                "TableName": name, "KeySchema": key, "AttributeDefinitions": attributes, "BillingMode": "PAY_PER_REQUEST",
            });
            database.ask("CreateTable", &table).unwrap();
        };
        make(TABLE);
        // More than the database gives at once, which is a megabyte.
        let text = "x".repeat(300_000);
        let items = (0..8)
            .map(|number| json!({ "pk": { "S": number.to_string() }, "text": { "S": text } }));
        let items: Vec<Value> = items.collect();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("items.json");
        fs::write(&file, Value::from(items.clone()).to_string()).unwrap();
        database.fill(folder.path()).unwrap();
        let mut found = database.items().unwrap();
        found.sort_by_key(|item| item["pk"]["S"].to_string());
        assert_eq!(found, items);
        // Another table's are found as well.
        make("office");
        let letter = json!({ "pk": { "S": "letter" } });
        fs::remove_file(&file).unwrap();
        fs::write(
            file.with_file_name("office.json"),
            json!([letter]).to_string(),
        )
        .unwrap();
        database.fill(folder.path()).unwrap();
        let found = database.items().unwrap();
        assert_eq!(found.len(), items.len() + 1);
        assert!(found.contains(&letter));
    }
}
