//! Takes events from functions, and finds out who wants them: `EventBridge`'s part.
//! <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html>
//!
//! Events are in memory. What a host had not delivered when it was killed is lost.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use anyhow::{Context, Result};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use chrono::{DateTime, SecondsFormat, Utc};
use quamina::Quamina;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::deliver::Deliveries;
use crate::pool::Pool;
use crate::table::{Rule, Table};

/// Bytes in all entries of a request.
/// <https://aws.amazon.com/blogs/compute/more-room-to-build-serverless-services-now-support-payloads-up-to-1-mb>
const MAX_ENTRIES: usize = 1_048_576;
/// Bytes in a request, whose JSON may be written with more than it says.
const MAX_REQUEST: usize = 4 * MAX_ENTRIES;

// ANCHOR: rules
/// Which rules an event meets.
pub struct Rules {
    rules: Vec<Rule>,
    patterns: Quamina<usize>,
}

impl Rules {
    /// The rules of a table.
    ///
    /// # Errors
    ///
    /// When one has no good pattern.
    pub fn new(table: &Table) -> Result<Self> {
        let rules = table.rules.clone();
        let mut patterns = Quamina::new();
        for (number, rule) in rules.iter().enumerate() {
            let added = patterns.add_pattern(number, &rule.pattern);
            added.with_context(|| rule.name.clone())?;
        }
        Ok(Self { rules, patterns })
    }

    /// The rules that an event meets, in the order of the table.
    ///
    /// # Errors
    ///
    /// When it is no JSON.
    pub fn met(&self, event: &[u8]) -> Result<Vec<&Rule>> {
        let mut numbers = self.patterns.matches_for_event(event)?;
        numbers.sort_unstable();
        let rules = numbers.iter().filter_map(|number| self.rules.get(*number));
        Ok(rules.collect())
    }
}
// ANCHOR_END: rules

/// The bus of a host.
pub struct Bus {
    /// Which events go where.
    pub rules: Rules,
    /// The functions, by their names.
    pub functions: BTreeMap<String, Arc<Pool>>,
    /// Events on their way.
    pub deliveries: Deliveries,
    /// Every event says where it is from.
    pub region: String,
}

/// What a function sends.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PutEvents {
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    #[serde(default)]
    source: String,
    #[serde(default)]
    detail_type: String,
    #[serde(default)]
    detail: String,
    event_bus_name: Option<String>,
    /// Seconds since 1970.
    time: Option<f64>,
    #[serde(default)]
    resources: Vec<String>,
}

impl Entry {
    /// What is wrong with it at first sight.
    fn fault(&self) -> Option<Refusal> {
        let bus = self.event_bus_name.as_deref().unwrap_or("default");
        let invalid = "InvalidArgument";
        let faults = [
            (
                self.source.is_empty(),
                Refusal(invalid, "Source is missing"),
            ),
            (
                self.detail_type.is_empty(),
                Refusal(invalid, "DetailType is missing"),
            ),
            (
                bus != "default",
                Refusal(invalid, "EventBusName is not default"),
            ),
            (
                self.source.starts_with("aws."),
                Refusal("NotAuthorizedForSourceException", "Source is AWS's"),
            ),
        ];
        faults
            .into_iter()
            .find_map(|(is_so, fault)| is_so.then_some(fault))
    }
}

/// Why an entry, or a request, is refused: the code, and in words.
#[derive(Debug)]
pub struct Refusal(pub &'static str, pub &'static str);

// ANCHOR: put_events
/// The bus, as functions see it.
pub fn router(bus: Arc<Bus>) -> Router {
    Router::new()
        .route("/", post(put_events))
        .layer(DefaultBodyLimit::max(MAX_REQUEST))
        .with_state(bus)
}

async fn put_events(State(bus): State<Arc<Bus>>, head: HeaderMap, body: Bytes) -> Response {
    take(&head, &body, &bus.region, |id, event| bus.put(id, &event))
}

