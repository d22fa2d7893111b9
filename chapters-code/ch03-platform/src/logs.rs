//! What the shop says of itself: lines of JSON on standard output, of which each
//! names the request that it is about.

use std::panic;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::response::Response;
use tower::ServiceBuilder;
use tower_http::request_id::{
    MakeRequestUuid, PropagateRequestIdLayer, RequestId, SetRequestIdLayer,
};
use tower_http::trace::TraceLayer;
use tracing::{Span, error, info, info_span};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// The field with the number of a request.
pub const REQUEST_ID: &str = "x-request-id";

// ANCHOR: start
/// Begins to log. Where the lines go from standard output is the platform's affair.
pub fn start(what: Targets) {
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_span_list(false);
    tracing_subscriber::registry().with(what).with(lines).init();
    panic::set_hook(Box::new(|panic| error!(%panic, "a bug")));
}
// ANCHOR_END: start

// ANCHOR: requests
/// Gives every request a number, unless it comes with one, logs how it was
/// answered, and tells the customer the number.
pub fn requests(router: Router) -> Router {
    router.layer(
        ServiceBuilder::new()
            .map_request(forget_odd_id)
            .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
            .layer(
                TraceLayer::new_for_http()
                    .make_span_with(span)
                    .on_request(())
                    .on_response(answered)
                    .on_failure(()),
            )
            .layer(PropagateRequestIdLayer::x_request_id()),
    )
}

/// All that is logged until the answer is there names this.
fn span(request: &Request) -> Span {
    let id = request.extensions().get::<RequestId>();
    let id = id.and_then(|id| id.header_value().to_str().ok());
    info_span!("request", id, method = %request.method(), path = request.uri().path())
}

fn answered(response: &Response, took: Duration, _: &Span) {
    let status = response.status().as_u16();
    let ms = (took.as_secs_f64() * 10_000.0).round() / 10.0;
    info!(status, ms, "answered");
}
// ANCHOR_END: requests

// ANCHOR: odd
/// A number that somebody else has given is kept if it looks like one: whoever
/// reads the log finds the same request there and at the platform's router.
fn forget_odd_id(mut request: Request) -> Request {
    let ids = request.headers().get_all(REQUEST_ID).iter();
    let ids: Vec<&HeaderValue> = ids.collect();
    let is_good = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:=+/".contains(byte);
    let is_id = |id: &[u8]| (1..=128).contains(&id.len()) && id.iter().all(is_good);
    if !matches!(ids.as_slice(), [id] if is_id(id.as_bytes())) {
        request.headers_mut().remove(REQUEST_ID);
    }
    request
}
// ANCHOR_END: odd
