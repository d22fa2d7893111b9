//! One of the processes that are the shop: how it begins, when it is ready, and how
//! it ends.

use std::io;
use std::net::TcpListener;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::get;
use ch01_bare_server::problem::Problem;
use ch02_virtual_server::answer::Answer;
use ch02_virtual_server::{admission, api, server};
use serde_json::json;
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tracing::{error, info, warn};

use crate::config::Config;
use crate::store::Store;
use crate::{logs, table};

/// How far an instance has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// It has not seen its table yet.
    Starting,
    /// It has.
    Ready,
    /// It was told to stop.
    Leaving,
}

/// The phase, for whoever asks and whoever changes it.
pub type Phases = Arc<watch::Sender<Phase>>;

// ANCHOR: run
/// Runs an instance, whose routes are made of a store, until it is told to stop.
/// Its exit status is 1 if it had to leave requests without an answer.
///
/// # Errors
///
/// When it cannot listen, or has no threads.
pub fn run(config: &Config, shop: impl FnOnce(Store) -> Router) -> anyhow::Result<ExitCode> {
    let host = config.host;
    let listener = server::listen_at(host, config.port).with_context(|| format!("HOST {host}"))?;
    logs::start(config.log.clone());
    let runtime = Runtime::new()?;
    let ended = runtime.block_on(async {
        let store = table::open(&config.table).await;
        let phases = Arc::new(watch::Sender::new(Phase::Starting));
        let router = shop(store.clone())
            .route("/ready", get(ready).with_state(Arc::clone(&phases)))
            .method_not_allowed_fallback(api::no_such_method);
        let told = told_to_stop(Arc::clone(&phases))?;
        info!("listening on http://{}", listener.local_addr()?);
        tokio::spawn(get_ready(store, Arc::clone(&phases)));
        serve(told, listener, router, config.grace, phases).await
    });
    runtime.shutdown_background(); // It would wait for threads that hang.
    ended
}
// ANCHOR_END: run

// ANCHOR: serve
/// Serves until it is told to stop. What is under way then is answered, unless it
/// takes longer than the platform waits before it kills.
async fn serve(
    told: impl Future<Output = ()>,
    listener: TcpListener,
    router: Router,
    grace: Duration,
    phases: Phases,
) -> anyhow::Result<ExitCode> {
    let router = admission::before(router);
    let router = router.layer(from_fn_with_state(Arc::clone(&phases), count));
    let conversations = server::serve_until(told, listener, logs::requests(router)).await?;
    let _ = timeout(grace, conversations.closed()).await;
    match phases.receiver_count() {
        0 => {
            info!("ended");
            Ok(ExitCode::SUCCESS)
        }
        requests => {
            error!(requests, "ended before these were answered");
            Ok(ExitCode::FAILURE)
        }
    }
}

/// Each request under way holds an end of the channel.
async fn count(State(phases): State<Phases>, request: Request, next: Next) -> Response {
    let _end = phases.subscribe();
    next.run(request).await
}

/// Waits for SIGTERM, or for SIGINT. Further ones change nothing: a terminal sends
/// one to all, and whoever keeps the processes another. The grace is short.
fn told_to_stop(phases: Phases) -> io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! { _ = terminate.recv() => {} _ = interrupt.recv() => {} }
        phases.send_replace(Phase::Leaving);
        info!("told to stop");
    })
}
// ANCHOR_END: serve

// ANCHOR: ready
/// `GET /ready`: whether customers may be sent here.
async fn ready(State(phases): State<Phases>) -> Answer {
    match *phases.borrow() {
        Phase::Ready => Answer::ok(&json!({ "status": "ready" })),
        Phase::Starting => not_ready("this instance has not seen its table yet"),
        Phase::Leaving => not_ready("this instance was told to stop"),
    }
}

fn not_ready(detail: &str) -> Answer {
    let title = "Send customers to another instance";
    let mut answer = Answer::from(Problem::new(503, "not-ready", title, detail));
    answer.retry_after = Some(1);
    answer
}

/// An instance that has never seen its table may have wrong settings. One that has
/// seen it stays ready without it: there is none that could do better.
async fn get_ready(store: Store, phases: Phases) {
    while let Err(failure) = store.reach().await {
        warn!(because = %failure, "not ready");
        sleep(Duration::from_secs(1)).await;
    }
    let is_new = phases.send_if_modified(|phase| {
        let is_starting = *phase == Phase::Starting;
        *phase = if is_starting { Phase::Ready } else { *phase };
        is_starting
    });
    if is_new {
        info!("ready");
    }
}
// ANCHOR_END: ready
