//! The processes of one function: how many there are, and which gets an event.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName};
use tokio::sync::{oneshot, watch};
use tokio::time::{sleep, timeout};
use tracing::warn;
use uuid::Uuid;

use crate::failure::Failure;
use crate::process::{Deed, Process, Site};
use crate::report::{self, Report};
use crate::runtime_api::{Call, Event};
use crate::table::Function;

/// How long a process may take until it asks for its first event, as at Lambda.
/// <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html>
const INIT: Duration = Duration::from_secs(10);

/// An answer, which is JSON.
pub type Answer = Result<Bytes, Failure>;

/// Somebody waits for an answer.
#[derive(Debug)]
struct Invocation {
    id: String,
    payload: Bytes,
    /// Closed when nobody waits any more.
    taken: oneshot::Sender<oneshot::Receiver<Answer>>,
}

/// An event that a process has taken. Whoever waits for the answer knows.
#[derive(Debug)]
struct Taken {
    id: String,
    payload: Bytes,
    answer: oneshot::Sender<Answer>,
}

impl Invocation {
    /// Takes it, unless nobody waits any more.
    fn take(self) -> Option<Taken> {
        let (answer, promise) = oneshot::channel();
        self.taken.send(promise).ok()?;
        let Self { id, payload, .. } = self;
        Some(Taken {
            id,
            payload,
            answer,
        })
    }
}

// ANCHOR: pool
/// The processes of one function.
#[derive(Debug)]
pub struct Pool {
    function: Function,
    site: Site,
    state: Mutex<State>,
    /// Each process holds an end of it, until it has ended.
    stop: watch::Sender<bool>,
}

#[derive(Debug, Default)]
struct State {
    /// Events that no process has taken yet.
    waiting: VecDeque<Invocation>,
    /// Processes that have asked for an event. The last one is the warmest.
    idle: Vec<oneshot::Sender<Invocation>>,
    /// Processes that are about to ask for one: they start, or have just answered.
    coming: usize,
    /// All processes.
    running: usize,
}

// ANCHOR_END: pool

impl Pool {
    /// A pool that has no process yet.
    #[must_use]
    pub fn new(function: Function, site: Site) -> Arc<Self> {
        Arc::new(Self {
            function,
            site,
            state: Mutex::default(),
            stop: watch::Sender::new(false),
        })
    }

    // ANCHOR: invoke
    /// Gives an event to a process, and waits for its answer.
    ///
    /// # Errors
    ///
    /// [`Failure::Busy`] when no process has taken it within `patience`, and all that
    /// a function can do wrong.
    pub async fn invoke(self: &Arc<Self>, payload: Bytes, patience: Duration) -> Answer {
        let (taken, promised) = oneshot::channel();
        let id = Uuid::now_v7().to_string();
        self.put(Invocation { id, payload, taken });
        let promised = timeout(patience, promised).await;
        let answer = promised.map_err(|_| Failure::Busy)?;
        let answer = answer.map_err(|_| Failure::Stopped)?;
        answer.await.unwrap_or(Err(Failure::Stopped))
    }

    /// Gives an event to the warmest process that is idle. If there is none it waits,
    /// and one more process is started for it, unless there are as many as there may be.
    fn put(self: &Arc<Self>, mut event: Invocation) {
        let mut state = self.state();
        while let Some(process) = state.idle.pop() {
            match process.send(event) {
                Ok(()) => return,
                Err(back) => event = back,
            }
        }
        state.waiting.push_back(event);
        self.staff(&mut state);
    }

    /// Starts one more process if more events wait than processes are coming.
    fn staff(self: &Arc<Self>, state: &mut State) {
        let is_due = state.waiting.len() > state.coming && !*self.stop.borrow();
        if is_due && state.running < self.function.limit {
            state.coming += 1;
            state.running += 1;
            tokio::spawn(Arc::clone(self).run(self.stop.subscribe()));
        }
    }

    // ANCHOR_END: invoke

