//! The way to a database on this machine.

use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::Result;
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use local::Local;
use tokio::net::TcpStream;

use super::call::remove_hop_by_hop;

type Connection = SendRequest<Full<Bytes>>;

/// A database that is asked over connections that are kept.
#[derive(Debug)]
pub struct Database {
    address: String,
    /// Those that nobody uses. The database closes none before its end.
    idle: Mutex<Vec<Connection>>,
}

impl Database {
    /// The way to this one.
    pub fn new(local: &Local) -> Self {
        Self {
            address: local.url().replace("http://", ""),
            idle: Mutex::default(),
        }
    }

    /// Asks it, and reads the answer to its end.
    ///
    /// # Errors
    ///
    /// When it does not answer, as it is about to end.
    pub async fn ask(&self, request: Request<Bytes>) -> Result<Response<Bytes>> {
        let mut connection = self.connection().await?;
        let answer = connection.send_request(request.map(Full::new)).await?;
        let (mut head, body) = answer.into_parts();
        let body = body.collect().await?.to_bytes();
        self.idle().push(connection);
        remove_hop_by_hop(&mut head.headers);
        Ok(Response::from_parts(head, body))
    }

    async fn connection(&self) -> Result<Connection> {
        let kept = self.idle().pop();
        if let Some(mut connection) = kept
            && connection.ready().await.is_ok()
        {
            return Ok(connection);
        }
        let stream = TcpStream::connect(&self.address).await?;
        stream.set_nodelay(true)?;
        let (connection, work) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(work);
        Ok(connection)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
