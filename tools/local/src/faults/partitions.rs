//! Partitions that take so many units a second, and no more.
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html>
//!
//! Here a partition is what has one partition key value in one table. It holds the units
//! of one second, and is full at the beginning. At AWS a partition has many such values,
//! and a busy one is split after a while.
//!
//! What is counted, and how well:
//!
//! - A write is one unit for each begun kilobyte of what the request says of the item, and
//!   two in a transaction, conditions included. That is right for a Put. The size of what a
//!   Delete takes away, and of what an Update leaves as it is, is not in the request and not
//!   counted.
//! - `BatchWriteItem` is done as a whole or throttled as a whole. At AWS it is done in part,
//!   and names the rest in `UnprocessedItems`.
//! - A read is one unit, for a `GetItem` and for a Query of a table. Other reads and the
//!   units of indexes are not counted.
//! - A call that takes more units than a second has is done when the partition is full.

mod bucket;
mod touch;

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use anyhow::Result;
use hyper::Response;
use hyper::body::Bytes;
use serde_json::Value;

use self::bucket::Buckets;
use self::touch::touches;
use super::call::Call;
use super::database::Database;
use super::refusal::{self, Limit};

/// The units of all partitions.
#[derive(Debug)]
pub struct Partitions {
    buckets: Mutex<Buckets>,
    /// The name of each table's partition key, as far as it was asked for.
    keys: Mutex<HashMap<String, String>>,
}

impl Partitions {
    /// Partitions that take so many write units a second.
    pub fn new(units: u32) -> Self {
        Self {
            buckets: Mutex::new(Buckets::new(units)),
            keys: Mutex::default(),
        }
    }

    /// Takes the units of a call from its partitions, or from none of them and answers so.
    ///
    /// # Errors
    ///
    /// When the database, which knows the key of a table, does not answer.
    pub async fn refuse(
        &self,
        database: &Database,
        call: &Call,
    ) -> Result<Option<Response<Bytes>>> {
        if call.changes_a_table() {
            self.keys().clear();
        }
        let mut shares = vec![];
        for touch in touches(call) {
            let key = self.key(database, call, &touch.table).await?;
            let share = key.and_then(|key| touch.share(&key));
            // The database will say what is wrong with it.
            let Some(share) = share else { return Ok(None) };
            shares.push(share);
        }
        let taken = lock(&self.buckets).take(&shares, Instant::now());
        let Err(lacking) = taken else { return Ok(None) };
        Ok(Some(if call.is_transaction() {
            let reasons = lacking
                .iter()
                .map(|lacks| lacks.then_some(refusal::THROTTLING));
            refusal::cancelled(&reasons.collect::<Vec<_>>())
        } else {
            refusal::throttled(Limit::Partition, call.is_write())
        }))
    }

    /// The name of the partition key of a table; `None` if there is no such table.
    async fn key(&self, database: &Database, call: &Call, table: &str) -> Result<Option<String>> {
        let known = self.keys().get(table).cloned();
        if known.is_some() {
            return Ok(known);
        }
        let answer = database.ask(call.describe(table)).await?;
        let described: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
        let parts = described["Table"]["KeySchema"].as_array();
        let key = parts.and_then(|parts| parts.iter().find(|part| part["KeyType"] == "HASH"));
        let key = key.and_then(|part| part["AttributeName"].as_str());
        if let Some(key) = key {
            self.keys().insert(table.to_owned(), key.to_owned());
        }
        Ok(key.map(str::to_owned))
    }

    fn keys(&self) -> MutexGuard<'_, HashMap<String, String>> {
        lock(&self.keys)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
