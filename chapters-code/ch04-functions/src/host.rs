//! The host: the front door, the functions, and the bus between them.

use std::future::ready;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::{env, io};

use anyhow::{Context, Result, ensure};
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

use crate::bus::{self, Bus, Rules};
use crate::deliver::Deliveries;
use crate::gateway::{self, Gateway};
use crate::pool::Pool;
use crate::process::Site;
use crate::table::Table;

// ANCHOR: host
/// The functions of a table, and the bus between them.
pub struct Host {
    bus: Arc<Bus>,
    has_limits: bool,
}

// ANCHOR_END: host

impl Host {
    // ANCHOR: open
    /// Opens the bus. No function is started yet. What they print, and what each event
    /// takes, goes to `print`.
    ///
    /// # Errors
    ///
    /// When there is no port, or the environment says nonsense.
    pub async fn open(table: &Table, print: fn(String)) -> Result<Self> {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let own = format!("http://{}", listener.local_addr()?);
        let url = env::var("AWS_ENDPOINT_URL_EVENTBRIDGE").unwrap_or(own);
        let host = Self::with_bus(table, url, print)?;
        tokio::spawn(axum::serve(listener, bus::router(Arc::clone(&host.bus))).into_future());
        Ok(host)
    }

    /// The same for functions that send their events to the bus at `url`.
    ///
    /// # Errors
    ///
    /// When the environment says nonsense.
    pub fn with_bus(table: &Table, url: String, print: fn(String)) -> Result<Self> {
        let site = Site {
            bus: url,
            region: env::var("AWS_REGION").unwrap_or_default(),
            print,
            has_limits: has_limits(),
        };
        let pools = table.functions.iter().map(|function| {
            let pool = Pool::new(function.clone(), site.clone());
            (function.name.clone(), pool)
        });
        let bus = Arc::new(Bus {
            rules: Rules::new(table)?,
            functions: pools.collect(),
            deliveries: Deliveries::new(deliveries()?),
            region: site.region.clone(),
        });
        let has_limits = site.has_limits;
        Ok(Self { bus, has_limits })
    }

    // ANCHOR_END: open

    /// The front door.
    ///
    /// # Errors
    ///
    /// When two routes have the same paths.
    pub fn gateway(&self, table: &Table) -> Result<Router> {
        let mut gateway = Gateway::default();
        for route in &table.routes {
            let pool = Arc::clone(self.function(&route.function)?);
            gateway.add(route.method.clone(), &route.path, pool)?;
        }
        let router = Router::new().fallback(gateway::answer);
        Ok(router.with_state(Arc::new(gateway)))
    }

    /// A function.
    ///
    /// # Errors
    ///
    /// When there is none of this name.
    pub fn function(&self, name: &str) -> Result<&Arc<Pool>> {
        let found = self.bus.functions.get(name);
        found.with_context(|| format!("there is no function {name:?}"))
    }

    /// Waits until every event has been delivered, or given up.
    pub async fn delivered(&self) {
        self.bus.deliveries.done().await;
    }

    /// Ends all functions. Gives the number of events that are not delivered.
    pub async fn end(&self) -> usize {
        let left = self.bus.deliveries.left();
        for function in self.bus.functions.values() {
            function.end().await;
        }
        left
    }
}

/// How many times an event is delivered.
///
/// # Errors
///
/// When `DELIVERIES` says something else than 1 to 3.
pub fn deliveries() -> Result<usize> {
    let set = env::var("DELIVERIES").unwrap_or_default();
    let times = if set.is_empty() { Ok(1) } else { set.parse() };
    let times = times.unwrap_or_default();
    ensure!(
        (1..=3).contains(&times),
        "DELIVERIES={set}: it is how often every event is delivered, 1 to 3"
    );
    Ok(times)
}

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
    let open = async || Ok((Host::open(table, print).await?, ready(())));
    run_with(config, table, open)
}

/// Runs a host that is opened like this, and what else is to be done before its end.
///
/// # Errors
///
/// When it cannot listen, has no threads, or cannot be opened.
pub fn run_with<Last: Future<Output = ()>>(
    config: &Config,
    table: &Table,
    open: impl AsyncFnOnce() -> Result<(Host, Last)>,
) -> Result<ExitCode> {
    let host = config.host;
    let listener = server::listen_at(host, config.port).with_context(|| format!("HOST {host}"))?;
    logs::start(config.log.clone());
    let runtime = Runtime::new()?;
    let ended = runtime.block_on(serve(config, table, listener, open));
    runtime.shutdown_background();
    ended
}

/// Where what functions print goes.
#[expect(clippy::needless_pass_by_value, reason = "it is what a `Site` has")]
pub fn print(line: String) {
    println!("{line}");
}

async fn serve<Last: Future<Output = ()>>(
    config: &Config,
    table: &Table,
    listener: TcpListener,
    open: impl AsyncFnOnce() -> Result<(Host, Last)>,
) -> Result<ExitCode> {
    let told = told_to_stop()?;
    info!("listening on http://{}", listener.local_addr()?);
    let (host, last) = open().await?;
    let requests = Arc::new(watch::Sender::new(()));
    let router = admission::before(host.gateway(table)?);
    let router = router.layer(from_fn_with_state(Arc::clone(&requests), count));
    if !host.has_limits {
        warn!("functions have no limits: setpriv or prlimit is missing, both of util-linux");
    }
    let conversations = server::serve_until(told, listener, logs::requests(router)).await?;
    let under_way = async {
        conversations.closed().await;
        host.delivered().await;
        last.await;
    };
    let _ = timeout(config.grace, under_way).await;
    let (requests, events) = (requests.receiver_count(), host.end().await);
    if requests + events == 0 {
        info!("ended");
        return Ok(ExitCode::SUCCESS);
    }
    error!(requests, events, "ended before these were done");
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
/// Those of [`Table::read`].
pub fn table() -> Result<Table> {
    table_with(&[])
}

/// The same, where something else leads to these functions.
///
/// # Errors
///
/// Those of [`Table::read`].
pub fn table_with(led: &[String]) -> Result<Table> {
    let program = env::current_exe()?;
    let beside = program.parent().unwrap_or(Path::new("/"));
    Ok(Table::read_with(&file(), beside, led)?)
}

/// Where the table is.
#[must_use]
pub fn file() -> PathBuf {
    let set = env::var_os("FUNCTIONS").filter(|file| !file.is_empty());
    set.unwrap_or_else(|| "functions.toml".into()).into()
}
