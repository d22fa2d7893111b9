//! The answers by which calls are refused, as `DynamoDB` writes them. Every message says
//! that it was injected.

use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Response, StatusCode};
use serde_json::{Value, json};

/// Why an item of a transaction has it cancelled: the code and the message.
pub type Reason = (&'static str, &'static str);

/// It meets another transaction.
pub const CONFLICT: Reason = (
    "TransactionConflict",
    "injected: another transaction has the item",
);
/// Its partition has no units left.
pub const THROTTLING: Reason = (
    "ThrottlingError",
    "injected: the partition has no units left for the item",
);

/// Which limit throttles a call.
#[derive(Debug, Clone, Copy)]
pub enum Limit {
    /// That of all partitions of a table together, at AWS one of the account.
    Table,
    /// That of a partition.
    Partition,
}

/// A call is throttled by a limit on reads or on writes.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ThrottlingReason.html>
pub fn throttled(limit: Limit, is_write: bool) -> Response<Bytes> {
    let (limit, message) = match limit {
        Limit::Table => ("AccountLimitExceeded", "injected: the call is throttled"),
        Limit::Partition => (
            "KeyRangeThroughputExceeded",
            "injected: the partition has no units left",
        ),
    };
    let operation = if is_write { "Write" } else { "Read" };
    refuse(&json!({
        "__type": "com.amazonaws.dynamodb.v20120810#ThrottlingException",
        "message": message,
        "throttlingReasons": [{ "reason": format!("Table{operation}{limit}") }],
    }))
}

/// A transaction is cancelled, with a reason for each item, or none.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CancellationReason.html>
pub fn cancelled(reasons: &[Option<Reason>]) -> Response<Bytes> {
    let codes = reasons
        .iter()
        .map(|reason| reason.map_or("None", |(code, _)| code));
    let codes = codes.collect::<Vec<_>>().join(", ");
    let reasons = reasons.iter().map(|reason| match reason {
        Some((code, message)) => json!({ "Code": code, "Message": message }),
        None => json!({ "Code": "None" }),
    });
    refuse(&json!({
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "Message": format!("injected: the transaction is cancelled, for these reasons: [{codes}]"),
        "CancellationReasons": reasons.collect::<Vec<_>>(),
    }))
}

fn refuse(body: &Value) -> Response<Bytes> {
    let mut answer = Response::new(Bytes::from(body.to_string()));
    *answer.status_mut() = StatusCode::BAD_REQUEST;
    let kind = HeaderValue::from_static("application/x-amz-json-1.0");
    answer.headers_mut().insert(CONTENT_TYPE, kind);
    answer
}
