//! What a person is told of events that were given up.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Deserialize;
use serde::de::Error;
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

/// What was given up, as a message tells of it.
#[derive(Debug, PartialEq, Eq)]
pub enum GivenUp {
    /// An event.
    Event {
        /// The function that has failed at it.
        function: String,
        /// What it was given: JSON.
        event: String,
    },
    /// Changes of the table, which are not told.
    Changes {
        /// The function that has failed at them.
        function: String,
        /// When the first of them was made, as the stream has it: since 1970.
        from: Duration,
        /// When the last of them was.
        to: Duration,
    },
}

impl GivenUp {
    /// Reads what [`event`] or [`records`] has written.
    ///
    /// # Errors
    ///
    /// When it is neither.
    pub fn read(message: &str) -> serde_json::Result<Self> {
        let word: Word = serde_json::from_str(message)?;
        let function = word.context.function;
        match (word.event, word.changes) {
            (Some(event), _) => Ok(Self::Event {
                function,
                event: event.to_string(),
            }),
            (None, Some(changes)) => Ok(Self::Changes {
                function,
                from: since_1970(changes.from)?,
                to: since_1970(changes.to)?,
            }),
            (None, None) => Err(Error::custom(
                "neither requestPayload nor DDBStreamBatchInfo",
            )),
        }
    }
}

#[derive(Deserialize)]
struct Word {
    #[serde(rename = "requestContext")]
    context: Context,
    #[serde(rename = "requestPayload")]
    event: Option<Value>,
    #[serde(rename = "DDBStreamBatchInfo")]
    changes: Option<Changes>,
}

#[derive(Deserialize)]
struct Context {
    #[serde(rename = "functionArn")]
    function: String,
}

#[derive(Deserialize)]
struct Changes {
    #[serde(rename = "approximateArrivalOfFirstRecord")]
    from: DateTime<Utc>,
    #[serde(rename = "approximateArrivalOfLastRecord")]
    to: DateTime<Utc>,
}

fn since_1970(time: DateTime<Utc>) -> serde_json::Result<Duration> {
    let seconds = time.timestamp().try_into();
    seconds.map(Duration::from_secs).map_err(Error::custom)
}

fn time(seconds: u64) -> Option<String> {
    let time = DateTime::from_timestamp(seconds.try_into().ok()?, 0)?;
    Some(time.to_rfc3339_opts(SecondsFormat::Millis, true))
}
