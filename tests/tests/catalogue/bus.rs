//! A bus that keeps what it is told, and brings it to nobody.

use std::net::{SocketAddr, TcpListener};
use std::sync::mpsc::{self, Receiver};
use std::thread;

use anyhow::Result;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::runtime;

/// The bus, until the process ends.
pub struct Bus {
    address: SocketAddr,
    events: Receiver<Value>,
}

impl Bus {
    /// Takes any free port.
    pub fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (told, events) = mpsc::channel();
        let router = Router::new().fallback(async move |body: String| {
            put(&body, |event| {
                // Nobody asks any more.
                let _ = told.send(event);
            })
        });
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        thread::spawn(move || {
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener)?;
                axum::serve(listener, router).await
            })
        });
        Ok(Self { address, events })
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The envelopes of what it was told since it was last asked.
    pub fn told(&self) -> Vec<Value> {
        self.events.try_iter().collect()
    }
}

/// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html>
fn put(body: &str, mut keep: impl FnMut(Value)) -> Json<Value> {
    let request: Value = serde_json::from_str(body).unwrap_or_default();
    let mut answers = Vec::new();
    for entry in request["Entries"].as_array().into_iter().flatten() {
        let detail = entry["Detail"].as_str().unwrap_or_default();
        let detail: Value = serde_json::from_str(detail).unwrap_or_default();
        keep(json!({
            "version": "0",
            "id": "1",
            "detail-type": entry["DetailType"],
            "source": entry["Source"],
            "account": "000000000000",
            "time": "2025-11-24T20:59:06Z",
            "region": "eu-central-1",
            "resources": entry.get("Resources").cloned().unwrap_or_else(|| json!([])),
            "detail": detail,
        }));
        answers.push(json!({"EventId": "1"}));
    }
    Json(json!({"FailedEntryCount": 0, "Entries": answers}))
}
