//! Brings events to functions, and tries again where that fails.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use tokio::sync::watch;
use tokio::time::sleep;
use tracing::{error, warn};

use crate::pool::Pool;

/// How many deliveries wait at most.
const MAX_WAITING: usize = 10_000;
/// Between the tries. Lambda waits for one minute, and for two.
/// <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html>
const PAUSES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(2)];
/// How long an event waits for a process that is free, as at Lambda.
const PATIENCE: Duration = Duration::from_hours(6);

// ANCHOR: deliveries
/// Events on their way, each of which holds an end of the channel.
#[derive(Debug)]
pub struct Deliveries {
    under_way: watch::Sender<()>,
    times: usize,
}

impl Deliveries {
    /// Brings every event this many `times`: *at least once* is all that a bus promises.
    #[must_use]
    pub fn new(times: usize) -> Self {
        let under_way = watch::Sender::new(());
        Self { under_way, times }
    }

    /// Begins to bring an event to functions, each because of a rule. Says no if too
    /// many are under way.
    #[must_use]
    pub fn deliver(&self, id: &str, event: &Bytes, ways: Vec<(String, Arc<Pool>)>) -> bool {
        if self.left() + ways.len() * self.times > MAX_WAITING {
            return false;
        }
        for (rule, function) in ways {
            for _ in 0..self.times {
                let (under_way, event) = (self.under_way.subscribe(), event.clone());
                let (rule, id) = (rule.clone(), id.to_owned());
                let function = Arc::clone(&function);
                tokio::spawn(async move {
                    bring(&rule, &function, &id, event).await;
                    drop(under_way);
                });
            }
        }
        true
    }

    // ANCHOR_END: deliveries

    /// Waits until every event has been delivered, or given up.
    pub async fn done(&self) {
        self.under_way.closed().await;
    }

    /// How many are under way.
    #[must_use]
    pub fn left(&self) -> usize {
        self.under_way.receiver_count()
    }
}

// ANCHOR: bring
/// Brings an event to a function. What the function answers is nobody's business, as
/// long as it does not fail.
async fn bring(rule: &str, function: &Arc<Pool>, id: &str, event: Bytes) {
    let mut pauses = PAUSES.into_iter();
    while let Err(failure) = function.invoke(event.clone(), PATIENCE).await {
        let (because, function) = (failure.to_string(), function.name());
        let Some(pause) = pauses.next() else {
            error!(rule, function, event = id, because, "an event is given up");
            return;
        };
        warn!(
            rule,
            function,
            event = id,
            because,
            "an event is tried again"
        );
        sleep(pause).await;
    }
}
// ANCHOR_END: bring
