//! One connection: requests in, answers out, until one side has enough.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use super::{Chunked, Fault, Framing, Head, Request, Response};
use crate::problem::Problem;

/// How long the shop waits for a client.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For the first byte of the next request.
    pub idle: Duration,
    /// From the first byte of a request to its last.
    pub request: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            idle: Duration::from_secs(5),
            request: Duration::from_secs(10),
        }
    }
}

/// Bytes to and from a client. A trait, so that a test can be the client without a network.
pub trait Wire: Read + Write {
    /// The next read or write gives up after `time`, which is more than zero.
    ///
    /// # Errors
    ///
    /// When the connection is not there any more.
    fn wait_at_most(&mut self, time: Duration) -> io::Result<()>;

    /// Says that no more bytes will be sent.
    ///
    /// # Errors
    ///
    /// When the connection is not there any more.
    fn finish(&mut self) -> io::Result<()>;
}

impl Wire for TcpStream {
    fn wait_at_most(&mut self, time: Duration) -> io::Result<()> {
        self.set_read_timeout(Some(time))?;
        self.set_write_timeout(Some(time))
    }

    fn finish(&mut self) -> io::Result<()> {
        self.shutdown(Shutdown::Write)
    }
}

/// Why there is no request.
enum Trouble {
    /// The client has gone; there is nobody to answer.
    Gone,
    /// The bytes are wrong; the client is told, then the connection is closed.
    Fault(Fault),
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

// ANCHOR: converse
/// Answers the requests of one connection in their order until either side closes it.
pub fn converse(wire: &mut impl Wire, patience: Patience, handler: &impl Fn(&Request) -> Response) {
    let mut buffer = Vec::new();
    loop {
        let (bytes, close) = match read_request(wire, &mut buffer, patience) {
            Ok(request) => {
                let head_only = request.head.method == "HEAD";
                let close = request.head.wants_close();
                (handler(&request).to_bytes(head_only, close), close)
            }
            Err(Trouble::Fault(fault)) => (
                Response::from(Problem::from(fault)).to_bytes(false, true),
                true,
            ),
            Err(Trouble::Gone) => return,
        };
        let sent = wire
            .wait_at_most(patience.request)
            .and_then(|()| wire.write_all(&bytes));
        if sent.is_err() {
            return;
        }
        if close {
            return linger(wire);
        }
    }
}
// ANCHOR_END: converse

// ANCHOR: read_request
/// Waits for the next request. What has arrived of the one after it stays in `buffer`.
fn read_request(
    wire: &mut impl Wire,
    buffer: &mut Vec<u8>,
    patience: Patience,
) -> Result<Request, Trouble> {
    if buffer.is_empty() {
        match read_more(wire, buffer, patience.idle) {
            Ok(1..) => {}
            Ok(0) | Err(_) => return Err(Trouble::Gone),
        }
    }
    let deadline = Instant::now() + patience.request;
    let (head, length) = loop {
        match Head::parse(buffer)? {
            Some(parsed) => break parsed,
            None => wait_for_more(wire, buffer, deadline)?,
        }
    };
    buffer.drain(..length);
    if head.expects_continue() && head.framing != Framing::Empty && buffer.is_empty() {
        wire.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")
            .map_err(|_| Trouble::Gone)?;
    }
    let body = match head.framing {
        Framing::Empty => Vec::new(),
        Framing::Length(length) => {
            while buffer.len() < length {
                wait_for_more(wire, buffer, deadline)?;
            }
            buffer.drain(..length).collect()
        }
        Framing::Chunked => {
            let mut chunked = Chunked::default();
            loop {
                match chunked.feed(buffer)? {
                    Some(body) => break body,
                    None => wait_for_more(wire, buffer, deadline)?,
                }
            }
        }
    };
    Ok(Request { head, body })
}
// ANCHOR_END: read_request

/// Reads on in the middle of a request. The deadline is the request's, so that one byte a second buys no time.
fn wait_for_more(
    wire: &mut impl Wire,
    buffer: &mut Vec<u8>,
    deadline: Instant,
) -> Result<(), Trouble> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Err(Trouble::Fault(Fault::Timeout));
    }
    match read_more(wire, buffer, left) {
        Ok(0) => Err(Trouble::Fault(Fault::Malformed(
            "the connection ended in the middle of a request",
        ))),
        Ok(_) => Ok(()),
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
            Err(Trouble::Fault(Fault::Timeout))
        }
        Err(_) => Err(Trouble::Gone),
    }
}

fn read_more(wire: &mut impl Wire, buffer: &mut Vec<u8>, time: Duration) -> io::Result<usize> {
    let mut piece = [0; 8_192];
    wire.wait_at_most(time)?;
    let length = loop {
        match wire.read(&mut piece) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            result => break result?,
        }
    };
    buffer.extend_from_slice(&piece[..length]);
    Ok(length)
}

/// RFC 9112, section 9.6: to close while the client is still sending may cost it our answer, so read on for
/// a moment and throw away what comes.
fn linger(wire: &mut impl Wire) {
    let deadline = Instant::now() + Duration::from_secs(1);
    let mut rest = Vec::new();
    if wire.finish().is_err() {
        return;
    }
    while rest.len() < 1_000_000 {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() || !matches!(read_more(wire, &mut rest, left), Ok(1..)) {
            return;
        }
    }
}
