//! The function's side of the Runtime API: it asks for an event, and says what became
//! of it.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::any::Any;
use std::env;
use std::panic::AssertUnwindSafe;

use anyhow::{Context, Error, Result, ensure};
use futures_util::FutureExt;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::http::request::Builder;
use hyper::{Request, Response, StatusCode, header};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use tokio::net::TcpStream;
use tracing::{Instrument, error, info_span, warn};

// ANCHOR: run
/// Handles one event after the other, as long as somebody has one.
///
/// # Errors
///
/// When nobody has any more.
pub async fn run<E, A>(handler: impl AsyncFn(E) -> Result<A>) -> Result<()>
where
    E: DeserializeOwned,
    A: Serialize,
{
    serve(Api::connect(&address()?).await?, handler).await
}

async fn serve<E, A>(mut api: Api, handler: impl AsyncFn(E) -> Result<A>) -> Result<()>
where
    E: DeserializeOwned,
    A: Serialize,
{
    loop {
        let (id, payload) = api.next().await?;
        let span = info_span!("event", id);
        // After a bug in one event the next may do well.
        let work = AssertUnwindSafe(handle(&handler, &payload)).catch_unwind();
        let done = work.instrument(span).await;
        match done.unwrap_or_else(|panic| Err(Fault::panic(panic.as_ref()))) {
            Ok(answer) => api.answer(&id, answer).await?,
            Err(fault) => api.fail(&format!("invocation/{id}/error"), &fault).await?,
        }
    }
}
// ANCHOR_END: run

// ANCHOR: handle
async fn handle<E, A>(
    handler: &impl AsyncFn(E) -> Result<A>,
    payload: &[u8],
) -> Result<Vec<u8>, Fault>
where
    E: DeserializeOwned,
    A: Serialize,
{
    let event = serde_json::from_slice(payload).map_err(|error| Fault::event(&error))?;
    let answer = handler(event).await.map_err(|error| Fault::error(&error))?;
    serde_json::to_vec(&answer).map_err(|error| Fault::error(&error.into()))
}
// ANCHOR_END: handle

// ANCHOR: ready
/// Makes what a function needs before its first event. If that fails, whoever has
/// started it is told why.
///
/// # Errors
///
/// Why it failed.
pub async fn ready<T>(preparation: impl Future<Output = Result<T>>) -> Result<T> {
    let prepared = preparation.await;
    if let Err(error) = &prepared {
        let mut api = Api::connect(&address()?).await?;
        api.fail("init/error", &Fault::error(error)).await?;
    }
    prepared
}
// ANCHOR_END: ready

// ANCHOR: api
/// A connection to the Runtime API.
struct Api {
    address: String,
    sender: SendRequest<Full<Bytes>>,
}

impl Api {
    async fn connect(address: &str) -> Result<Self> {
        let stream = TcpStream::connect(address).await;
        let stream = stream.with_context(|| format!("AWS_LAMBDA_RUNTIME_API={address}"))?;
        stream.set_nodelay(true)?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        let address = address.to_owned();
        Ok(Self { address, sender })
    }

    /// Waits for an event: its number and its JSON.
    async fn next(&mut self) -> Result<(String, Bytes)> {
        let next = self.send(Request::get(path("invocation/next")), vec![]);
        let response = next.await?;
        let status = response.status();
        ensure!(status == StatusCode::OK, "instead of an event: {status}");
        let id = response.headers().get("lambda-runtime-aws-request-id");
        let id = id.and_then(|id| id.to_str().ok());
        let id = id.context("an event without a number")?.to_owned();
        Ok((id, response.into_body().collect().await?.to_bytes()))
    }

    // ANCHOR_END: api

    // ANCHOR: tell
    async fn answer(&mut self, id: &str, body: Vec<u8>) -> Result<()> {
        let path = path(&format!("invocation/{id}/response"));
        self.tell(Request::post(path), body).await
    }

    async fn fail(&mut self, what: &str, fault: &Fault) -> Result<()> {
        error!(kind = fault.kind, because = fault.message, "no answer");
        let request = Request::post(path(what));
        let request = request.header("lambda-runtime-function-error-type", fault.kind);
        let body = json!({ "errorType": fault.kind, "errorMessage": fault.message });
        self.tell(request, body.to_string().into()).await
    }
    // ANCHOR_END: tell

    /// Whoever does not want the answer any more, because it came too late, says so, and
    /// has another event nevertheless.
    async fn tell(&mut self, request: Builder, body: Vec<u8>) -> Result<()> {
        let response = self.send(request, body).await?;
        let status = response.status();
        let told = response.into_body().collect().await?.to_bytes();
        if status != StatusCode::ACCEPTED {
            warn!(%status, told = %String::from_utf8_lossy(&told), "the answer is not wanted");
        }
        Ok(())
    }

    async fn send(&mut self, request: Builder, body: Vec<u8>) -> Result<Response<Incoming>> {
        let request = request.header(header::HOST, &self.address);
        let request = request.header(header::CONTENT_TYPE, "application/json");
        let request = request.body(Full::from(body))?;
        let response = self.sender.send_request(request).await;
        response.with_context(|| format!("the function host at {} has gone", self.address))
    }
}

fn address() -> Result<String> {
    let address = env::var("AWS_LAMBDA_RUNTIME_API");
    address.context("AWS_LAMBDA_RUNTIME_API is not set; a function host sets it")
}

fn path(what: &str) -> String {
    format!("/2018-06-01/runtime/{what}")
}

/// Why there is no answer to an event.
struct Fault {
    kind: &'static str,
    message: String,
}

impl Fault {
    /// The handler has said so.
    fn error(error: &Error) -> Self {
        Self {
            kind: "error",
            message: format!("{error:#}"),
        }
    }

    /// It is not the event that the handler reads.
    fn event(error: &serde_json::Error) -> Self {
        Self {
            kind: "event",
            message: error.to_string(),
        }
    }

    fn panic(panic: &(dyn Any + Send)) -> Self {
        let text = panic.downcast_ref::<&str>().copied();
        let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
        Self {
            kind: "panic",
            message: text.unwrap_or("a bug").to_owned(),
        }
    }
}

#[cfg(test)]
mod tests;
