//! What a function says to its host.

use super::*;
use anyhow::bail;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use serde_json::Value;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::Mutex;

/// What was said of which event.
type Said = Vec<(String, Value)>;

/// The other side: events that are still to come, and what was said.
#[derive(Clone, Default)]
struct Host(Arc<Mutex<(Vec<&'static str>, Said)>>);

impl Host {
    async fn next(State(Self(host)): State<Self>) -> impl IntoResponse {
        let mut host = host.lock().await;
        let events = &mut host.0;
        if events.is_empty() {
            return (StatusCode::GONE, HeaderMap::new(), "");
        }
        let event = events.remove(0);
        let id = (
            header::HeaderName::from_static("lambda-runtime-aws-request-id"),
            event.len(),
        );
        (
            StatusCode::OK,
            HeaderMap::from_iter([(id.0, id.1.into())]),
            event,
        )
    }

    /// Wants no answer to an event of nine bytes.
    async fn said(
        State(Self(host)): State<Self>,
        Path((id, end)): Path<(String, String)>,
        body: Bytes,
    ) -> StatusCode {
        let mut host = host.lock().await;
        let body = serde_json::from_slice(&body).unwrap_or_default();
        host.1.push((format!("{id} {end}"), body));
        if id == "9" {
            StatusCode::BAD_REQUEST
        } else {
            StatusCode::ACCEPTED
        }
    }
}

/// A handler that gives each number back, and does not like some.
async fn handler(number: u32) -> Result<u32> {
    match number {
        7 => bail!("seven is unlucky"),
        13 => panic!("thirteen is worse"),
        number => Ok(number),
    }
}

/// What is said when these events come, and why it ends.
async fn said(events: &[&'static str]) -> Result<(Said, String)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?.to_string();
    let host = Host::default();
    host.0.lock().await.0 = events.to_vec();
    let router = Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(Host::next))
        .route(
            "/2018-06-01/runtime/invocation/{id}/{end}",
            post(Host::said),
        )
        .with_state(host.clone());
    tokio::spawn(async { axum::serve(listener, router).await });
    let end = serve(Api::connect(&address).await?, handler).await;
    let end = end.err().map(|error| format!("{error:#}"));
    let said = host.0.lock().await.1.clone();
    Ok((said, end.unwrap_or_default()))
}

#[tokio::test]
async fn each_answer_goes_to_its_event() -> Result<()> {
    let (said, end) = said(&["1", "22", "333"]).await?;
    let due = [("1 response", 1), ("2 response", 22), ("3 response", 333)];
    assert_eq!(said, due.map(|(to, answer)| (to.to_owned(), json!(answer))));
    assert_eq!(end, "instead of an event: 410 Gone");
    Ok(())
}

#[tokio::test]
async fn after_an_error_or_a_bug_comes_the_next_event() -> Result<()> {
    let (said, _) = said(&["7", "13", "\"one\"", "333"]).await?;
    let fault = |kind, message| json!({ "errorType": kind, "errorMessage": message });
    let wrong = r#"invalid type: string "one", expected u32 at line 1 column 5"#;
    let due = [
        ("1 error", fault("error", "seven is unlucky")),
        ("2 error", fault("panic", "thirteen is worse")),
        ("5 error", fault("event", wrong)),
        ("3 response", json!(333)),
    ];
    assert_eq!(said, due.map(|(to, answer)| (to.to_owned(), answer)));
    Ok(())
}

#[tokio::test]
async fn an_answer_that_nobody_wants_any_more_is_no_reason_to_end() -> Result<()> {
    let (said, _) = said(&["111111111", "22"]).await?;
    assert_eq!(said.last(), Some(&("2 response".to_owned(), json!(22))));
    Ok(())
}
