//! What the book uses of other people's machines, on this one: no account, no Java, no
//! container. [`platform`] is a platform in small; the rest is an embedded `DynamoDB`.
//!
//! That is [dynoxide](https://docs.rs/dynoxide-rs), which speaks the protocol of
//! `DynamoDB` and keeps its tables in `SQLite`. Whoever uses an AWS SDK is sent
//! to it by [`environment`] alone.
//!
//! What differs from `DynamoDB` at AWS, so that no test here proves what it cannot:
//!
//! - Every read is consistent. At AWS a read without `ConsistentRead` may miss a write
//!   that was answered before it, and a Query of a global secondary index always may.
//! - Requests are carried out one after the other, so that a transaction never meets
//!   another one: there is no `TransactionConflictException`, and no
//!   `TransactionConflict` among the reasons for which a transaction was cancelled.
//! - A stream has one shard, however much is written.
//! - Nobody's signature is checked, nothing is throttled, and a table is there as soon
//!   as it was asked for.
//!
//! No difference, but easily taken for one: a write whose condition fails costs as much
//! as one that succeeds, and the error has no `ConsumedCapacity`, here and at AWS.
//!
//! The program `local dynamodb` can inject some of it: `--throttle`, `--lose`, `--conflict`,
//! `--index-delay` and `--partition`.
//!
//! `tests/differences.rs` sees each of these that one machine can show.

pub mod platform;

use std::fs::OpenOptions;
use std::io::{self, ErrorKind, Read};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context, anyhow, ensure};
use dynoxide::Database;
use dynoxide::server::serve_with_shutdown;
use tokio::net;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::time::sleep;

/// How long requests that are under way may take once it is to stop.
const GRACE: Duration = Duration::from_secs(2);

/// A `DynamoDB` that runs until it is dropped.
#[derive(Debug)]
pub struct Local {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Local {
    /// Serves an empty database on a free port. Nothing of it remains.
    ///
    /// # Errors
    ///
    /// When there is no free port, or no memory.
    pub fn in_memory() -> anyhow::Result<Self> {
        Self::start(0, None)
    }

    /// Serves a database on `port`, where 0 takes any free one: that of `file`, which
    /// is made if there is none, or one in memory.
    ///
    /// # Errors
    ///
    /// When the port is taken or not ours to take, and when the file cannot be read or
    /// is something else. The message names it.
    pub fn start(port: u16, file: Option<&Path>) -> anyhow::Result<Self> {
        let listener = listen(port)?;
        let address = listener.local_addr()?;
        let database = open(file)?;
        let runtime = Runtime::new()?;
        let listener = {
            let _inside = runtime.enter();
            net::TcpListener::from_std(listener)?
        };
        let (stop, stopped) = oneshot::channel();
        let thread = thread::spawn(move || runtime.block_on(serve(listener, database, stopped)));
        Ok(Self {
            address,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Where it is: `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Local {
    /// Lets what is under way end, and closes the file.
    fn drop(&mut self) {
        drop(self.stop.take());
        // A panic of the thread was told on standard error.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// The environment in which every AWS SDK finds the `DynamoDB` at `url`, and looks for
/// no account, no region and no credentials elsewhere.
#[must_use]
pub fn environment(url: &str) -> [(&'static str, String); 5] {
    [
        ("AWS_ENDPOINT_URL_DYNAMODB", url.to_owned()),
        ("AWS_REGION", "eu-central-1".to_owned()),
        ("AWS_ACCESS_KEY_ID", "local".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "local".to_owned()),
        // Nobody asks the machine's host for credentials, and waits for an answer.
        ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
    ]
}

/// Listens on 127.0.0.1; on a port that is free if it is 0.
///
/// # Errors
///
/// When the port is taken or not ours to take; the message names it.
pub fn listen(port: u16) -> anyhow::Result<TcpListener> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(|error| {
        let what = match error.kind() {
            ErrorKind::AddrInUse => "somebody listens there already".to_owned(),
            _ => error.to_string(),
        };
        anyhow!("port {port}: {what}; choose another one with --port")
    })?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

fn open(file: Option<&Path>) -> anyhow::Result<Database> {
    let Some(path) = file else {
        return Ok(Database::memory()?);
    };
    let name = path.display();
    let text = path.to_str();
    let text = text.with_context(|| format!("file {name}: its name is no UTF-8"))?;
    // What SQLite takes for something else than the name of a file.
    let is_file = !text.is_empty() && !text.starts_with(':') && !text.starts_with("file:");
    ensure!(is_file, "file {name:?}: write it as ./{name}");
    let is_database = may_be_a_database(path).with_context(|| format!("file {name}"))?;
    ensure!(is_database, "file {name}: it is no SQLite database");
    Database::new(text).with_context(|| format!("file {name}"))
}

/// Whether the file, which is made if there is none, is empty or begins as a database
/// does. <https://www.sqlite.org/fileformat.html>
fn may_be_a_database(path: &Path) -> io::Result<bool> {
    let mut options = OpenOptions::new();
    let file = options.read(true).append(true).create(true).open(path)?;
    let mut head = Vec::new();
    file.take(16).read_to_end(&mut head)?;
    Ok(head.is_empty() || head == b"SQLite format 3\0")
}

/// Serves until `stopped` is told so, and then as long as the grace lasts.
async fn serve(listener: net::TcpListener, database: Database, stopped: oneshot::Receiver<()>) {
    let (ending, ended) = oneshot::channel::<()>();
    let shutdown = async move {
        let _ = stopped.await;
        drop(ending);
    };
    let grace = async move {
        let _ = ended.await;
        sleep(GRACE).await;
    };
    let served = async {
        let served = serve_with_shutdown(listener, database, shutdown).await;
        served.map_err(io::Error::other)
    };
    tokio::select! {
        result = served => if let Err(error) = result { eprintln!("local: {error}") },
        () = grace => {}
    }
}
