//! Makes an event of a request, and a response of a function's answer: API Gateway's
//! part, in its payload format 2.0.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, ensure};
use aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use aws_lambda_events::encodings::{Base64Data, Body as Sent};
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use axum::response::{IntoResponse, Response};
use ch01_bare_server::problem::Problem;
use ch02_virtual_server::admission::{MAX_BODY, refusal};
use ch02_virtual_server::answer::Answer;
use ch02_virtual_server::api;
use chrono::Utc;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use tracing::error;

use crate::failure::Failure;
use crate::pool::Pool;

/// How long a customer waits for a process to be free.
const PATIENCE: Duration = Duration::from_secs(2);

// ANCHOR: gateway
/// The routes, each with the processes of its function.
#[derive(Default)]
pub struct Gateway(matchit::Router<Vec<(Method, String, Arc<Pool>)>>);

impl Gateway {
    /// Leads requests to a function.
    ///
    /// # Errors
    ///
    /// When there is a route already that has the same paths.
    pub fn add(&mut self, method: Method, path: &str, pool: Arc<Pool>) -> Result<()> {
        let key = format!("{method} {path}");
        let mut others = self.0.remove(path).unwrap_or_default();
        others.push((method, key, pool));
        Ok(self.0.insert(path, others)?)
    }
}

// ANCHOR_END: gateway

// ANCHOR: answer
/// Answers a request with what a function answers.
pub async fn answer(State(gateway): State<Arc<Gateway>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let Ok(found) = gateway.0.at(head.uri.path()) else {
        return Answer::from(refusal(404)).into_response();
    };
    let wanted = match head.method {
        Method::HEAD => Method::GET,
        ref method => method.clone(),
    };
    let Some((_, key, pool)) = found.value.iter().find(|route| route.0 == wanted) else {
        let methods = found.value.iter().map(|route| &route.0);
        return no_such_method(head.method, methods).await;
    };
    let parameters = decoded(found.params.iter());
    let body = axum::body::to_bytes(body, MAX_BODY).await;
    let body = body.unwrap_or_default();
    let event = event(key, &head, &parameters, &body);
    match pool.invoke(event.to_string().into(), PATIENCE).await {
        Ok(answer) => response(&answer).unwrap_or_else(|error| {
            error!(route = key, because = format!("{error:#}"), "an odd answer");
            failed().into_response()
        }),
        Err(failure) => {
            error!(route = key, because = %failure, "no answer");
            let busy = matches!(failure, Failure::Busy | Failure::Stopped);
            let answer = if busy { away() } else { failed() };
            answer.into_response()
        }
    }
}
// ANCHOR_END: answer

async fn no_such_method(method: Method, methods: impl Iterator<Item = &Method>) -> Response {
    let mut allow: Vec<&str> = methods.map(Method::as_str).collect();
    if allow.contains(&"GET") {
        allow.push("HEAD");
    }
    let answer = api::no_such_method(method).await;
    ([(header::ALLOW, allow.join(","))], answer).into_response()
}

/// Why is for the log, and none of a customer's business.
fn failed() -> Answer {
    let detail = "it is not known whether it was done; somebody must look after it";
    Problem::new(
        500,
        "function-failed",
        "A part of the shop has failed",
        detail,
    )
    .into()
}

fn away() -> Answer {
    let detail = "too many want the same; try again in a moment";
    let mut answer = Answer::from(Problem::new(503, "shop-away", "The shop is away", detail));
    answer.retry_after = Some(1);
    answer
}

// ANCHOR: event
/// The event that a request to the route `key` is.
#[must_use]
pub fn event(key: &str, head: &Parts, parameters: &BTreeMap<String, String>, body: &[u8]) -> Value {
    let headers = headers(&head.headers);
    let text = str::from_utf8(body);
    let (is_text, is_empty) = (text.is_ok(), body.is_empty());
    let body = text.map_or_else(|_| Sent::Binary(body.to_vec()), Sent::from);
    let mut event = json!({
        "version": "2.0",
        "routeKey": key,
        "rawPath": head.uri.path(),
        "rawQueryString": head.uri.query().unwrap_or_default(),
        "requestContext": context(key, head, &headers),
        "headers": headers,
        "isBase64Encoded": !is_text,
    });
    let more = [
        ("pathParameters", json!(parameters), parameters.is_empty()),
        (
            "queryStringParameters",
            query(head),
            head.uri.query().is_none(),
        ),
        ("body", json!(body), is_empty),
    ];
    for (name, value, _) in more.into_iter().filter(|more| !more.2) {
        event[name] = value;
    }
    event
}
// ANCHOR_END: event

