//! HTTP by hand: for requests that no HTTP library would send, and for moments that it would not let us choose.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::tls::{Stream, Trust};

/// An answer of the shop, however it was asked.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The fields in their order; names in lower case.
    pub fields: Vec<(String, String)>,
    /// The body, without the framing.
    pub body: Vec<u8>,
    /// Statuses of the interim answers (1xx) that came before.
    pub interim: Vec<u16>,
}

impl Answer {
    /// The first field of this name (lower case).
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        let found = self.fields.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The body as JSON, or `null`.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The type of a problem without its path: `pet-not-found`; empty when there is none.
    #[must_use]
    pub fn problem(&self) -> String {
        let json = self.json();
        let kind = json["type"].as_str().unwrap_or_default();
        kind.strip_prefix("/problems/")
            .unwrap_or_default()
            .to_owned()
    }

    /// Whether the server said that it will close the connection.
    #[must_use]
    pub fn closes(&self) -> bool {
        self.field("connection")
            .is_some_and(|value| value.to_ascii_lowercase().contains("close"))
    }
}

/// A connection whose bytes we choose.
#[derive(Debug)]
pub struct Wire {
    stream: Stream,
    unread: Vec<u8>,
}

impl Wire {
    /// Opens a connection.
    ///
    /// # Errors
    ///
    /// When nobody accepts it within `patience`.
    pub fn open(address: SocketAddr, patience: Duration) -> io::Result<Self> {
        Ok(Self {
            stream: Stream::Plain(connect(address, patience)?),
            unread: Vec::new(),
        })
    }

    /// Opens an encrypted connection to the server of this name.
    ///
    /// # Errors
    ///
    /// When nobody accepts it within `patience`, or somebody whose certificate is not trusted.
    pub fn open_encrypted(
        address: SocketAddr,
        name: &str,
        trust: &Trust,
        patience: Duration,
    ) -> io::Result<Self> {
        Self::encrypt(connect(address, patience)?, name, trust, patience)
    }

    /// Encrypts a connection that is open.
    ///
    /// # Errors
    ///
    /// As [`Wire::open_encrypted`].
    pub fn encrypt(
        tcp: TcpStream,
        name: &str,
        trust: &Trust,
        patience: Duration,
    ) -> io::Result<Self> {
        Ok(Self {
            stream: Stream::encrypted(tcp, name, trust, patience)?,
            unread: Vec::new(),
        })
    }

