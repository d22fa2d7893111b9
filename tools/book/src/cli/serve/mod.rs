//! `cargo book`: the book on this machine, rebuilt and reloaded whenever a source file changes.

mod site;
mod watch;

use std::net::{Ipv4Addr, TcpListener};
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result};
use tokio::signal::unix::{SignalKind, signal};

use self::site::{News, Shared};
use super::args::ServeOptions;
use super::{WrongUse, build, tools};
use crate::workspace::Workspace;

const PORT: u16 = 3000;

/// Serves the book until SIGINT or SIGTERM.
pub(super) fn serve(workspace: &Workspace, options: &ServeOptions) -> Result<ExitCode> {
    let listener = listen(options.port, PORT)?;
    let shared = Arc::new(Shared::new(build::default_dest(workspace)));
    let changes = watch::Changes::of(workspace)?;
    rebuild(workspace, &shared)?;
    let address = format!("http://{}", listener.local_addr()?);
    println!("The book is at {address} and follows what you change. Ctrl-C ends it.");
    if options.open {
        open(&address);
    }
    let rebuilder = (workspace.clone(), Arc::clone(&shared));
    thread::spawn(move || follow(&rebuilder.0, &rebuilder.1, changes));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let served = runtime.block_on(until_stopped(listener, shared));
    // Open pages hold connections, and a rebuild may be at work; neither is waited for.
    runtime.shutdown_background();
    served.map(|()| ExitCode::SUCCESS)
}

/// Listens on `insisted`, or else on `usual` or the next port that is free, and says so.
pub(super) fn listen(insisted: Option<u16>, usual: u16) -> Result<TcpListener> {
    let bind = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    if let Some(port) = insisted {
        return bind(port).map_err(|error| {
            WrongUse(format!(
                "port {port} cannot be had ({error}); without --port and PORT a free one is taken"
            ))
            .into()
        });
    }
    let first = bind(usual);
    if first.is_ok() {
        return first.context("listening");
    }
    let listener = (usual + 1..usual + 100)
        .find_map(|port| bind(port).ok())
        .map_or_else(|| bind(0), Ok)
        .context("no port of this machine can be had")?;
    println!(
        "Port {usual} is taken; this is {} instead.",
        listener.local_addr()?.port()
    );
    Ok(listener)
}

async fn until_stopped(listener: TcpListener, shared: Arc<Shared>) -> Result<()> {
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        served = axum::serve(listener, site::routes(shared)) => served.context("serving"),
        _ = interrupt.recv() => Ok(()),
        _ = terminate.recv() => Ok(()),
    }
}

/// Rebuilds after every change, as long as the process lives.
fn follow(workspace: &Workspace, shared: &Shared, mut changes: watch::Changes) {
    while let Some(what) = changes.next() {
        let started = Instant::now();
        match rebuild(workspace, shared) {
            Ok(true) => println!(
                "{what}: rebuilt in {:.1} s",
                started.elapsed().as_secs_f32()
            ),
            Ok(false) => println!("{what}: not rebuilt; the last good book stays"),
            Err(error) => eprintln!("error: {error:#}"),
        }
    }
}

/// Builds the book and tells the open pages. `false` when the pages have problems; those are printed.
///
/// # Errors
///
/// [`WrongUse`] when the site cannot be written.
fn rebuild(workspace: &Workspace, shared: &Shared) -> Result<bool> {
    let built = build::build(workspace, &shared.dest)
        .and_then(|site| shared.exchange(|| site.put_in_place()));
    match built {
        Ok(()) => {
            shared.tell(News::Rebuilt);
            Ok(true)
        }
        Err(error) if error.is::<WrongUse>() => Err(error),
        Err(error) => {
            let problems = format!("{error:#}");
            eprintln!("{problems}");
            shared.tell(News::Problems(problems));
            Ok(false)
        }
    }
}

/// Opens the address in the browser. That it cannot be opened is no reason not to serve it.
fn open(address: &str) {
    let openers: &[&str] = if cfg!(target_os = "macos") {
        &["open"]
    } else {
        &["xdg-open", "wslview"]
    };
    let Some(opener) = openers.iter().find_map(|name| tools::on_path(name)) else {
        println!("No program opens a browser here; open the address yourself.");
        return;
    };
    let started = Command::new(opener)
        .arg(address)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    match started {
        // Waiting for it keeps no defunct process in the list.
        Ok(mut child) => drop(thread::spawn(move || child.wait())),
        Err(error) => {
            println!("The browser cannot be opened ({error}); open the address yourself.");
        }
    }
}
