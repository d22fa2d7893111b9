//! A client of the shop: the connection to it, what hyper cannot be told to do about
//! it, and how long the shop waits.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use ch01_bare_server::problem::Problem;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};

use crate::admission::{MAX_HEAD, MAX_REQUEST_LINE, malformed, target_too_long};

/// From the first byte of a request to its last, and for each wait besides.
pub const PATIENCE: Duration = Duration::from_secs(10);

// ANCHOR: stage
/// What the shop waits for, and until when.
#[derive(Debug, Clone, Copy)]
pub enum Stage {
    /// For a request, or for the client to read the answer to the last one.
    Idle(Instant),
    /// For the rest of a request.
    Arriving(Instant),
    /// For itself.
    Working,
}

/// The stages of one connection. Those who bring it on hold a clone.
#[derive(Debug, Clone)]
pub struct Clock(watch::Sender<Stage>);

impl Clock {
    /// Begins with an idle connection.
    #[must_use]
    pub fn start() -> Self {
        Self(watch::Sender::new(Stage::Idle(Instant::now() + PATIENCE)))
    }

    /// Bytes have come. The first ones begin a request.
    fn bytes_came(&self) -> bool {
        self.0.send_if_modified(|stage| {
            let first = matches!(stage, Stage::Idle(_));
            if first {
                *stage = Stage::Arriving(Instant::now() + PATIENCE);
            }
            first
        })
    }

    /// The request is there whole.
    pub fn working(&self) {
        self.0.send_replace(Stage::Working);
    }

    /// The answer is on its way.
    pub fn idle(&self) {
        self.0.send_replace(Stage::Idle(Instant::now() + PATIENCE));
    }

    /// Comes back when the shop has waited long enough, and says for what.
    pub async fn runs_out(&self) -> Stage {
        let mut stages = self.0.subscribe();
        loop {
            let stage = *stages.borrow_and_update();
            let changed = stages.changed();
            match stage {
                Stage::Working => drop(changed.await),
                Stage::Idle(end) | Stage::Arriving(end) => tokio::select! {
                    () = sleep_until(end) => return stage,
                    _ = changed => {}
                },
            }
        }
    }
}
// ANCHOR_END: stage

/// The bytes to and from a client.
#[derive(Debug)]
pub struct Client {
    stream: TcpStream,
    clock: Clock,
    /// How the request that is arriving begins.
    begin: Vec<u8>,
    /// The status with which hyper has refused it.
    refused: Option<Vec<u8>>,
}

impl Client {
    /// Takes a connection.
    #[must_use]
    pub fn new(stream: TcpStream, clock: Clock) -> Self {
        Self {
            stream,
            clock,
            begin: Vec::new(),
            refused: None,
        }
    }

    // ANCHOR: leave
    /// Ends the conversation, with a last word if there is a problem. To close while
    /// the client is still sending may cost it our answer, so the shop goes on to
    /// read for a moment, and throws away what comes (RFC 9112, section 9.6).
    pub async fn leave(mut self, late: bool) {
        if let Some(problem) = self.problem(late) {
            let body = format!("{}\n", problem.body());
            let shown = if self.begin.starts_with(b"HEAD ") {
                ""
            } else {
                &body
            };
            let answer = format!(
                "HTTP/1.1 {}\r\ncontent-type: application/problem+json\r\n\
                 content-length: {}\r\nconnection: close\r\n\r\n{shown}",
                problem.status,
                body.len()
            );
            let _ = timeout(PATIENCE, self.stream.write_all(answer.as_bytes())).await;
        }
        let _ = self.stream.shutdown().await;
        let mut rest = [0; 8_192];
        let read_on = async { while let Ok(1..) = self.stream.read(&mut rest).await {} };
        let _ = timeout(Duration::from_secs(1), read_on).await;
    }
    // ANCHOR_END: leave

    /// What is left to say.
    fn problem(&self, late: bool) -> Option<Problem> {
        if late {
            let detail = "a request must be there whole ten seconds after its first byte";
            let title = "The request did not arrive in time";
            return Some(Problem::new(408, "request-timeout", title, detail));
        }
        let status = self.refused.as_deref()?;
        let line = self.begin.split(|byte| *byte == b'\n').next()?;
        Some(match status {
            _ if line.len() > MAX_REQUEST_LINE + 1 => target_too_long(),
            b"431" => {
                let detail = format!("a head has at most {MAX_HEAD} bytes and 100 fields");
                let title = "The head of the request is too large";
                Problem::new(431, "headers-too-large", title, detail)
            }
            _ if is_of_another_version(line) => {
                let detail = "send the request as HTTP/1.1 or HTTP/1.0";
                let title = "The shop speaks HTTP/1.1";
                Problem::new(505, "version-not-supported", title, detail)
            }
            _ => malformed("it breaks the rules of RFC 9112"),
        })
    }
}

fn is_of_another_version(line: &[u8]) -> bool {
    let version = line.trim_ascii_end().rsplit(|byte| *byte == b' ').next();
    matches!(
        version,
        Some([
            b'H',
            b'T',
            b'T',
            b'P',
            b'/',
            b'0' | b'2'..=b'9',
            b'.',
            b'0'..=b'9'
        ])
    )
}

impl AsyncRead for Client {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        let bytes = &buffer.filled()[before..];
        if !bytes.is_empty() {
            if self.clock.bytes_came() {
                self.begin.clear();
            }
            let room = (MAX_REQUEST_LINE + 2).saturating_sub(self.begin.len());
            self.begin.extend(bytes.iter().take(room));
        }
        polled
    }
}

impl AsyncWrite for Client {
    // ANCHOR: poll_write
    /// hyper itself answers what it does not understand, without a body, in one
    /// piece. That answer is kept back; [`Client::leave`] gives a better one.
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let is_refusal = bytes.starts_with(b"HTTP/1.1 4") && bytes.ends_with(b"\r\n\r\n");
        let has_no_body = |bytes: &[u8]| {
            let none = b"content-length: 0\r\n";
            bytes.windows(none.len()).any(|part| part == none)
        };
        if is_refusal && has_no_body(bytes) {
            self.refused = bytes.get(9..12).map(<[u8]>::to_vec);
            return Poll::Ready(Ok(bytes.len()));
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