    /// Sends these bytes.
    ///
    /// # Errors
    ///
    /// When the server has closed the connection, or does not read for 30 s.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)?;
        self.stream.flush()
    }

    /// Says that no more bytes will come.
    ///
    /// # Errors
    ///
    /// When the connection is gone.
    pub fn finish(&mut self) -> io::Result<()> {
        self.stream.finish()
    }

    /// Reads the next final answer. `bodiless` is for `HEAD`, whose answer has a length but no body.
    ///
    /// # Errors
    ///
    /// `TimedOut` when it is not there whole before the deadline, `UnexpectedEof` when the connection was closed
    /// first, `InvalidData` when it is not HTTP/1.1.
    pub fn answer(&mut self, bodiless: bool, patience: Duration) -> io::Result<Answer> {
        let deadline = Instant::now() + patience;
        let mut interim = Vec::new();
        loop {
            let mut answer = self.head(deadline)?;
            if (100..200).contains(&answer.status) {
                interim.push(answer.status);
                continue;
            }
            if !bodiless && answer.status != 204 && answer.status != 304 {
                answer.body = self.body(&answer, deadline)?;
            }
            answer.interim = interim;
            return Ok(answer);
        }
    }

    /// Whether the server closes the connection (or resets it) within `patience`, sending nothing more.
    pub fn is_closed_within(&mut self, patience: Duration) -> bool {
        if !self.unread.is_empty() {
            return false;
        }
        match self.fill(Instant::now() + patience) {
            Ok(()) => false,
            Err(error) => error.kind() != ErrorKind::TimedOut,
        }
    }

    fn head(&mut self, deadline: Instant) -> io::Result<Answer> {
        let end = loop {
            if let Some(at) = find(&self.unread, b"\r\n\r\n") {
                break at;
            }
            self.fill(deadline)?;
        };
        let head: Vec<u8> = self.unread.drain(..end + 4).collect();
        parse_head(&head[..end])
    }

    fn body(&mut self, answer: &Answer, deadline: Instant) -> io::Result<Vec<u8>> {
        let chunked = answer
            .field("transfer-encoding")
            .is_some_and(|value| value.eq_ignore_ascii_case("chunked"));
        if chunked {
            return self.chunks(deadline);
        }
        if let Some(length) = answer.field("content-length") {
            let length: usize = length
                .parse()
                .map_err(|_| invalid("a bad Content-Length"))?;
            return self.exactly(length, deadline);
        }
        loop {
            match self.fill(deadline) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                    return Ok(std::mem::take(&mut self.unread));
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn chunks(&mut self, deadline: Instant) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let line = self.line(deadline)?;
            let size = line.split(';').next().unwrap_or_default().trim();
            let size = usize::from_str_radix(size, 16).map_err(|_| invalid("a bad chunk size"))?;
            if size == 0 {
                while !self.line(deadline)?.is_empty() {}
                return Ok(body);
            }
            body.extend(self.exactly(size, deadline)?);
            if !self.line(deadline)?.is_empty() {
                return Err(invalid("a chunk longer than its size"));
            }
        }
    }

    fn line(&mut self, deadline: Instant) -> io::Result<String> {
        loop {
            if let Some(at) = find(&self.unread, b"\r\n") {
                let line: Vec<u8> = self.unread.drain(..at + 2).collect();
                return Ok(String::from_utf8_lossy(&line[..at]).into_owned());
            }
            self.fill(deadline)?;
        }
    }

    fn exactly(&mut self, length: usize, deadline: Instant) -> io::Result<Vec<u8>> {
        while self.unread.len() < length {
            self.fill(deadline)?;
        }
        Ok(self.unread.drain(..length).collect())
    }

    fn fill(&mut self, deadline: Instant) -> io::Result<()> {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        self.stream.tcp().set_read_timeout(Some(left))?;
        let mut buffer = [0; 8192];
        match self.stream.read(&mut buffer) {
            Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
            Ok(length) => {
                self.unread.extend_from_slice(&buffer[..length]);
                Ok(())
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(()),
            Err(error) if error.kind() == ErrorKind::WouldBlock => Err(ErrorKind::TimedOut.into()),
            Err(error) => Err(error),
        }
    }
}

fn connect(address: SocketAddr, patience: Duration) -> io::Result<TcpStream> {
    let tcp = TcpStream::connect_timeout(&address, patience)?;
    tcp.set_nodelay(true)?;
    tcp.set_write_timeout(Some(Duration::from_secs(30)))?;
    Ok(tcp)
}

fn parse_head(head: &[u8]) -> io::Result<Answer> {
    let head = String::from_utf8_lossy(head);
    let mut lines = head.split("\r\n");
    let first = lines.next().unwrap_or_default();
    let mut words = first.splitn(3, ' ');
    if !words.next().is_some_and(|v| v.starts_with("HTTP/1.")) {
        return Err(invalid(&format!("an answer that begins with {first:?}")));
    }
    let status = words.next().and_then(|word| word.parse().ok());
    let status = status.ok_or_else(|| invalid("a status line without a status"))?;
    let fields = lines.map(|line| match line.split_once(':') {
        Some((name, value)) => Ok((name.to_ascii_lowercase(), value.trim().to_owned())),
        None => Err(invalid("a field without a colon")),
    });
    Ok(Answer {
        status,
        fields: fields.collect::<io::Result<_>>()?,
        ..Answer::default()
    })
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, what)
}

/// Where `needle` first stands in `hay`.
#[must_use]
pub fn find(hay: &[u8], needle: &[u8]) -> Option<usize> {
    hay.windows(needle.len())
        .position(|window| window == needle)
}

/// What went wrong on the wire, in plain words.
#[must_use]
pub fn in_words(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::TimedOut | ErrorKind::WouldBlock => "no answer came in time".to_owned(),
        ErrorKind::UnexpectedEof => "the connection was closed without an answer".to_owned(),
        ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::ConnectionAborted => {
            "the connection was reset before the answer could be read".to_owned()
        }
        ErrorKind::ConnectionRefused => "nobody listens".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests;
