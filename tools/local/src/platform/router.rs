//! The router: the one address of an application, before all of its processes.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Result;
use http_body_util::{Either, Empty, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};

use super::proxy::{Outgoing, exchange, remove_hop_by_hop};

/// How long a customer may take to send the head of a request.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where requests go, which changes while they come.
#[derive(Debug, Clone)]
pub struct Router {
    address: SocketAddr,
    routes: Arc<Mutex<Routes>>,
}

#[derive(Debug, Default)]
struct Routes {
    release: u32,
    processes: Vec<SocketAddr>,
    turn: usize,
}

impl Router {
    /// Listens on `port`, where 0 takes any free one, and serves from then on.
    ///
    /// # Errors
    ///
    /// When the port is taken or not ours to take.
    pub fn open(port: u16) -> Result<Self> {
        let listener = TcpListener::from_std(crate::listen(port)?)?;
        let router = Self {
            address: listener.local_addr()?,
            routes: Arc::default(),
        };
        tokio::spawn(router.clone().serve(listener));
        Ok(router)
    }

    /// Where it is: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on requests go to the processes of this release, in turns.
    pub fn route(&self, release: u32, processes: Vec<SocketAddr>) {
        let mut routes = self.routes();
        // One that was replaced may come up again just then.
        if release >= routes.release {
            *routes = Routes {
                release,
                processes,
                turn: 0,
            };
        }
    }

    /// The processes of this release have ended. If they are those that requests go to,
    /// these go nowhere.
    pub fn forget(&self, release: u32) {
        let mut routes = self.routes();
        if routes.release == release {
            routes.processes.clear();
        }
    }

    async fn serve(self, listener: TcpListener) {
        loop {
            match listener.accept().await {
                Ok((stream, customer)) => {
                    tokio::spawn(self.clone().converse(stream, customer));
                }
                // Most likely there are no file descriptors left.
                Err(_) => sleep(Duration::from_millis(50)).await,
            }
        }
    }

    async fn converse(self, stream: TcpStream, customer: SocketAddr) {
        let _ = stream.set_nodelay(true);
        let answer = |request| async {
            let request = Outgoing::new(request, customer.ip());
            Ok::<_, Infallible>(self.answer(request).await)
        };
        let mut server = http1::Builder::new();
        let server = server
            .timer(TokioTimer::new())
            .header_read_timeout(PATIENCE)
            .half_close(true)
            .serve_connection(TokioIo::new(stream), service_fn(answer));
        // The customer has gone away, or cannot be understood.
        let _ = server.await;
    }

    /// Answers a request, through whichever process takes it.
    async fn answer(&self, mut request: Outgoing) -> Response<Answered> {
        // Once more than there are processes: the release may change meanwhile.
        let tries = self.routes().processes.len() + 1;
        for _ in 0..tries {
            let Some(process) = self.next() else { break };
            // Who refuses a connection has read nothing, and the next one may be asked.
            let Ok(stream) = TcpStream::connect(process).await else {
                continue;
            };
            let Some(once) = request.once() else { break };
            if let Ok(mut answer) = exchange(stream, once).await {
                remove_hop_by_hop(answer.headers_mut());
                return answer.map(Either::Left);
            }
            if !request.is_repeatable {
                break;
            }
        }
        away()
    }

    /// Whose turn it is.
    fn next(&self) -> Option<SocketAddr> {
        let mut routes = self.routes();
        routes.turn += 1;
        let turn = routes.turn % routes.processes.len().max(1);
        routes.processes.get(turn).copied()
    }

    fn routes(&self) -> MutexGuard<'_, Routes> {
        self.routes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the process at this address answers to this path, and with no error of its own.
pub async fn answers_well(process: SocketAddr, path: &str) -> bool {
    let ask = async {
        let request = Request::get(path).header("host", process.to_string());
        let request = request.body(Either::Right(Empty::new()))?;
        exchange(TcpStream::connect(process).await?, request).await
    };
    match timeout(Duration::from_secs(2), ask).await {
        Ok(Ok(answer)) => answer.status() < StatusCode::INTERNAL_SERVER_ERROR,
        _ => false,
    }
}

/// The body of an answer: a process's, or the router's own.
type Answered = Either<Incoming, Full<Bytes>>;

/// The contract's answer of a proxy that reaches no shop.
fn away() -> Response<Answered> {
    let problem = r#"{"type":"/problems/shop-away","title":"The shop does not answer","status":503,"detail":"none of its processes has answered the router"}"#;
    let mut answer = Response::new(Either::Right(Full::from(problem)));
    *answer.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    let fields = answer.headers_mut();
    fields.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/problem+json"),
    );
    fields.insert(RETRY_AFTER, HeaderValue::from_static("1"));
    answer
}

#[cfg(test)]
mod tests;
