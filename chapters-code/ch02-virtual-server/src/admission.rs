//! What must hold of a request before anybody asks what it means.

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, Version, header, request::Parts};
use ch01_bare_server::fields::Complaint;
use ch01_bare_server::problem::Problem;
use ch01_bare_server::reading;
use ch01_bare_server::shop::Command;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body as _, Incoming};
use serde_json::Value;

use crate::answer::Answer;
use crate::keys::Key;
use crate::store::{Order, Tell};

/// Bytes in a request line; a longer one is answered 414.
pub const MAX_REQUEST_LINE: usize = 8_192;
/// Bytes in a head; a larger one is answered 431, by hyper.
pub const MAX_HEAD: usize = 16_384;
/// Bytes in a body; a larger one is answered 413.
pub const MAX_BODY: usize = 65_536;

// ANCHOR: whole
/// Waits until a request is there whole.
///
/// # Errors
///
/// A [`Problem`] when the shop will not have it. Where the next request would begin
/// is then unknown, so the connection must be closed.
pub async fn whole(request: Request<Incoming>) -> Result<Request, Problem> {
    let (head, body) = request.into_parts();
    check(&head)?;
    if body.size_hint().lower() > MAX_BODY as u64 {
        return Err(body_too_large());
    }
    let body = Limited::new(body, MAX_BODY).collect().await;
    let body = body.map_err(|error| {
        if error.is::<LengthLimitError>() {
            return body_too_large();
        }
        malformed(format!("the body cannot be read: {error}"))
    })?;
    Ok(Request::from_parts(head, Body::from(body.to_bytes())))
}
// ANCHOR_END: whole

/// What hyper leaves to whoever uses it.
fn check(head: &Parts) -> Result<(), Problem> {
    let has = |name| head.headers.contains_key(name);
    let target = head
        .uri
        .path_and_query()
        .map_or("", |target| target.as_str());
    if request_line(&head.method, target) > MAX_REQUEST_LINE {
        return Err(target_too_long());
    }
    // RFC 9112, section 3.2: the target is a path, or an address of which this is a part.
    if !target.starts_with('/') && target != "*" {
        return Err(malformed(
            "the target is neither a path nor an http address",
        ));
    }
    let hosts = head.headers.get_all(header::HOST).iter().count();
    if hosts > 1 || (hosts == 0 && head.version == Version::HTTP_11) {
        return Err(malformed(format!("there must be one Host, not {hosts}")));
    }
    if head.method == "POST" && !has(header::CONTENT_LENGTH) && !has(header::TRANSFER_ENCODING) {
        let detail = "send a Content-Length, or send the body chunked";
        let title = "The length of the body is missing";
        return Err(Problem::new(411, "length-required", title, detail));
    }
    let expected = head.headers.get_all(header::EXPECT);
    let known = |value: &[u8]| value.eq_ignore_ascii_case(b"100-continue");
    if !expected.iter().all(|value| known(value.as_bytes())) {
        let detail = "the only Expect that it knows is 100-continue";
        let title = "The shop cannot meet this expectation";
        return Err(Problem::new(417, "expectation-failed", title, detail));
    }
    Ok(())
}

fn request_line(method: &axum::http::Method, target: &str) -> usize {
    method.as_str().len() + target.len() + "  HTTP/1.1".len()
}

// ANCHOR: posted
/// What was posted: a body of JSON, and perhaps an idempotency key.
#[derive(Debug)]
pub struct Posted {
    body: Value,
    key: Option<Key>,
}

impl<S: Send + Sync> FromRequest<S> for Posted {
    type Rejection = Answer;

    async fn from_request(request: Request, state: &S) -> Result<Self, Answer> {
        let path = request.uri().path().to_owned();
        let headers = request.headers().clone();
        let bytes = Bytes::from_request(request, state).await;
        let bytes = bytes.map_err(|error| malformed(error.to_string()))?;
        let name = key(&headers)?;
        let content_type = headers.get(header::CONTENT_TYPE);
        let content_type = content_type.and_then(|value| value.to_str().ok());
        Ok(Self {
            body: reading::json(content_type, &bytes)?,
            key: name.map(|name| Key::new(name, &path, &bytes)),
        })
    }
}

impl Posted {
    /// Makes an order of it.
    ///
    /// # Errors
    ///
    /// An answer that names all that is wrong with the body.
    pub fn order(
        self,
        read: impl FnOnce(&Value) -> Result<Command, Vec<Complaint>>,
        tell: Tell,
    ) -> Result<Order, Answer> {
        let command = read(&self.body).map_err(|complaints| reading::invalid_body(&complaints))?;
        let key = self.key;
        Ok(Order { command, key, tell })
    }
}
// ANCHOR_END: posted

fn key(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let keys = headers.get_all("idempotency-key").iter();
    // What is no text is no key either, and an empty one says so.
    let keys: Vec<&str> = keys.map(|key| key.to_str().unwrap_or_default()).collect();
    reading::idempotency_key(&keys)
}

/// The problem of bytes that are no request.
pub fn malformed(detail: impl Into<String>) -> Problem {
    Problem::new(400, "malformed-request", "This is no HTTP request", detail)
}

/// The problem of a request line that is too long.
#[must_use]
pub fn target_too_long() -> Problem {
    let detail = format!("a request line has at most {MAX_REQUEST_LINE} bytes");
    Problem::new(
        414,
        "target-too-long",
        "The request line is too long",
        detail,
    )
}

fn body_too_large() -> Problem {
    let detail = format!("a body has at most {MAX_BODY} bytes");
    Problem::new(413, "body-too-large", "The body is too large", detail)
}
