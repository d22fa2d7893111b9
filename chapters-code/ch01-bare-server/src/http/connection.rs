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

/// Bytes to and from a client. A trait, so that a test can be the client without a
/// network.
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
/// Answers the requests of one connection in their order until either side closes
/// it.
pub fn converse(wire: &mut impl Wire, patience: Patience, handler: &impl Fn(&Request) -> Response) {
    let mut buffer = Vec::new();
    loop {
        let (bytes, close) = match read_request(wire, &mut buffer, patience) {
            Ok(request) => {
                let head_only = request.head.method == "HEAD";
                let close = request.head.wants_close();
                (handler(&request).to_bytes(head_only, close), close)
            }
            Err(Trouble::Fault(fault)) => {
                let head_only = buffer.starts_with(b"HEAD ");
                let answer = Response::from(Problem::from(fault));
                (answer.to_bytes(head_only, true), true)
            }
            Err(Trouble::Gone) => return,
        };
        if send(wire, &bytes, patience.request).is_err() {
            return;
        }
        if close {
            return linger(wire);
        }
    }
}
// ANCHOR_END: converse

// ANCHOR: read_request
/// Waits for the next request. What has arrived of the one after it stays in
/// `buffer`; after a fault, the head.
fn read_request(
    wire: &mut impl Wire,
    buffer: &mut Vec<u8>,
    patience: Patience,
) -> Result<Request, Trouble> {
    // RFC 9112, section 2.2: an empty line before a request is forgiven. By itself it
    // is no request.
    while b"\r\n".starts_with(buffer) {
        match read_more(wire, buffer, patience.idle) {
            Ok(1..) => {}
            Ok(0) | Err(_) => return Err(Trouble::Gone),
        }
    }
    if buffer.starts_with(b"\r\n") {
        buffer.drain(..2);
    }
    let deadline = Instant::now() + patience.request;
    let (head, length) = loop {
        match Head::parse(buffer)? {
            Some(parsed) => break parsed,
            None => wait_for_more(wire, buffer, deadline)?,
        }
    };
    let mut rest = buffer.split_off(length);
    if head.expects_continue() && head.framing != Framing::Empty && rest.is_empty() {
        let go_on = b"HTTP/1.1 100 Continue\r\n\r\n";
        send(wire, go_on, patience.request).map_err(|_| Trouble::Gone)?;
    }
    let body = match head.framing {
        Framing::Empty => Vec::new(),
        Framing::Length(length) => {
            while rest.len() < length {
                wait_for_more(wire, &mut rest, deadline)?;
            }
            rest.drain(..length).collect()
        }
        Framing::Chunked => {
            let mut chunked = Chunked::default();
            loop {
                match chunked.feed(&mut rest)? {
                    Some(body) => break body,
                    None => wait_for_more(wire, &mut rest, deadline)?,
                }
            }
        }
    };
    *buffer = rest;
    Ok(Request { head, body })
}
// ANCHOR_END: read_request

/// Reads on in the middle of a request. The deadline is the request's, so that one
/// byte a second buys no time.
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

/// Writes all of an answer. The time is for the whole of it, so that to read a byte
/// a second buys none either.
fn send(wire: &mut impl Wire, mut bytes: &[u8], time: Duration) -> io::Result<()> {
    let deadline = Instant::now() + time;
    while !bytes.is_empty() {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        wire.wait_at_most(left)?;
        match wire.write(bytes) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(written) => bytes = &bytes[written..],
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// RFC 9112, section 9.6: to close while the client is still sending may cost it
/// our answer, so read on for a moment and throw away what comes.
fn linger(wire: &mut impl Wire) {
    let deadline = Instant::now() + Duration::from_secs(1);
    let mut rest = Vec::new();
    if wire.finish().is_err() {
        return;
    }
    loop {
        rest.clear();
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() || !matches!(read_more(wire, &mut rest, left), Ok(1..)) {
            return;
        }
    }
}
