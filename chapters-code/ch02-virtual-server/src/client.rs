//! A client of the shop: how long the shop waits for it, and its connection, with
//! what hyper cannot be told to do about it.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};

use axum::http::StatusCode;
use httpdate::fmt_http_date;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until, timeout};

use crate::admission::{MAX_LINE, refusal};

/// For a request, from its first byte to its last; for the one after it to begin;
/// and for an answer to be read.
pub const PATIENCE: Duration = Duration::from_secs(10);

// ANCHOR: clock
/// Until when the shop waits for its client. There is no end while the client waits
/// for the shop.
#[derive(Debug, Clone, Default)]
pub struct Clock(Arc<Mutex<Option<Instant>>>);

impl Clock {
    /// Begins to wait.
    pub fn wind_up(&self) {
        *self.end() = Some(Instant::now() + PATIENCE);
    }

    /// Waits no more.
    pub fn stop(&self) {
        *self.end() = None;
    }

    /// Comes back when the shop has waited long enough. It looks once in ten seconds, and
    /// so before any end that is set meanwhile.
    pub async fn runs_out(&self) {
        loop {
            let (now, end) = (Instant::now(), *self.end());
            match end {
                Some(end) if end <= now => return,
                _ => sleep_until(end.unwrap_or(now + PATIENCE)).await,
            }
        }
    }

    fn end(&self) -> MutexGuard<'_, Option<Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
// ANCHOR_END: clock

// ANCHOR: client
/// The bytes to and from a client.
#[derive(Debug)]
pub struct Client {
    stream: TcpStream,
    clock: Clock,
    /// How the request begins that is not answered yet.
    begin: Vec<u8>,
    /// The status with which hyper has refused it.
    refused: Option<u16>,
}

// ANCHOR_END: client

impl Client {
    /// Takes a connection.
    #[must_use]
    pub fn new(stream: TcpStream, clock: Clock) -> Self {
        clock.wind_up();
        Self {
            stream,
            clock,
            begin: Vec::new(),
            refused: None,
        }
    }

    // ANCHOR: leave
    /// Ends the conversation, with a last word if there is something left to say. To
    /// close while the client is still sending may cost it our answer, so the shop
    /// reads on for a moment, and throws away what comes (RFC 9112, section 9.6).
    pub async fn leave(mut self, late: bool) {
        if let Some(status) = self.last_word(late) {
            let words = StatusCode::from_u16(status).unwrap_or_default();
            let body = format!("{}\n", refusal(status).body());
            let is_head = self.begin.starts_with(b"HEAD ");
            let date = fmt_http_date(SystemTime::now());
            let (length, shown) = (body.len(), if is_head { "" } else { &body });
            let answer = format!(
                "HTTP/1.1 {words}\r\ndate: {date}\r\nconnection: close\r\n\
                 content-type: application/problem+json\r\ncontent-length: {length}\r\n\r\n{shown}"
            );
            let _ = timeout(PATIENCE, self.stream.write_all(answer.as_bytes())).await;
        }
        let _ = self.stream.shutdown().await;
        // Not an array: that would be a part of every connection, from its beginning on.
        let mut rest = vec![0; 8_192];
        let read_on = async { while let Ok(1..) = self.stream.read(&mut rest).await {} };
        let _ = timeout(Duration::from_secs(1), read_on).await;
    }
    // ANCHOR_END: leave

    // ANCHOR: last_word
    /// The status of the request that has not been answered, if there is one.
    fn last_word(&self, late: bool) -> Option<u16> {
        if late {
            return (!self.begin.is_empty()).then_some(408);
        }
        let refused = self.refused?;
        let line = self.begin.split(|byte| *byte == b'\n').next()?;
        let version = line.trim_ascii_end().rsplit(|byte| *byte == b' ').next()?;
        Some(match version.strip_prefix(b"HTTP/") {
            _ if line.len() > MAX_LINE + 1 => 414,
            _ if refused == 431 => 431,
            Some([b'0' | b'2'..=b'9', ..]) => 505,
            _ => 400,
        })
    }
    // ANCHOR_END: last_word
}

impl AsyncRead for Client {
    // ANCHOR: poll_read
    /// Takes note of how a request begins. Its first byte winds up the clock.
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        let bytes = &buffer.filled()[before..];
        if self.begin.is_empty() && !bytes.is_empty() {
            self.clock.wind_up();
        }
        let room = (MAX_LINE + 2).saturating_sub(self.begin.len());
        self.begin.extend(bytes.iter().take(room));
        polled
    }
    // ANCHOR_END: poll_read
}

impl AsyncWrite for Client {
    // ANCHOR: poll_write
    /// hyper answers by itself what it does not understand: in one piece, without a
    /// body. That is kept back, and [`Client::leave`] says it better.
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let is_refusal = bytes.starts_with(b"HTTP/1.1 4") && bytes.ends_with(b"\r\n\r\n");
        let none = b"\r\ncontent-length: 0\r\n";
        if is_refusal && bytes.windows(none.len()).any(|part| part == none) {
            let too_large = bytes[9..].starts_with(b"431");
            self.refused = Some(if too_large { 431 } else { 400 });
            return Poll::Ready(Ok(bytes.len()));
        }
        if !bytes.starts_with(b"HTTP/1.1 100") {
            self.begin.clear();
        }
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }
    // ANCHOR_END: poll_write

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    /// The last word is not hyper's.
    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_flush(context)
    }
}