/// Takes what a function sends from `region`, has each event `put` with its number, and
/// answers.
pub fn take(
    head: &HeaderMap,
    body: &[u8],
    region: &str,
    put: impl Fn(&str, Bytes) -> Result<(), Refusal>,
) -> Response {
    let entries = match entries(head, body) {
        Ok(entries) => entries,
        Err(Refusal(code, message)) => {
            let body = json!({ "__type": code, "message": message });
            return (StatusCode::BAD_REQUEST, amazon_json(&body)).into_response();
        }
    };
    let told = entries.iter().map(|entry| {
        let id = Uuid::now_v7().to_string();
        let event = entry.envelope(&id, region);
        match event.and_then(|event| put(&id, event.to_string().into())) {
            Ok(()) => json!({ "EventId": id }),
            Err(Refusal(code, message)) => json!({ "ErrorCode": code, "ErrorMessage": message }),
        }
    });
    let told: Vec<Value> = told.collect();
    let failed = told.iter().filter(|told| told.get("EventId").is_none());
    let failed = failed.count();
    amazon_json(&json!({ "FailedEntryCount": failed, "Entries": told })).into_response()
}

// ANCHOR_END: put_events

impl Bus {
    // ANCHOR: put
    /// Has an event delivered to the function of every rule that it meets. It has not
    /// got there yet when this comes back.
    fn put(&self, id: &str, event: &Bytes) -> Result<(), Refusal> {
        let odd = Refusal("MalformedDetail", "the event is no JSON");
        let rules = self.rules.met(event).map_err(|_| odd)?;
        let found = rules.into_iter().filter_map(|rule| {
            let function = self.functions.get(&rule.function)?;
            Some((rule.name.clone(), Arc::clone(function)))
        });
        let ways: Vec<_> = found.collect();
        if !self.deliveries.deliver(id, event, ways) {
            return Err(Refusal("ThrottlingException", "too many events wait"));
        }
        Ok(())
    }
    // ANCHOR_END: put
}

impl Entry {
    // ANCHOR: envelope
    /// An event, as those get it who want it.
    /// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html>
    fn envelope(&self, id: &str, region: &str) -> Result<Value, Refusal> {
        if let Some(refusal) = self.fault() {
            return Err(refusal);
        }
        let odd = Refusal("MalformedDetail", "Detail is not the text of a JSON object");
        let detail: Map<String, Value> = serde_json::from_str(&self.detail).map_err(|_| odd)?;
        let odd = Refusal("InvalidArgument", "Time is no time");
        let time = self
            .time
            .map_or_else(|| Some(Utc::now()), when)
            .ok_or(odd)?;
        Ok(json!({
            "version": "0",
            "id": id,
            "detail-type": self.detail_type,
            "source": self.source,
            "account": "000000000000",
            "time": time.to_rfc3339_opts(SecondsFormat::Secs, true),
            "region": region,
            "resources": self.resources,
            "detail": detail,
        }))
    }
    // ANCHOR_END: envelope
}

/// A time, of which year 9999 is the last that has a name.
fn when(seconds: f64) -> Option<DateTime<Utc>> {
    let since = Duration::try_from_secs_f64(seconds).ok();
    let since = since.filter(|since| since.as_secs() < 253_402_300_800)?;
    Some((UNIX_EPOCH + since).into())
}

/// The entries of a request.
fn entries(head: &HeaderMap, body: &[u8]) -> Result<Vec<Entry>, Refusal> {
    let target = head.get("x-amz-target").map(AsRef::as_ref);
    if target != Some(b"AWSEvents.PutEvents") {
        return Err(Refusal(
            "UnknownOperationException",
            "this bus knows AWSEvents.PutEvents",
        ));
    }
    let read = serde_json::from_slice::<PutEvents>(body);
    let odd = |_| Refusal("SerializationException", "this is not what PutEvents takes");
    let entries = read.map_err(odd)?.entries;
    // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html#eb-putevent-size
    let size = |entry: &Entry| {
        let texts = [&entry.source, &entry.detail_type, &entry.detail].into_iter();
        let texts = texts.chain(&entry.resources).map(String::len);
        texts.sum::<usize>() + entry.time.map_or(0, |_| 14)
    };
    if !(1..=10).contains(&entries.len()) {
        return Err(Refusal(
            "ValidationException",
            "a request has 1 to 10 entries",
        ));
    }
    if entries.iter().map(size).sum::<usize>() > MAX_ENTRIES {
        return Err(Refusal(
            "ValidationException",
            "its entries have at most 1 MB",
        ));
    }
    Ok(entries)
}

fn amazon_json(body: &Value) -> impl IntoResponse + use<> {
    (
        [(header::CONTENT_TYPE, "application/x-amz-json-1.1")],
        body.to_string(),
    )
}
