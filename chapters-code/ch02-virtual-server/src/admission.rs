//! What must hold of a request before anybody asks what it means.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{HeaderValue, StatusCode, Version, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use ch01_bare_server::fields::Complaint;
use ch01_bare_server::problem::Problem;
use ch01_bare_server::reading;
use ch01_bare_server::shop::Command;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Body as _;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::answer::Answer;
use crate::client::Clock;
use crate::order::{Key, Order, Tell};

/// Bytes in a request line; a longer one is answered 414.
pub const MAX_LINE: usize = 8_192;
/// Bytes in a head; a larger one is answered 431, as are more than 100 fields.
pub const MAX_HEAD: usize = 16_384;
/// Bytes in a body; a larger one is answered 413.
pub const MAX_BODY: usize = 65_536;

// ANCHOR: whole
/// The same routes, for requests that have not been looked at yet.
pub fn before(router: Router) -> Router {
    let router = Router::new().fallback_service(router);
    router.layer(from_fn(admit))
}

/// Lets a request in as soon as it is there whole. Where the next one would begin is
/// unknown if the shop will not have this one, so the connection is closed.
async fn admit(request: Request, next: Next) -> Response {
    match whole(request).await {
        Ok(request) => {
            if let Some(clock) = request.extensions().get::<Clock>() {
                clock.stop();
            }
            next.run(request).await
        }
        Err(problem) => ([(header::CONNECTION, "close")], Answer::from(problem)).into_response(),
    }
}

async fn whole(request: Request) -> Result<Request, Problem> {
    let (head, body) = request.into_parts();
    check(&head, body.size_hint().lower())?;
    match Limited::new(body, MAX_BODY).collect().await {
        Ok(body) => Ok(Request::from_parts(head, Body::from(body.to_bytes()))),
        Err(error) if error.is::<LengthLimitError>() => Err(refusal(413)),
        Err(_) => Err(refusal(400)),
    }
}

// ANCHOR_END: whole

// ANCHOR: check
/// Checks what hyper leaves to whoever uses it.
fn check(head: &Parts, announced: u64) -> Result<(), Problem> {
    let line = format!("{} {} HTTP/1.1", head.method, head.uri);
    let path = head.uri.path();
    let values = |name| head.headers.get_all(name).iter().map(HeaderValue::as_bytes);
    let count = |name| values(name).count();
    let (hosts, codings) = (count(header::HOST), count(header::TRANSFER_ENCODING));
    let lengths = codings + count(header::CONTENT_LENGTH);
    let is_host = |host: &[u8]| host.is_empty() || Authority::try_from(host).is_ok();
    let is_chunked = |coding: &[u8]| coding.eq_ignore_ascii_case(b"chunked");
    let is_known = |expected: &[u8]| expected.eq_ignore_ascii_case(b"100-continue");
    let faults = [
        (line.len() > MAX_LINE, 414),
        // RFC 9112, section 3.2: a path, or an address with a path in it.
        (!path.starts_with('/') && path != "*", 400),
        (percent_decode_str(path).decode_utf8().is_err(), 400),
        // The same section: one Host, which only HTTP/1.0 may leave out.
        (hosts == 0 && head.version == Version::HTTP_11, 400),
        (hosts > 1, 400),
        (!values(header::HOST).all(is_host), 400),
        // RFC 9112, section 6.1: chunked once, and nothing that nobody here can undo.
        (codings > 1, 400),
        (!values(header::TRANSFER_ENCODING).all(is_chunked), 400),
        (head.method == "POST" && lengths == 0, 411),
        (announced > MAX_BODY as u64, 413),
        (!values(header::EXPECT).all(is_known), 417),
    ];
    let fault = faults.into_iter().find(|(is_so, _)| *is_so);
    fault.map_or(Ok(()), |(_, status)| Err(refusal(status)))
}
// ANCHOR_END: check

// ANCHOR: refusal
/// What is said of a request because of HTTP, and not of pets.
#[must_use]
pub fn refusal(status: u16) -> Problem {
    let (name, detail) = match status {
        404 => ("no-such-route", "the shop has nothing there"),
        405 => ("method-not-allowed", "Allow names the methods"),
        408 => ("request-timeout", "it takes ten seconds at most"),
        411 => ("length-required", "send a Content-Length"),
        413 => ("body-too-large", "65,536 bytes are allowed"),
        414 => ("target-too-long", "8,192 bytes are allowed"),
        417 => ("expectation-failed", "only 100-continue can be met"),
        431 => ("headers-too-large", "16,384 bytes are allowed"),
        501 => ("method-not-implemented", "the shop does not know it"),
        505 => ("version-not-supported", "send HTTP/1.1 or HTTP/1.0"),
        _ => ("malformed-request", "it breaks a rule of RFC 9112"),
    };
    let words = StatusCode::from_u16(status).unwrap_or_default();
    let title = words.canonical_reason().unwrap_or_default();
    Problem::new(status, name, title, detail)
}
// ANCHOR_END: refusal

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
        let (path, headers) = (request.uri().path().to_owned(), request.headers().clone());
        // What is no text becomes an empty key, and that is none.
        let keys = headers.get_all("idempotency-key").iter();
        let keys: Vec<&str> = keys.map(|key| key.to_str().unwrap_or_default()).collect();
        let key = reading::idempotency_key(&keys)?;
        let content_type = headers.get(header::CONTENT_TYPE);
        let content_type = content_type.and_then(|value| value.to_str().ok());
        let bytes = Bytes::from_request(request, state).await;
        let bytes = bytes.map_err(|_| refusal(400))?;
        let body = reading::json(content_type, &bytes)?;
        let key = key.map(|name| Key::new(name, &path, &bytes));
        Ok(Self { body, key })
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
