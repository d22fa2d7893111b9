//! How the fake provider tells what has happened: up to three times each, and in any order.

use std::sync::Arc;
use std::time::Duration;

use ch07_events::clock::now;
use serde_json::json;
use tokio::task::spawn_blocking;
use tokio::time::sleep;
use ureq::Agent;

use super::Provider;
use crate::provider::Notice;
use crate::webhook::{SIGNATURE, Secrets};

/// How often something is told until it is heard.
const TIMES: u32 = 3;

/// How long the provider waits for an answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// Whom the provider tells.
#[derive(Debug, Clone)]
pub struct Hook {
    url: Option<String>,
    secrets: Secrets,
    /// How long it waits before it tells something, at most.
    pause: Duration,
    agent: Agent,
}

impl Hook {
    /// Tells this address, once it is known, and signs with these secrets; each time after a pause of up to
    /// `pause`, so that two notices may come in the other order.
    #[must_use]
    pub fn new(url: Option<String>, secrets: Secrets, pause: Duration) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(PATIENCE))
            .proxy(None);
        Self {
            url,
            secrets,
            pause,
            agent: config.build().new_agent(),
        }
    }

    /// Tells this address from now on.
    pub(super) fn turn_to(&mut self, url: String) {
        self.url = Some(url);
    }

    // ANCHOR: send
    /// Tells it once. Whether it was heard.
    async fn send(&self, notice: &Notice) -> bool {
        let Some(url) = &self.url else {
            return false;
        };
        let body = json!(notice).to_string();
        let signature = self.secrets.sign(body.as_bytes(), now());
        let request = self.agent.post(url);
        let request = request
            .header("content-type", "application/json")
            .header(SIGNATURE, signature);
        let sent = spawn_blocking(move || request.send(body));
        let answer = sent.await.ok().and_then(Result::ok);
        answer.is_some_and(|answer| answer.status().is_success())
    }
    // ANCHOR_END: send
}

/// Tells the shop, if there is one to be told: until it was heard, and so many times more.
pub(super) fn tell(provider: &Arc<Provider>, notice: Notice, mut again: u32) {
    let provider = Arc::clone(provider);
    tokio::spawn(async move {
        for _ in 0..TIMES {
            let Some(hook) = provider.hook() else {
                return;
            };
            sleep(hook.pause.mul_f64(fastrand::f64())).await;
            if hook.send(&notice).await {
                if again == 0 {
                    return;
                }
                again -= 1;
            }
        }
    });
}
