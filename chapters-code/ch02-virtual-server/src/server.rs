//! Takes connections, and hands each to hyper.

use std::convert::Infallible;
use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr};
use std::pin::pin;
use std::process;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use ch01_bare_server::settings::Settings;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use listenfd::ListenFd;
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::time::sleep;
use tower::ServiceExt;

use crate::admission::{self, MAX_HEAD};
use crate::client::{Client, Clock, PATIENCE};

// ANCHOR: listen
/// Listens where systemd already does, if it has handed over its socket, else on the
/// port of the settings. Customers wait at the door until somebody serves them.
///
/// # Errors
///
/// When the port is taken or not ours to take, or when what was handed over is no
/// TCP socket that listens.
pub fn listen(settings: &Settings) -> io::Result<std::net::TcpListener> {
    listen_at(Ipv4Addr::LOCALHOST.into(), settings.port)
}

/// Listens at an address of this machine, unless systemd does so already.
///
/// # Errors
///
/// Those of [`listen`].
pub fn listen_at(host: IpAddr, port: u16) -> io::Result<std::net::TcpListener> {
    if let Some(listener) = ListenFd::from_env().take_tcp_listener(0)? {
        return Ok(listener);
    }
    std::net::TcpListener::bind((host, port)).map_err(|error| {
        let advice = format!("port {port}: {error}; set PORT to another one");
        io::Error::new(error.kind(), advice)
    })
}

/// Says on standard output that the shop is ready, and where. A shop that gets as far
/// as this leaves its number in the file `pid`, for whoever has to kill it.
///
/// # Errors
///
/// When the disk refuses, or nobody can be told.
pub fn announce(settings: &Settings, listener: &std::net::TcpListener) -> io::Result<()> {
    settings.write_pid()?;
    println!("listening on http://{}", listener.local_addr()?);
    io::stdout().flush()
}
// ANCHOR_END: listen

// ANCHOR: serve
// ANCHOR: serve_told
/// Serves until SIGTERM or SIGINT. Then it takes no new connection, and comes back when
/// the requests under way are answered. A second signal ends the program at once, with
/// status 143 or 130.
///
/// # Errors
///
/// When there is no runtime for it.
pub async fn serve(listener: std::net::TcpListener, router: Router) -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let told = async {
        tokio::select! { _ = terminate.recv() => {} _ = interrupt.recv() => {} }
    };
    let conversations = serve_until(told, listener, admission::before(router)).await?;
    let status = tokio::select! {
        () = conversations.closed() => return Ok(()),
        _ = terminate.recv() => 143,
        _ = interrupt.recv() => 130,
    };
    process::exit(status)
}
// ANCHOR_END: serve_told

// ANCHOR: serve_until
/// Serves every connection in a task of its own until it is `told` to stop. Each task
/// holds an end of the channel that this gives. What the router gets has not been
/// admitted yet: see [`admission::before`].
///
/// # Errors
///
/// When there is no runtime for it.
pub async fn serve_until(
    told: impl Future<Output = ()>,
    listener: std::net::TcpListener,
    router: Router,
) -> io::Result<watch::Sender<bool>> {
    listener.set_nonblocking(true)?;
    let listener = TcpListener::from_std(listener)?;
    let (stop, stopping) = watch::channel(false);
    let begin = |stream| tokio::spawn(converse(stream, router.clone(), stopping.clone()));
    let mut told = pin!(told);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut told => break,
        };
        match accepted {
            Ok((stream, _)) => drop(begin(stream)),
            // Most likely there are no file descriptors left. To ask again at once would not
            // bring any.
            Err(_) => sleep(Duration::from_millis(50)).await,
        }
    }
    // Whom the kernel has let in would be hung up on.
    for stream in listener.into_std()?.incoming().map_while(Result::ok) {
        stream.set_nonblocking(true)?;
        begin(TcpStream::from_std(stream)?);
    }
    stop.send_replace(true);
    Ok(stop)
}
// ANCHOR_END: serve_until
// ANCHOR_END: serve

// ANCHOR: converse
/// Answers the requests of one connection until either side has enough.
async fn converse(stream: TcpStream, router: Router, mut stopping: watch::Receiver<bool>) {
    let _ = stream.set_nodelay(true);
    let mut first = [0];
    // Told to stop, hyper hangs up on a client of whom it has not heard yet. But the
    // request may be on its way: whoever was let in is waited for, though not for long.
    tokio::select! {
        _ = stream.peek(&mut first) => {}
        () = sleep(PATIENCE) => return,
        () = grace(stopping.clone()) => return,
    }
    let clock = Clock::default();
    let mut client = Client::new(stream, clock.clone());
    let late = {
        let service = service_fn(|request| answer(&router, &clock, request));
        let mut hyper = http1::Builder::new();
        hyper.max_header_size(MAX_HEAD).half_close(true);
        let mut connection = pin!(hyper.serve_connection(TokioIo::new(&mut client), service));
        let mut runs_out = pin!(clock.runs_out());
        let mut open = true;
        loop {
            tokio::select! {
                biased; // What has come is read before it is too late.
                _ = &mut connection => break false,
                () = &mut runs_out => break true,
                _ = stopping.changed(), if open => {
                    connection.as_mut().graceful_shutdown();
                    open = false;
                }
            }
        }
    };
    client.leave(late).await;
}

// ANCHOR_END: converse

/// Comes back a second after the shop was told to stop.
async fn grace(mut stopping: watch::Receiver<bool>) {
    let _ = stopping.wait_for(|stop| *stop).await;
    sleep(Duration::from_secs(1)).await;
}

// ANCHOR: answer
/// Answers one request.
async fn answer(
    router: &Router,
    clock: &Clock,
    mut request: Request<Incoming>,
) -> Result<Response, Infallible> {
    request.extensions_mut().insert(clock.clone());
    let response = router.clone().oneshot(request).await?;
    clock.wind_up();
    Ok(response)
}
// ANCHOR_END: answer
