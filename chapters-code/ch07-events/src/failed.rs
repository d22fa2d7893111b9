//! What a person is told of events that were given up.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::shard::{Because, Record};

/// Where the records of a shard were that were given up: their positions, and none of
/// what they say.
/// <https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html>
#[must_use]
pub fn records<B>(
    function: &str,
    stream: &str,
    shard: &str,
    records: &[Record<B>],
    because: Because,
) -> Value {
    let (first, last) = (records.first(), records.last());
    let number = |record: Option<&Record<B>>| record.map(|record| record.number.clone());
    let at = |record: Option<&Record<B>>| record.map(|record| time(record.at.as_secs()));
    let condition = match because {
        Because::Attempts => "RetryAttemptsExhausted",
        Because::Age => "MaximumRecordAgeExceeded",
    };
    json!({
        "requestContext": {
            "requestId": Uuid::now_v7().to_string(),
            "functionArn": function,
            "condition": condition,
        },
        "version": "1.0",
        "timestamp": Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true),
        "DDBStreamBatchInfo": {
            "shardId": shard,
            "startSequenceNumber": number(first),
            "endSequenceNumber": number(last),
            "approximateArrivalOfFirstRecord": at(first),
            "approximateArrivalOfLastRecord": at(last),
            "batchSize": records.len(),
            "streamArn": stream,
        },
    })
}

/// An event that a function has failed at, with what it says.
/// <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html>
#[must_use]
pub fn event(function: &str, body: &str, tries: u32, because: &str) -> Value {
    let body: Value = serde_json::from_str(body).unwrap_or_else(|_| json!(body));
    json!({
        "version": "1.0",
        "timestamp": Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true),
        "requestContext": {
            "requestId": Uuid::now_v7().to_string(),
            "functionArn": function,
            "condition": "RetriesExhausted",
            "approximateInvokeCount": tries,
        },
        "requestPayload": body,
        "responseContext": { "statusCode": 200, "functionError": "Unhandled" },
        "responsePayload": { "errorMessage": because },
    })
}

fn time(seconds: u64) -> Option<String> {
    let time = DateTime::from_timestamp(seconds.try_into().ok()?, 0)?;
    Some(time.to_rfc3339_opts(SecondsFormat::Millis, true))
}
