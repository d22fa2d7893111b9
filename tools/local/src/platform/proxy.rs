//! One request on its way to a process, and the answer on its way back.

use std::net::IpAddr;
use std::time::Duration;

use anyhow::Result;
use http_body_util::{Either, Empty};
use hyper::body::{Body as _, Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{CONNECTION, HOST, HeaderMap, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Method, Request, Response, Uri, Version};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;
use uuid::Uuid;

/// How long a process may take until it begins to answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// The body of a request: a customer's, or none.
pub type Asked = Either<Incoming, Empty<Bytes>>;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What is meant for the next one on the way and for nobody behind it (RFC 9110, section
/// 7.6.1), besides what the field `Connection` names.
const HOP_BY_HOP: [HeaderName; 7] = [
    CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    HeaderName::from_static("te"),
    HeaderName::from_static("trailer"),
    HeaderName::from_static("transfer-encoding"),
    HeaderName::from_static("upgrade"),
];

/// Asks whoever is at the other end of this connection.
///
/// # Errors
///
/// When there is no answer. Whether the request was read is not known then.
pub async fn exchange(stream: TcpStream, request: Request<Asked>) -> Result<Response<Incoming>> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // It carries the bodies, which go on when the head of the answer is there.
    tokio::spawn(connection);
    Ok(timeout(PATIENCE, sender.send_request(request)).await??)
}

/// A customer's request as it goes on from here.
#[derive(Debug)]
pub struct Outgoing {
    parts: Parts,
    /// `None` once it was sent.
    body: Option<Incoming>,
    /// It changes nothing, and so may be sent again when nobody knows whether it was read.
    pub is_repeatable: bool,
}

impl Outgoing {
    /// The request of a customer at this address.
    pub fn new(request: Request<Incoming>, customer: IpAddr) -> Self {
        let (mut parts, body) = request.into_parts();
        remove_hop_by_hop(&mut parts.headers);
        sign(&mut parts.headers, customer);
        // A connection for each request: one that is kept may be closed just as a request
        // goes out on it, and nobody could tell whether it was read.
        let close = HeaderValue::from_static("close");
        parts.headers.insert(CONNECTION, close);
        if parts.version < Version::HTTP_11 {
            // Nobody had to say then whom they ask, and the router speaks HTTP/1.1.
            let anybody = HeaderValue::from_static("localhost");
            parts.headers.entry(HOST).or_insert(anybody);
            parts.version = Version::HTTP_11;
        }
        if let Some(path) = parts.uri.path_and_query() {
            parts.uri = Uri::from(path.clone());
        }
        let is_safe = matches!(parts.method, Method::GET | Method::HEAD);
        Self {
            is_repeatable: is_safe && body.is_end_stream(),
            parts,
            body: Some(body),
        }
    }

    /// The request, to be sent; `None` if it was before and may have changed something.
    pub fn once(&mut self) -> Option<Request<Asked>> {
        let body = if self.is_repeatable {
            Either::Right(Empty::new())
        } else {
            Either::Left(self.body.take()?)
        };
        Some(Request::from_parts(self.parts.clone(), body))
    }
}

/// Says who asks, and gives the request a name if it has none.
fn sign(headers: &mut HeaderMap, customer: IpAddr) {
    let already = headers.get_all(FORWARDED_FOR).into_iter();
    let mut path: Vec<&str> = already.filter_map(|hops| hops.to_str().ok()).collect();
    let customer = customer.to_string();
    path.push(&customer);
    if let Ok(path) = path.join(", ").parse() {
        headers.insert(FORWARDED_FOR, path);
    }
    if let Ok(name) = Uuid::now_v7().to_string().parse() {
        headers.entry(REQUEST_ID).or_insert(name);
    }
}

/// Takes away what is meant for us alone.
pub fn remove_hop_by_hop(headers: &mut HeaderMap) {
    let named = headers.get_all(CONNECTION).into_iter();
    let named = named.filter_map(|names| names.to_str().ok());
    let named = named.flat_map(|names| names.split(','));
    let named: Vec<HeaderName> = named.filter_map(|name| name.trim().parse().ok()).collect();
    for name in named.iter().chain(&HOP_BY_HOP) {
        headers.remove(name);
    }
}