// ANCHOR: context
/// What an event says of its request, beside the request. The server does not say from
/// where that has come, so `sourceIp` is empty.
fn context(key: &str, head: &Parts, headers: &BTreeMap<&str, String>) -> Value {
    let now = Utc::now();
    json!({
        "accountId": "000000000000",
        "apiId": "shop",
        "domainName": headers.get("host"),
        "http": {
            "method": head.method.as_str(),
            "path": head.uri.path(),
            "protocol": format!("{:?}", head.version),
            "sourceIp": "",
            "userAgent": headers.get("user-agent"),
        },
        "requestId": headers.get("x-request-id"),
        "routeKey": key,
        "stage": "$default",
        "time": now.format("%d/%b/%Y:%H:%M:%S %z").to_string(),
        "timeEpoch": now.timestamp_millis(),
    })
}
// ANCHOR_END: context

/// What a path has in the places of its route.
fn decoded<'a>(parameters: impl Iterator<Item = (&'a str, &'a str)>) -> BTreeMap<String, String> {
    let decode = |text| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let decoded = parameters.map(|(name, value)| (name.to_owned(), decode(value)));
    decoded.collect()
}

/// The fields of a head. Several of a name are one, with commas.
fn headers(given: &HeaderMap) -> BTreeMap<&str, String> {
    let mut headers = BTreeMap::<&str, String>::new();
    for (name, value) in given {
        let value = String::from_utf8_lossy(value.as_bytes());
        let known = headers.entry(name.as_str());
        known
            .and_modify(|known| *known = format!("{known},{value}"))
            .or_insert_with(|| value.into_owned());
    }
    headers
}

/// The parameters of a query. Several of a name are one, with commas.
fn query(head: &Parts) -> Value {
    let mut parameters = BTreeMap::<String, String>::new();
    let query = head.uri.query().unwrap_or_default();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let known = parameters.entry(name.into_owned());
        known
            .and_modify(|known| *known = format!("{known},{value}"))
            .or_insert_with(|| value.into_owned());
    }
    json!(parameters)
}

// ANCHOR: response
/// The response that a function's answer is. One without a status is itself the body.
///
/// # Errors
///
/// When the answer is not of this shape.
pub fn response(answer: &[u8]) -> Result<Response> {
    let mut answer: Value = serde_json::from_slice(answer)?;
    let Some(members) = answer
        .as_object_mut()
        .filter(|it| it.contains_key("statusCode"))
    else {
        return Ok(axum::Json(answer).into_response());
    };
    members.entry("cookies").or_insert_with(|| json!([]));
    let answer: ApiGatewayV2httpResponse = serde_json::from_value(answer)?;
    let status = answer.status_code;
    ensure!((200..600).contains(&status), "the status is {status}");
    let body = match answer.body.unwrap_or_default() {
        Sent::Text(text) if answer.is_base64_encoded => {
            Body::from(serde_json::from_value::<Base64Data>(text.into())?.0)
        }
        Sent::Text(text) => Body::from(text),
        _ => Body::empty(),
    };
    let mut response = Response::new(body);
    *response.status_mut() = u16::try_from(status)?.try_into()?;
    let fields = response.headers_mut();
    fields.extend(answer.headers);
    fields.extend(answer.multi_value_headers);
    for cookie in answer.cookies {
        fields.append(header::SET_COOKIE, cookie.try_into()?);
    }
    // What is the connection's is not the function's.
    for name in [
        header::CONNECTION,
        header::CONTENT_LENGTH,
        header::TRANSFER_ENCODING,
    ] {
        fields.remove(name);
    }
    Ok(response)
}
// ANCHOR_END: response

#[cfg(test)]
mod tests;
