//! A meter between a shop and its database: it asks with each call what the call takes, and writes it down.
//!
//! The shop does not ask for that itself, since it would pay for the answer with time and learn nothing that it needs. Nobody checks
//! the signature of a call on this machine, so that one more member may be put into it.

use std::io::Write;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use anyhow::{Context, Result};
use serde_json::Value;

use super::message::Message;

/// One call of the shop to its database.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// `GetItem`.
    pub operation: String,
    /// The table that it names; empty, if it names none or several.
    pub table: String,
    /// The status of the answer.
    pub status: u16,
    /// The units that the database said it took, and nothing where it said nothing: of a call that failed, it does not.
    pub units: Option<f64>,
    /// How many of these are those of indexes, where the meter asks for that: see [`Meter::with_indexes`].
    pub of_indexes: f64,
    /// The bytes of the request and of the answer, as HTTP.
    pub sent: u64,
    /// See [`Call::sent`].
    pub received: u64,
    /// What it asked for.
    pub asked: Value,
    /// What the database said that it took: `ConsumedCapacity`.
    pub took: Value,
}

impl Call {
    /// Whether its units are paid for as reads, and not as writes.
    #[must_use]
    pub fn reads(&self) -> bool {
        [
            "GetItem",
            "BatchGetItem",
            "Query",
            "Scan",
            "TransactGetItems",
        ]
        .contains(&self.operation.as_str())
    }
}

/// A meter, which goes on until the program ends.
#[derive(Debug)]
pub struct Meter {
    /// Where the shop is to look for its database: `127.0.0.1:PORT`.
    pub at: String,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl Meter {
    /// Opens a meter on a free port, before the database at `127.0.0.1:PORT`.
    ///
    /// # Errors
    ///
    /// When there is no free port.
    pub fn before(database: &str) -> Result<Self> {
        Self::asking(database, "TOTAL")
    }

    /// The same, and it asks for the part of each index. The answers are longer then, and say the same in sum.
    ///
    /// # Errors
    ///
    /// As [`Meter::before`].
    pub fn with_indexes(database: &str) -> Result<Self> {
        Self::asking(database, "INDEXES")
    }

    fn asking(database: &str, how: &'static str) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let meter = Self {
            at: listener.local_addr()?.to_string(),
            calls: Arc::default(),
        };
        let (database, calls) = (database.to_owned(), Arc::clone(&meter.calls));
        thread::spawn(move || {
            for shop in listener.incoming().flatten() {
                let (database, calls) = (database.clone(), Arc::clone(&calls));
                // When either side goes, so does the other, and the shop sees to it.
                thread::spawn(move || hand_on(shop, &database, how, &calls));
            }
        });
        Ok(meter)
    }

    /// The calls since this was asked last.
    #[must_use]
    pub fn take(&self) -> Vec<Call> {
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut calls)
    }
}

fn hand_on(mut shop: TcpStream, database: &str, how: &str, calls: &Mutex<Vec<Call>>) -> Result<()> {
    let mut database = TcpStream::connect(database)?;
    shop.set_nodelay(true)?;
    database.set_nodelay(true)?;
    while let Some(request) = Message::read(&mut shop)? {
        database.write_all(&request.asking_for_units(how)?)?;
        let answer = Message::read(&mut database)?.context("no answer")?;
        let told = serde_json::from_slice(&answer.body).unwrap_or_default();
        let call = Call {
            operation: request.operation().to_owned(),
            table: named(&request),
            status: answer.status()?,
            units: units(&told),
            of_indexes: of_indexes(&told),
            sent: request.length(),
            received: answer.length(),
            asked: serde_json::from_slice(&request.body).unwrap_or_default(),
            took: told["ConsumedCapacity"].clone(),
        };
        calls
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(call);
        shop.write_all(answer.head.as_bytes())?;
        shop.write_all(&answer.body)?;
    }
    Ok(())
}

/// The table that a request names.
fn named(request: &Message) -> String {
    let asked: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    asked["TableName"].as_str().unwrap_or_default().to_owned()
}

/// The sum of what an answer says it took; nothing where it does not say.
#[must_use]
pub fn units(answer: &Value) -> Option<f64> {
    let mut tables = tables(answer).peekable();
    tables.peek()?;
    tables.map(|table| table["CapacityUnits"].as_f64()).sum()
}

/// The part of the indexes in it, where it was asked for.
fn of_indexes(answer: &Value) -> f64 {
    let indexes = tables(answer).filter_map(|table| table["GlobalSecondaryIndexes"].as_object());
    let units = indexes.flat_map(|indexes| indexes.values());
    units
        .filter_map(|index| index["CapacityUnits"].as_f64())
        .sum()
}

/// What an answer says of each table. That of a transaction may name several.
fn tables(answer: &Value) -> impl Iterator<Item = &Value> {
    let (one, several) = match &answer["ConsumedCapacity"] {
        Value::Null => (None, None),
        Value::Array(several) => (None, Some(several)),
        one => (Some(one), None),
    };
    one.into_iter().chain(several.into_iter().flatten())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_an_answer_says_it_took_is_summed() {
        let one = json!({ "ConsumedCapacity": { "TableName": "pets", "CapacityUnits": 1.5 } });
        assert_eq!(units(&one), Some(1.5));
        let two = json!({ "ConsumedCapacity": [{ "CapacityUnits": 4 }, { "CapacityUnits": 2 }] });
        assert_eq!(units(&two), Some(6.0));
        let failed = "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException";
        assert_eq!(units(&json!({ "__type": failed })), None);
        assert_eq!(units(&Value::Null), None);
    }

    #[test]
    fn the_part_of_the_indexes_is_in_the_sum() {
        let part = |units: f64| json!({ "CapacityUnits": units });
        let indexes = json!({ "waiting": part(1.0), "other": part(0.5) });
        let answer = json!({ "ConsumedCapacity": [
            { "CapacityUnits": 5.5, "Table": part(4.0), "GlobalSecondaryIndexes": indexes },
            { "CapacityUnits": 2, "Table": part(2.0) },
        ] });
        assert_eq!(units(&answer), Some(7.5));
        assert!((of_indexes(&answer) - 1.5).abs() < 1e-9);
        assert!(of_indexes(&json!({ "ConsumedCapacity": part(2.0) })).abs() < 1e-9);
    }

    #[test]
    fn a_request_asks_what_it_takes_and_is_else_the_same() {
        let request = Message {
            head: "POST / HTTP/1.1\r\nX-Amz-Target: DynamoDB_20120810.GetItem\r\ncontent-length: 20\r\nHost: a\r\n\r\n".to_owned(),
            body: br#"{"TableName":"pets"}"#.to_vec(),
        };
        assert_eq!(request.operation(), "GetItem");
        let asking = String::from_utf8(request.asking_for_units("TOTAL").unwrap()).unwrap();
        assert_eq!(
            asking,
            "POST / HTTP/1.1\r\nX-Amz-Target: DynamoDB_20120810.GetItem\r\nHost: a\r\nContent-Length: 53\r\n\r\n\
             {\"ReturnConsumedCapacity\":\"TOTAL\",\"TableName\":\"pets\"}"
        );
    }
}
