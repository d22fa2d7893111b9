//! A process of a function: how it is started, what it does, how it is ended.

use std::convert::Infallible;
use std::future::{IntoFuture, pending};
use std::net::Ipv4Addr;
use std::process::{ExitStatus, Stdio};
use std::{env, io, mem};

use axum::serve::ListenerExt;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, ChildStderr, ChildStdout, Command};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::runtime_api::{self, Call};
use crate::table::Function;

/// Bytes in a line that a function prints; a longer one is cut.
const MAX_PRINTED: u64 = 16_384;

/// What the processes of all functions have around them.
#[derive(Debug, Clone)]
pub struct Site {
    /// Where the bus is.
    pub bus: String,
    /// The region that all is in.
    pub region: String,
    /// Where lines go that functions print, and reports.
    pub print: fn(String),
    /// Whether there are `setpriv` and `prlimit`, both of util-linux.
    pub has_limits: bool,
}

// ANCHOR: process
/// A process of a function.
#[derive(Debug)]
pub struct Process {
    child: Child,
    /// What it says to its Runtime API.
    calls: mpsc::Receiver<Call>,
    printed: Printed,
    /// Its Runtime API, which ends with it.
    _api: JoinSet<io::Result<()>>,
}

/// What a process does.
#[derive(Debug)]
pub enum Deed {
    /// It talks to its Runtime API.
    Call(Call),
    /// It has ended.
    Exit(ExitStatus),
}

// ANCHOR_END: process

impl Process {
    // ANCHOR: start
    /// Starts a process of this function.
    ///
    /// # Errors
    ///
    /// When the machine has no port or no process left.
    pub async fn start(function: &Function, site: &Site) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let mut child = command(function, site)
            .env("AWS_LAMBDA_RUNTIME_API", address.to_string())
            .spawn()?;
        let printed = Printed {
            out: Lines::new(child.stdout.take()),
            err: Lines::new(child.stderr.take()),
            name: function.name.clone(),
            print: site.print,
        };
        let (caller, calls) = mpsc::channel(1);
        let mut api = JoinSet::new();
        let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
        api.spawn(axum::serve(listener, runtime_api::router(caller)).into_future());
        Ok(Self {
            child,
            calls,
            printed,
            _api: api,
        })
    }

    // ANCHOR_END: start

    // ANCHOR: does
    /// Waits until it does something. What it prints before is passed on before.
    pub async fn does(&mut self) -> Deed {
        tokio::select! {
            biased;
            never = self.printed.pass_on() => match never {},
            Some(call) = self.calls.recv() => Deed::Call(call),
            status = self.child.wait() => Deed::Exit(status.unwrap_or_default()),
        }
    }

    /// Its number, unless it has ended.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Ends it, with all that it has started. It is not asked.
    pub async fn end(mut self) {
        let id = self.child.id().and_then(|id| i32::try_from(id).ok());
        if let Some(group) = id.and_then(Pid::from_raw) {
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.child.wait().await;
    }
    // ANCHOR_END: does
}

// ANCHOR: command
/// The program, in an environment of its own. It dies with the host, and may not ask
/// for more memory than it was given. A terminal's Ctrl-C is for the host alone.
fn command(function: &Function, site: &Site) -> Command {
    let bytes = function.memory * 1_024 * 1_024;
    let limits = [
        "setpriv",
        "--pdeathsig=KILL",
        "prlimit",
        &format!("--data={bytes}"),
    ];
    let limits: &[&str] = if site.has_limits { &limits } else { &[] };
    let program = [function.program.as_os_str()];
    let mut words = limits.iter().map(AsRef::as_ref).chain(program);
    let mut command = Command::new(words.next().unwrap_or_default());
    let inherited = ["PATH", "HOME"].into_iter();
    let inherited = inherited.chain(function.told.iter().map(String::as_str));
    let bus = ("AWS_ENDPOINT_URL_EVENTBRIDGE", site.bus.as_str());
    command
        .args(words)
        .env_clear()
        .envs(inherited.filter_map(|name| Some((name, env::var_os(name)?))))
        .envs(&function.environment)
        .envs([bus])
        .env("_HANDLER", &function.handler)
        .env("AWS_LAMBDA_FUNCTION_NAME", &function.name)
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .env(
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
            function.memory.to_string(),
        )
        .env(
            "LAMBDA_TASK_ROOT",
            function.program.parent().unwrap_or(&function.program),
        )
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true);
    command
}
// ANCHOR_END: command

// ANCHOR: printed
/// What a process prints.
#[derive(Debug)]
struct Printed {
    out: Lines<ChildStdout>,
    err: Lines<ChildStderr>,
    name: String,
    print: fn(String),
}

impl Printed {
    /// Passes on every line.
    async fn pass_on(&mut self) -> Infallible {
        loop {
            let line = tokio::select! {
                line = self.out.next() => line,
                line = self.err.next() => line,
            };
            (self.print)(format!("{} | {line}", self.name));
        }
    }
}

// ANCHOR_END: printed

// ANCHOR: lines
#[derive(Debug)]
struct Lines<R> {
    /// Until it is closed.
    pipe: Option<BufReader<R>>,
    /// What has come of the next line.
    line: Vec<u8>,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    fn new(pipe: Option<R>) -> Self {
        let pipe = pipe.map(BufReader::new);
        Self { pipe, line: vec![] }
    }

    /// The next line. Nothing is lost of it if nobody waits for its end.
    async fn next(&mut self) -> String {
        while let Some(pipe) = &mut self.pipe {
            let room = MAX_PRINTED - self.line.len() as u64;
            let read = pipe.take(room).read_until(b'\n', &mut self.line).await;
            if self.line.is_empty() || read.is_err() {
                self.pipe = None;
                continue;
            }
            let line = mem::take(&mut self.line);
            let line = String::from_utf8_lossy(&line);
            return line.trim_end().to_owned();
        }
        pending().await
    }
}
// ANCHOR_END: lines
