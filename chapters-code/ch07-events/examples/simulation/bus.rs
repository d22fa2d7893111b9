//! The bus: what decides there is the shop's own.

use std::path::Path;
use std::sync::Arc;
use std::{fs, str};

use anyhow::{Context, Result};
use aws_sdk_dynamodb::config::http::{HttpRequest, HttpResponse};
use axum::body::to_bytes;
use axum::http::{HeaderMap, HeaderValue};
use ch04_functions::bus::{Refusal, take};
use ch04_functions::table::{Rule, Table};
use ch07_events::bus::Rules;
use ch07_events::queue::Queues;
use ch07_events::sources::Sources;
use serde::Deserialize;
use serde_json::Value;

use crate::faults::Wire;
use crate::tally::{self, Fault};

/// Every event says where it is from.
const REGION: &str = "eu-central-1";

/// What leads to functions, as the chapter has it.
pub struct House {
    pub sources: Sources,
    rules: Vec<Rule>,
}

#[derive(Deserialize)]
struct Sheet {
    #[serde(rename = "rule")]
    rules: Vec<Line>,
}

#[derive(Deserialize)]
struct Line {
    name: String,
    pattern: toml::Table,
    function: String,
}

impl House {
    /// Of the table of functions it takes the rules alone: their programs need not be
    /// there.
    pub fn read() -> Result<Self> {
        let infra = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/ch07-events");
        let sources = Sources::read(&infra.join("sources.toml"))?;
        let file = infra.join("functions.toml");
        let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        let sheet: Sheet = toml::from_str(&text)?;
        let rules = sheet.rules.into_iter().map(|line| {
            Ok(Rule {
                name: line.name,
                pattern: serde_json::to_string(&line.pattern)?,
                function: line.function,
            })
        });
        Ok(Self {
            sources,
            rules: rules.collect::<Result<_>>()?,
        })
    }

    /// A bus that puts events into these queues.
    pub fn bus(&self, queues: Arc<Queues>) -> Result<Bus> {
        let table = Table {
            rules: self.rules.clone(),
            ..Table::default()
        };
        let rules = Rules::new(&table, &self.sources)?;
        Ok(Bus { rules, queues })
    }
}

/// A bus that keeps its events in queues.
pub struct Bus {
    rules: Rules,
    queues: Arc<Queues>,
}

impl Bus {
    /// Takes what the teller sends, without a network between them.
    pub async fn take(&self, wire: &Wire, request: &HttpRequest) -> Result<HttpResponse> {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let target = HeaderValue::from_str(target)?;
        let head = HeaderMap::from_iter([("x-amz-target".parse()?, target)]);
        let body = request.body().bytes().unwrap_or_default();
        let answer = take(&head, body, REGION, |_, event| self.put(wire, &event));
        let status = answer.status().as_u16().try_into()?;
        let body = to_bytes(answer.into_body(), usize::MAX).await?;
        Ok(HttpResponse::new(status, body.to_vec().into()))
    }

    /// Puts an event into the queues of those who want it: once, twice, three times, or
    /// not at all, and then it says so.
    fn put(&self, wire: &Wire, event: &[u8]) -> Result<(), Refusal> {
        let mut state = wire.state();
        let (times, fault) = match state.chance() {
            0..4 => (0, Some(Fault::EventRefused)),
            4..14 => (2, Some(Fault::PutTwice)),
            14..20 => (3, Some(Fault::PutThreeTimes)),
            _ => (1, None),
        };
        if let Some(fault) = fault {
            state.tally.count(fault);
        }
        let (about, often) = (about(event), tally::times(times));
        state.tell(&format!("the bus takes {about} {often}"));
        if times == 0 {
            return Err(Refusal("ThrottlingException", "too many events"));
        }
        let odd = Refusal("InternalException", "the event cannot be kept");
        let queues = self.rules.queues(event).map_err(|_| odd)?;
        let queues: Vec<&str> = queues.iter().map(String::as_str).collect();
        for _ in 0..times {
            let sent = str::from_utf8(event).ok();
            let sent = sent.and_then(|event| self.queues.send(&queues, event, state.now).ok());
            sent.ok_or(Refusal("InternalException", "the event cannot be kept"))?;
        }
        Ok(())
    }
}

/// The request that an event is about.
pub fn about(event: &[u8]) -> String {
    let event: Value = serde_json::from_slice(event).unwrap_or_default();
    let request = event["detail"]["request"].as_str();
    request.unwrap_or("something else").to_owned()
}