    /// The name of the function.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.function.name
    }

    /// Ends all processes, whatever they are at, and comes back when they have ended.
    pub async fn end(&self) {
        self.stop.send_replace(true);
        self.stop.closed().await;
    }

    // ANCHOR: run
    /// Runs one process, from its start to its end.
    async fn run(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        let begin = Instant::now();
        match Process::start(&self.function, &self.site).await {
            Ok(mut process) => {
                tokio::select! {
                    () = self.work(&mut process, begin) => {}
                    _ = stop.wait_for(|stop| *stop) => {}
                }
                process.end().await;
            }
            Err(error) => {
                self.state().coming -= 1;
                self.cannot_begin(Failure::Start(error));
            }
        }
        let mut state = self.state();
        state.running -= 1;
        self.staff(&mut state); // Somebody may have waited for this one.
    }

    // ANCHOR_END: run

    // ANCHOR: work
    /// Gives events to a process for as long as it is good for any.
    async fn work(self: &Arc<Self>, process: &mut Process, begin: Instant) {
        let (mut limit, mut is_first) = (INIT, true);
        loop {
            let asked = asked(process, limit).await;
            self.state().coming -= 1;
            let ask = match asked {
                Ok(ask) => ask,
                Err(failure) if is_first => return self.cannot_begin(failure),
                Err(_) => return,
            };
            let init = is_first.then(|| begin.elapsed());
            let Some(event) = self.event(process).await else {
                return;
            };
            let answer = self.one(process, ask, &event.id, event.payload, init).await;
            let failure = answer.as_ref().err();
            let goes_on = failure.is_none_or(Failure::leaves_it_well);
            if goes_on {
                self.state().coming += 1;
            }
            let _ = event.answer.send(answer);
            if !goes_on {
                return;
            }
            (limit, is_first) = (self.function.timeout, false);
        }
    }
    // ANCHOR_END: work

    // ANCHOR: event
    /// Waits for the next event, but not for ever, and not for a process that has ended.
    async fn event(self: &Arc<Self>, process: &mut Process) -> Option<Taken> {
        loop {
            let mut given = match self.seat() {
                Ok(event) => return Some(event),
                Err(given) => given,
            };
            tokio::select! {
                event = &mut given => match event.ok()?.take() {
                    Some(event) => return Some(event),
                    None => continue,
                },
                () = sleep(self.function.idle) => {}
                // There is nothing that it could have to say: it has ended, or is confused.
                _ = process.does() => {}
            }
            given.close();
            if let Ok(event) = given.try_recv() {
                self.put(event); // It came in the same moment.
            }
            return None;
        }
    }

    /// Takes an event that waits. If there is none, the process waits.
    fn seat(&self) -> Result<Taken, oneshot::Receiver<Invocation>> {
        let mut state = self.state();
        while let Some(event) = state.waiting.pop_front() {
            if let Some(event) = event.take() {
                return Ok(event);
            }
        }
        let (process, given) = oneshot::channel();
        state.idle.retain(|process| !process.is_closed());
        state.idle.push(process);
        Err(given)
    }
    // ANCHOR_END: event

    // ANCHOR: one
    /// Has a process that has asked for an event answer this one.
    async fn one(
        &self,
        process: &mut Process,
        ask: Ask,
        id: &str,
        payload: Bytes,
        init: Option<Duration>,
    ) -> Answer {
        let limit = self.function.timeout;
        let begin = Instant::now();
        let fields = self.fields(id);
        let _ = ask.send(Event { fields, payload });
        let answer = timeout(limit, answered(process, id)).await;
        let answer = answer.unwrap_or(Err(Failure::Timeout(limit)));
        let report = Report {
            id,
            duration: begin.elapsed(),
            init,
            memory: self.function.memory,
            used: process.id().and_then(report::used),
            failure: answer.as_ref().err(),
        };
        (self.site.print)(format!("{} | {report}", self.function.name));
        answer
    }

    // ANCHOR_END: one

    // ANCHOR: fields
    /// What a process is told of an event, beside the event.
    fn fields(&self, id: &str) -> HeaderMap {
        let Function { name, timeout, .. } = &self.function;
        let deadline = SystemTime::now() + *timeout;
        let deadline = deadline.duration_since(UNIX_EPOCH).unwrap_or_default();
        let region = &self.site.region;
        let fields = [
            ("lambda-runtime-aws-request-id", id.to_owned()),
            (
                "lambda-runtime-deadline-ms",
                deadline.as_millis().to_string(),
            ),
            (
                "lambda-runtime-invoked-function-arn",
                format!("arn:aws:lambda:{region}:000000000000:function:{name}"),
            ),
            ("lambda-runtime-trace-id", trace(deadline)),
            ("content-type", "application/json".to_owned()),
        ];
        let field = |(name, value): (&'static str, String)| {
            Some((HeaderName::from_static(name), value.try_into().ok()?))
        };
        fields.into_iter().filter_map(field).collect()
    }
    // ANCHOR_END: fields

    /// A process, or its program, has failed before any event. So that nobody waits in
    /// vain, this is the answer to one of those that wait.
    fn cannot_begin(&self, failure: Failure) {
        let (function, because) = (self.name(), failure.to_string());
        warn!(function, because, "a process has failed at its start");
        let mut state = self.state();
        while let Some(event) = state.waiting.pop_front() {
            if let Some(event) = event.take() {
                let _ = event.answer.send(Err(failure));
                return;
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A process that waits for its next event.
type Ask = oneshot::Sender<Event>;

// ANCHOR: protocol
/// Waits until a process asks for an event.
async fn asked(process: &mut Process, limit: Duration) -> Result<Ask, Failure> {
    let ask = async {
        loop {
            match process.does().await {
                Deed::Call(Call::Next(ask)) => return Ok(ask),
                Deed::Call(Call::Done {
                    id: None,
                    answer: Err(failure),
                    ..
                }) => return Err(failure),
                Deed::Call(Call::Done { .. }) => {} // It has no event.
                Deed::Exit(status) => return Err(Failure::Exit(status)),
            }
        }
    };
    timeout(limit, ask)
        .await
        .unwrap_or(Err(Failure::Timeout(limit)))
}

/// Waits until a process has answered the event `due`.
async fn answered(process: &mut Process, due: &str) -> Answer {
    loop {
        match process.does().await {
            Deed::Call(Call::Done {
                id: Some(id),
                answer,
                is_it,
            }) => {
                let _ = is_it.send(id == due);
                if id == due {
                    return answer;
                }
            }
            Deed::Call(Call::Done { .. }) => {} // It has begun long ago.
            Deed::Call(Call::Next(_)) => return Err(Failure::Order),
            Deed::Exit(status) => return Err(Failure::Exit(status)),
        }
    }
}
// ANCHOR_END: protocol

/// A number for traces, as X-Ray has them.
/// <https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader>
fn trace(now: Duration) -> String {
    let random = Uuid::now_v7().simple().to_string();
    format!("Root=1-{:08x}-{};Sampled=0", now.as_secs(), &random[8..])
}
