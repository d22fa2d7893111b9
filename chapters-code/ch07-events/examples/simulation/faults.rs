//! The way to the database and to the bus, on which goes wrong what may.

use std::fmt::{self, Debug, Formatter};
use std::future::{pending, poll_fn};
use std::io::{self, ErrorKind};
use std::mem;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use aws_sdk_dynamodb::config::http::{HttpRequest, HttpResponse};
use aws_sdk_dynamodb::config::{HttpClient, RuntimeComponents};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::HttpError;
use fastrand::Rng;

use crate::bus::Bus;
use crate::guards::{self, Guard};
use crate::state::{State, Stop};
use crate::tally::Fault;

/// The way of all processes of a seed, of which one is awake at a time.
#[derive(Clone)]
pub struct Wire(Arc<Inner>);

struct Inner {
    /// The way to the database.
    real: SharedHttpClient,
    bus: Bus,
    without: Option<Guard>,
    state: Mutex<State>,
}

/// Where a process is.
pub enum Stand<T> {
    /// At a call, which it has not made yet.
    AtCall,
    /// It is no more.
    Crashed,
    /// It is done.
    Done(T),
}

/// What becomes of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Answered,
    CrashBefore,
    CrashAfter,
    NotSent,
    AnswerLost,
    /// A transaction meets another one. It is so at AWS, and not on one machine.
    Conflict,
}

impl Wire {
    /// The way to the `real` database and to a bus.
    pub fn new(real: SharedHttpClient, bus: Bus, without: Option<Guard>, rng: Rng) -> Self {
        let state = Mutex::new(State::new(rng));
        Self(Arc::new(Inner {
            real,
            bus,
            without,
            state,
        }))
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        let state = self.0.state.lock();
        state.unwrap_or_else(PoisonError::into_inner)
    }

    // ANCHOR: go_on
    /// Wakes a process, which makes the call at which it stands, and goes on to the next.
    pub async fn go_on<T>(
        &self,
        who: &str,
        process: &mut Pin<Box<dyn Future<Output = T>>>,
    ) -> Stand<T> {
        who.clone_into(&mut self.state().who);
        self.state().may_go = true;
        poll_fn(|context| {
            if let Poll::Ready(done) = process.as_mut().poll(context) {
                return Poll::Ready(Stand::Done(done));
            }
            match self.state().stop.take() {
                Some(Stop::AtCall) => Poll::Ready(Stand::AtCall),
                Some(Stop::Crashed) => Poll::Ready(Stand::Crashed),
                None => Poll::Pending,
            }
        })
        .await
    }

    /// Waits until the process is woken.
    async fn turn(&self) {
        poll_fn(|_| {
            let mut state = self.state();
            if mem::take(&mut state.may_go) {
                return Poll::Ready(());
            }
            state.stop = Some(Stop::AtCall);
            Poll::Pending
        })
        .await;
    }

    /// Nobody polls it again.
    async fn crash<T>(&self) -> T {
        self.state().stop = Some(Stop::Crashed);
        pending().await
    }
    // ANCHOR_END: go_on
}

/// A call, as the SDK makes it.
#[derive(Debug, Clone)]
struct Line {
    wire: Wire,
    real: SharedHttpConnector,
}

impl Line {
    // ANCHOR: call
    /// Makes a call when it is its turn, and lets chance decide what becomes of it.
    async fn call(self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        self.wire.turn().await;
        match self.wire.fate(guards::call(&request)) {
            Fate::Answered => self.carry_out(request).await,
            Fate::CrashBefore => self.wire.crash().await,
            Fate::CrashAfter => {
                self.carry_out(request).await?;
                self.wire.crash().await
            }
            Fate::NotSent => Err(broken()),
            Fate::AnswerLost => {
                self.carry_out(request).await?;
                Err(broken())
            }
            Fate::Conflict => refused(&["None", "TransactionConflict"]),
        }
    }
    // ANCHOR_END: call

    async fn carry_out(&self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let wire = &self.wire;
        if guards::call(&request) == "PutEvents" {
            let answer = wire.0.bus.take(wire, &request).await;
            return answer.map_err(|error| ConnectorError::user(error.into()));
        }
        let (letter, told) = (guards::letter(&request), guards::told(&request));
        let response = self.real.call(request).await?;
        if response.status().is_success() {
            let mut state = wire.state();
            if let Some(letter) = letter {
                let letter = state.requests.get(&letter).cloned().unwrap_or(letter);
                *state.letters.entry(letter).or_default() += 1;
            }
            if let Some(request) = told {
                state.done(request);
            }
        }
        Ok(response)
    }

    /// Makes the calls that a transaction without its guard is, up to the first that
    /// fails.
    async fn each(self, calls: Vec<HttpRequest>) -> Result<HttpResponse, ConnectorError> {
        let mut last = Err(broken());
        for call in calls {
            let answer = self.clone().call(call).await?;
            if !answer.status().is_success() {
                return refused(&["ConditionalCheckFailed"]);
            }
            last = Ok(answer);
        }
        last
    }
}

impl Wire {
    fn fate(&self, call: &str) -> Fate {
        let mut state = self.state();
        state.tally.calls += 1;
        let (fate, fault, words) = match (state.chance(), call) {
            (0..5, _) => (Fate::CrashBefore, Fault::CrashBefore, "crashes before it"),
            (5..10, _) => (Fate::CrashAfter, Fault::CrashAfter, "crashes after it"),
            (10..13, _) => (Fate::NotSent, Fault::NotSent, "cannot reach anybody"),
            (13..17, "PutEvents") => (Fate::AnswerLost, Fault::BusAnswerLost, "hears no answer"),
            (13..17, _) => (Fate::AnswerLost, Fault::AnswerLost, "hears no answer"),
            (17..21, "TransactWriteItems") => {
                (Fate::Conflict, Fault::Conflict, "meets another one")
            }
            _ => {
                state.tell_of_it(call);
                return Fate::Answered;
            }
        };
        state.tally.count(fault);
        state.tell_of_it(&format!("{call}, and {words}"));
        fate
    }
}

/// What is said of a transaction that is not carried out.
fn refused(reasons: &[&str]) -> Result<HttpResponse, ConnectorError> {
    let status = 400.try_into();
    let status = status.map_err(|error: HttpError| ConnectorError::user(error.into()))?;
    let cancelled = guards::cancelled(reasons);
    Ok(HttpResponse::new(status, cancelled.into()))
}

/// What is heard of a connection that is no more.
fn broken() -> ConnectorError {
    ConnectorError::io(io::Error::from(ErrorKind::ConnectionReset).into())
}

impl HttpConnector for Line {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let line = self.clone();
        let Some(guard) = self.wire.0.without else {
            return HttpConnectorFuture::new(line.call(request));
        };
        let calls = (guard == Guard::Outbox).then(|| guards::singles(&request));
        match calls.flatten() {
            Some(calls) => HttpConnectorFuture::new(line.each(calls)),
            None => HttpConnectorFuture::new(line.call(guard.taken_out_of(request))),
        }
    }
}

impl HttpClient for Wire {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let real = self.0.real.http_connector(settings, components);
        let wire = self.clone();
        SharedHttpConnector::new(Line { wire, real })
    }
}

impl Debug for Wire {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("Wire")
    }
}
