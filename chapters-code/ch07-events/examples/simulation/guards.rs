//! What keeps the shop's promise, and how to take it out: by changing what is sent. The
//! code that sends it stays as it is.

use std::str::FromStr;

use anyhow::{Context, Error, Result};
use aws_sdk_dynamodb::config::http::HttpRequest;
use ch04_functions::office::papers::PAPERS;
use ch04_functions::office::thanks::LETTERS;
use ch07_events::office::display::COUNTED;
use ch07_events::outbox::OUTBOX;
use serde_json::{Value, json};

/// What can be taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// A letter is written if there is none of this request.
    Letter,
    /// An event is counted if it was not counted before.
    Counted,
    /// Papers are written if there are no later ones.
    Papers,
    /// What is done and what others are told of it are one transaction.
    Outbox,
    /// How far the stream is read is kept when the batch is done.
    Position,
    /// A message is deleted when it is done.
    Delete,
    /// What has happened has its name from the counter, and not from the bus.
    Name,
    /// Which of two events is later is said by the table, and not by a clock.
    Version,
}

impl Guard {
    pub const ALL: [(Self, &str); 8] = [
        (Self::Letter, "letter"),
        (Self::Counted, "counted"),
        (Self::Papers, "papers"),
        (Self::Outbox, "outbox"),
        (Self::Position, "position"),
        (Self::Delete, "delete"),
        (Self::Name, "name"),
        (Self::Version, "version"),
    ];
}

impl FromStr for Guard {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|(_, name)| *name == word);
        let names = || Self::ALL.map(|(_, name)| name).join(", ");
        let (guard, _) = found.with_context(|| format!("{word}: it is one of {}", names()))?;
        Ok(guard)
    }
}

/// What is asked of a service: `PutItem`.
pub fn call(request: &HttpRequest) -> &str {
    let target = request.headers().get("x-amz-target").unwrap_or_default();
    target.rsplit('.').next().unwrap_or_default()
}

fn body(request: &HttpRequest) -> Value {
    let body = request.body().bytes().unwrap_or_default();
    serde_json::from_slice(body).unwrap_or_default()
}

/// The request of which this keeps an event, besides what it does.
pub fn told(request: &HttpRequest) -> Option<String> {
    let transaction = (call(request) == "TransactWriteItems").then(|| body(request))?;
    let event = event(transaction["TransactItems"].as_array()?)?;
    Some(event["sk"]["S"].as_str()?.to_owned())
}

/// The item that goes into the outbox.
fn event(writes: &[Value]) -> Option<&Value> {
    let mut items = writes.iter().map(|write| &write["Put"]["Item"]);
    items.find(|item| is_in(item, OUTBOX))
}

/// The request whose letter this writes.
pub fn letter(request: &HttpRequest) -> Option<String> {
    let put = (call(request) == "PutItem").then(|| body(request))?;
    let item = put.get("Item").filter(|item| is_in(item, LETTERS))?;
    Some(item["sk"]["S"].as_str()?.to_owned())
}

fn is_in(item: &Value, partition: &str) -> bool {
    item["pk"]["S"] == partition
}

impl Guard {
    // ANCHOR: taken_out
    /// The request without this guard.
    pub fn taken_out_of(self, mut request: HttpRequest) -> HttpRequest {
        let mut body = body(&request);
        let puts: Vec<&mut Value> = match (self, call(&request)) {
            (Self::Letter | Self::Papers, "PutItem") => vec![&mut body],
            (Self::Counted, "TransactWriteItems") => {
                let writes = body["TransactItems"].as_array_mut().into_iter().flatten();
                writes.filter_map(|write| write.get_mut("Put")).collect()
            }
            _ => return request,
        };
        let partition = match self {
            Self::Letter => LETTERS,
            Self::Papers => PAPERS,
            _ => COUNTED,
        };
        let puts = puts.into_iter().filter_map(Value::as_object_mut);
        for put in puts.filter(|put| put.get("Item").is_some_and(|item| is_in(item, partition))) {
            put.remove("ConditionExpression");
            put.remove("ExpressionAttributeValues");
        }
        set_body(&mut request, &body);
        request
    }
    // ANCHOR_END: taken_out
}

// ANCHOR: singles
/// The writes of a transaction with an event in it, each by itself. None, if it is none.
pub fn singles(request: &HttpRequest) -> Option<Vec<HttpRequest>> {
    let transaction = (call(request) == "TransactWriteItems").then(|| body(request))?;
    let writes = transaction["TransactItems"].as_array()?;
    event(writes)?;
    let single = |write: &Value| {
        let (kind, body) = write.as_object()?.iter().next()?;
        let mut single = request.try_clone()?;
        let target = format!("DynamoDB_20120810.{kind}Item");
        single.headers_mut().insert("x-amz-target", target);
        set_body(&mut single, body);
        Some(single)
    };
    writes.iter().map(single).collect()
}
// ANCHOR_END: singles

/// What is said of a transaction that is not carried out, with a reason for each of its
/// items.
pub fn cancelled(reasons: &[&str]) -> String {
    let reasons = reasons.iter().map(|reason| json!({ "Code": reason }));
    json!({
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "CancellationReasons": reasons.collect::<Vec<_>>(),
    })
    .to_string()
}

fn set_body(request: &mut HttpRequest, body: &Value) {
    let body = body.to_string();
    let length = body.len().to_string();
    request.headers_mut().insert("content-length", length);
    *request.body_mut() = body.into();
}
