//! The front door of the first two steps: HTTP outside, events inside.

use std::collections::BTreeMap;
use std::hint::spin_loop;
use std::process;

use anyhow::Result;
use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use axum::Router;
use axum::extract::{Path, Request};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, on};
use ch02_virtual_server::admission::{MAX_BODY, refusal};
use ch02_virtual_server::answer::Answer;
use ch02_virtual_server::{api, server};
use ch03_platform::config::Config;
use ch04_functions::counter::{self, Counter};
use ch04_functions::gateway;
use serde_json::Value;

const ROUTES: [&str; 4] = [
    "POST /pets",
    "GET /pets/{id}",
    "POST /pets/{id}/adoption",
    "GET /bugs/{bug}",
];

// ANCHOR: serve
/// Serves the routes: each request becomes an event in JSON, and what `ask` makes of
/// it is the response.
///
/// # Errors
///
/// When something is missing in the environment, or the port is taken.
pub async fn serve<F, W>(ask: F) -> Result<()>
where
    F: Fn(Value) -> W + Clone + Send + Sync + 'static,
    W: Future<Output = Result<String>> + Send + 'static,
{
    let config = Config::from_env()?;
    let listener = server::listen_at(config.host, config.port)?;
    println!("listening on http://{}", listener.local_addr()?);
    let mut router = Router::new();
    for route in ROUTES {
        let (method, path) = route.split_once(' ').unwrap_or_default();
        let method = MethodFilter::try_from(Method::try_from(method)?)?;
        let ask = ask.clone();
        let answer = async move |Path(parts): Path<BTreeMap<String, String>>, request: Request| {
            let (head, body) = request.into_parts();
            let body = axum::body::to_bytes(body, MAX_BODY).await;
            let event = gateway::event(route, &head, &parts, &body.unwrap_or_default());
            respond(ask(event).await)
        };
        router = router.route(path, on(method, answer));
    }
    let router = router.method_not_allowed_fallback(api::no_such_method);
    let router = router.fallback(async || Answer::from(refusal(404)));
    Ok(server::serve(listener, router).await?)
}
// ANCHOR_END: serve

/// Whatever is wrong, the customer is told the same, and the log why.
fn respond(answer: Result<String>) -> Response {
    let response = answer.and_then(|answer| gateway::response(answer.as_bytes()));
    response.unwrap_or_else(|error| {
        eprintln!("no answer: {error:#}");
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        (status, "the function has failed\n").into_response()
    })
}

/// The counter, with nobody to tell.
///
/// # Errors
///
/// All that is missing in the environment.
pub async fn counter() -> Result<Counter> {
    let counter = Box::pin(Counter::open(&Config::from_env()?)).await;
    let publisher = None;
    Ok(Counter {
        publisher,
        ..counter
    })
}

// ANCHOR: bugs
/// Answers an event, or has one of three bugs.
///
/// # Panics
///
/// When it has that one.
pub async fn answer(shop: &Counter, event: ApiGatewayV2httpRequest) -> ApiGatewayV2httpResponse {
    match event.path_parameters.get("bug").map(String::as_str) {
        Some("panic") => panic!("a bug"),
        Some("abort") => process::abort(),
        Some("loop") => loop {
            spin_loop();
        },
        _ => counter::answer(shop, "shop", event).await,
    }
}
// ANCHOR_END: bugs
