//! The host: the front door, the functions, and the bus between them.

use std::collections::BTreeMap;
use std::env;
use std::io;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result};
use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use ch02_virtual_server::{admission, server};
use ch03_platform::config::Config;
use ch03_platform::logs;
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::time::timeout;
use tracing::{error, info, warn};

use crate::gateway::{self, Gateway};
use crate::pool::Pool;
use crate::process::Site;
use crate::table::Table;

// ANCHOR: host
/// The functions of a table, and what leads to them.
#[derive(Debug)]
pub struct Host {
    /// By their names.
    pub functions: BTreeMap<String, Arc<Pool>>,
}

impl Host {
    /// Makes it ready. No function is started yet.
    pub fn new(table: &Table, print: fn(String)) -> Result<Self> {
        let site = Site {
            bus: String::new(),
            region: env::var("AWS_REGION").unwrap_or_default(),
            print,
            has_limits: has_limits(),
        };
        let pool = |function: &crate::table::Function| {
            (
                function.name.clone(),
                Pool::new(function.clone(), site.clone()),
            )
        };
        Ok(Self {
            functions: table.functions.iter().map(pool).collect(),
        })
    }

    fn gateway(&self, table: &Table) -> Result<Gateway> {
        let mut gateway = Gateway::default();
        for route in &table.routes {
            let pool = self.functions.get(&route.function);
            let pool = pool.context("a route without a function")?;
            gateway.add(route.method.clone(), &route.path, Arc::clone(pool))?;
        }
        Ok(gateway)
    }

    /// Ends all functions.
    pub async fn end(&self) {
        for pool in self.functions.values() {
            pool.end().await;
        }
    }
}
// ANCHOR_END: host

/// Whether the programs are there that give a process its limits.
fn has_limits() -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    let is_there = |name: &str| env::split_paths(&path).any(|folder| folder.join(name).is_file());
    is_there("setpriv") && is_there("prlimit")
}

// ANCHOR: run
/// Runs a host until it is told to stop. Its exit status is 1 if it had to leave
/// requests without an answer, or events undelivered.
///
/// # Errors
///
/// When it cannot listen, or has no threads.
pub fn run(config: &Config, table: &Table) -> Result<ExitCode> {
    let host = config.host;
    let listener = server::listen_at(host, config.port).with_context(|| format!("HOST {host}"))?;
    logs::start(config.log.clone());
    let runtime = Runtime::new()?;
    let ended = runtime.block_on(serve(config, table, listener));
    runtime.shutdown_background();
    ended
}

async fn serve(config: &Config, table: &Table, listener: TcpListener) -> Result<ExitCode> {
    let host = Host::new(table, |line| println!("{line}"))?;
    let told = told_to_stop()?;
    let requests = Arc::new(watch::Sender::new(()));
    let gateway = Arc::new(host.gateway(table)?);
    let router = admission::before(Router::new().fallback(gateway::answer).with_state(gateway));
    let router = router.layer(from_fn_with_state(Arc::clone(&requests), count));
    info!("listening on http://{}", listener.local_addr()?);
    if !has_limits() {
        warn!("functions have no limits: setpriv or prlimit is missing, both of util-linux");
    }
    let conversations = server::serve_until(told, listener, logs::requests(router)).await?;
    let _ = timeout(config.grace, async {
        conversations.closed().await;
    })
    .await;
    let requests = requests.receiver_count();
    host.end().await;
    if requests == 0 {
        info!("ended");
        return Ok(ExitCode::SUCCESS);
    }
    error!(requests, "ended before these were done");
    Ok(ExitCode::FAILURE)
}
// ANCHOR_END: run

/// Each request under way holds an end of the channel.
async fn count(
    State(requests): State<Arc<watch::Sender<()>>>,
    request: Request,
    next: Next,
) -> Response {
    let _end = requests.subscribe();
    next.run(request).await
}

/// Waits for SIGTERM, or for SIGINT. Further ones change nothing.
fn told_to_stop() -> io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! { _ = terminate.recv() => {} _ = interrupt.recv() => {} }
        info!("told to stop");
    })
}

/// Reads the table that the environment names, with programs from beside this one.
///
/// # Errors
///
/// Those of the table.
pub fn table() -> Result<Table> {
    let file = env::var_os("FUNCTIONS").filter(|file| !file.is_empty());
    let file = file.map_or_else(|| PathBuf::from("functions.toml"), PathBuf::from);
    let program = env::current_exe()?;
    let beside = program.parent().unwrap_or(Path::new("/"));
    Ok(Table::read(&file, beside)?)
}
