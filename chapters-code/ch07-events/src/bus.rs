//! The bus: chapter 4's, which loses nothing that it has taken. An event is in a queue
//! for each rule that it meets, and on the disk, before its sender has an answer.

use std::sync::Arc;

use anyhow::{Context, Result};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::post;
use ch04_functions::bus::{Refusal, take};
use ch04_functions::table::Table;
use quamina::Quamina;
use tracing::error;

use crate::mailroom::Mailroom;
use crate::sources::Sources;

/// Bytes in a request, as in chapter 4.
const MAX_REQUEST: usize = 4 * 1_048_576;

// ANCHOR: rules
/// Which events go into which queues.
pub struct Rules(Quamina<String>);

impl Rules {
    /// The rules of these tables.
    ///
    /// # Errors
    ///
    /// When one has no good pattern.
    pub fn new(table: &Table, sources: &Sources) -> Result<Self> {
        let to_functions = table.rules.iter().map(|rule| {
            let inbox = inbox(&rule.function);
            (&rule.name, &rule.pattern, inbox)
        });
        let to_queues = sources.rules.iter().map(|rule| {
            let queue = rule.queue.clone();
            (&rule.name, &rule.pattern, queue)
        });
        let mut patterns = Quamina::new();
        for (name, pattern, queue) in to_functions.chain(to_queues) {
            let added = patterns.add_pattern(queue, pattern);
            added.with_context(|| name.clone())?;
        }
        Ok(Self(patterns))
    }

    /// The queues that an event goes into.
    ///
    /// # Errors
    ///
    /// When it is no JSON.
    pub fn queues(&self, event: &[u8]) -> Result<Vec<String>> {
        Ok(self.0.matches_for_event(event)?)
    }
}
// ANCHOR_END: rules

// ANCHOR: bus
/// The bus of a host.
pub struct Bus {
    /// Which events go into which queues.
    pub rules: Rules,
    /// Where the queues are.
    pub mail: Arc<Mailroom>,
    /// Every event says where it is from.
    pub region: String,
    /// How often each event is put into its queues.
    pub times: usize,
}

impl Bus {
    fn put(&self, event: &[u8]) -> Result<()> {
        let queues = self.rules.queues(event)?;
        let queues: Vec<&str> = queues.iter().map(String::as_str).collect();
        let text = str::from_utf8(event)?;
        for _ in 0..self.times {
            self.mail.send(&queues, text)?;
        }
        Ok(())
    }
}
// ANCHOR_END: bus

/// The queue of events that wait for a function. Lambda has one for each, too.
#[must_use]
pub fn inbox(function: &str) -> String {
    format!("events of {function}")
}

/// The bus, as functions see it.
pub fn router(bus: Arc<Bus>) -> Router {
    Router::new()
        .route("/", post(put_events))
        .layer(DefaultBodyLimit::max(MAX_REQUEST))
        .with_state(bus)
}

async fn put_events(State(bus): State<Arc<Bus>>, head: HeaderMap, body: Bytes) -> Response {
    let put = |id: &str, event: Bytes| {
        bus.put(&event).map_err(|because| {
            let because = format!("{because:#}");
            error!(event = id, because, "an event is not taken");
            Refusal("InternalException", "the event cannot be kept")
        })
    };
    take(&head, &body, &bus.region, put)
}
