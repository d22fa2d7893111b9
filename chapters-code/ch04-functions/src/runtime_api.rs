//! What a process talks to: Lambda's Runtime API.
//!
//! Each process has one of its own, so that none can answer for another.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::de::IgnoredAny;
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};

use crate::failure::Failure;

/// Bytes in an answer; 6 MB, and a little for what is around them.
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
pub const MAX_ANSWER: usize = 6_291_556;

// ANCHOR: call
/// What a process says.
#[derive(Debug)]
pub enum Call {
    /// It wants an event.
    Next(oneshot::Sender<Event>),
    /// It is done with one, or, if it names none, cannot even begin.
    Done {
        /// The event.
        id: Option<String>,
        /// Its answer, which is JSON.
        answer: Result<Bytes, Failure>,
        /// Whether that is the event which it has. Not to be told at all means that it
        /// has none.
        is_it: oneshot::Sender<bool>,
    },
}

/// An event, as a process gets it.
#[derive(Debug)]
pub struct Event {
    /// The fields that tell of it.
    pub fields: HeaderMap,
    /// JSON.
    pub payload: Bytes,
}

/// The API of one process. What it says goes to `calls`.
pub fn router(calls: mpsc::Sender<Call>) -> Router {
    let runtime = Router::new()
        .route("/invocation/next", get(next))
        .route("/invocation/{id}/response", post(response))
        .route("/invocation/{id}/error", post(error))
        .route("/init/error", post(init_error))
        .layer(DefaultBodyLimit::max(MAX_ANSWER))
        .with_state(calls);
    Router::new().nest("/2018-06-01/runtime", runtime)
}
// ANCHOR_END: call

type Calls = State<mpsc::Sender<Call>>;
/// It is an error when it is too large.
type Body = Result<Bytes, BytesRejection>;

// ANCHOR: next
/// Waits for an event for as long as there is none.
async fn next(State(calls): Calls) -> Response {
    let (ask, event) = oneshot::channel();
    let _ = calls.send(Call::Next(ask)).await;
    match event.await {
        Ok(Event { fields, payload }) => (fields, payload).into_response(),
        Err(_) => refusal(403, "InvalidStateTransition"),
    }
}
// ANCHOR_END: next

// ANCHOR: done
async fn response(State(calls): Calls, Path(id): Path<String>, body: Body) -> Response {
    let answer = match body {
        Ok(body) if serde_json::from_slice::<IgnoredAny>(&body).is_ok() => Ok(body),
        Ok(_) => Err(Failure::Garbage),
        Err(_) => Err(Failure::TooLarge),
    };
    done(&calls, Some(id), answer).await
}

async fn error(State(calls): Calls, Path(id): Path<String>, body: Body) -> Response {
    done(&calls, Some(id), Err(failure(body))).await
}

async fn init_error(State(calls): Calls, body: Body) -> Response {
    done(&calls, None, Err(failure(body))).await
}

/// Passes on that a process is done, and tells it whether it may be.
async fn done(
    calls: &mpsc::Sender<Call>,
    id: Option<String>,
    answer: Result<Bytes, Failure>,
) -> Response {
    let refused = match &answer {
        Ok(_) | Err(Failure::Error { .. }) => None,
        Err(Failure::TooLarge) => Some((413, "RequestEntityTooLarge")),
        Err(_) => Some((400, "InvalidResponse")),
    };
    let (is_it, told) = oneshot::channel();
    let _ = calls.send(Call::Done { id, answer, is_it }).await;
    match (told.await, refused) {
        (Ok(true), None) => (StatusCode::ACCEPTED, Json(json!({ "status": "OK" }))).into_response(),
        (Ok(true), Some((status, kind))) => refusal(status, kind),
        (Ok(false), _) => refusal(400, "InvalidRequestID"),
        (Err(_), _) => refusal(403, "InvalidStateTransition"),
    }
}
// ANCHOR_END: done

/// What is refused, in the words of the Runtime API.
fn refusal(status: u16, kind: &str) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or_default();
    let body = json!({ "errorType": kind, "errorMessage": kind });
    (status, Json(body)).into_response()
}

/// What a function says of its own failure. It may say nothing.
fn failure(body: Body) -> Failure {
    let body: Value = serde_json::from_slice(&body.unwrap_or_default()).unwrap_or_default();
    let text = |member: &str| body[member].as_str().unwrap_or("Unknown").to_owned();
    Failure::Error {
        kind: text("errorType"),
        message: text("errorMessage"),
    }
}
