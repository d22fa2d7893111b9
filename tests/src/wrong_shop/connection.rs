//! HTTP/1.1 on one connection.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::problem::{Reply, problem};
use super::request::{Request, too_many_fields};
use super::{Fault, Shop, staff};
use crate::promises::wire::find;

const REQUEST_LINE: usize = 8_192;
const HEAD: usize = 16_384;
const BODY: usize = 65_536;
const WHOLE_IN: Duration = Duration::from_secs(10);
const IDLE: Duration = Duration::from_secs(30);

struct Connection<'a> {
    shop: &'a Shop,
    stream: TcpStream,
    unread: Vec<u8>,
    deadline: Instant,
}

/// Why there is no request.
enum Ended {
    /// The client is gone, or was idle too long.
    Quietly,
    With(Reply),
}

pub fn serve(shop: &Shop, stream: TcpStream) {
    let _ = stream.set_nodelay(true);
    let mut connection = Connection {
        shop,
        stream,
        unread: Vec::new(),
        deadline: Instant::now(),
    };
    while connection.serve_one() {}
}

impl Connection<'_> {
    /// Serves one request; false when the connection is over.
    fn serve_one(&mut self) -> bool {
        let mut request = Request::default();
        let mut reply = match self.read(&mut request) {
            Ok(()) => staff::answer(self.shop, &request),
            Err(Ended::Quietly) => return false,
            Err(Ended::With(reply)) => reply,
        };
        if self.shop.is(Fault::HangsUpOnBadJson) && says(&reply, "malformed-json") {
            return false;
        }
        let stopping = self.shop.stopping.load(Ordering::SeqCst);
        reply.close |= !request.keeps || stopping;
        let written = self.write(&reply, &request.method);
        if reply.close {
            self.close_gently();
        }
        written && !reply.close
    }

    fn read(&mut self, request: &mut Request) -> Result<(), Ended> {
        self.wait_for_a_byte()?;
        self.deadline = Instant::now() + WHOLE_IN;
        if self.shop.is(Fault::TimesOutAtOnce) {
            self.deadline = Instant::now() + Duration::from_secs(2);
        }
        let head = self.head()?;
        request
            .parse(&head, self.shop.fault)
            .map_err(|reply| Ended::With(reply.closing()))?;
        if let Some(expected) = request.field("expect") {
            if !expected.eq_ignore_ascii_case(b"100-continue") {
                return Err(Ended::With(
                    problem(417, "expectation-failed", "Nobody here can do that.").closing(),
                ));
            }
            let _ = self.stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n");
        }
        if self.shop.is(Fault::LeavesBodiesUnread) && refuses_unread(request) {
            return Ok(());
        }
        if request.chunked {
            self.chunks(request)?;
        } else if let Some(length) = request.length {
            if length > BODY {
                return Err(Ended::With(too_large()));
            }
            self.need(length)?;
            request.body = self.unread.drain(..length).collect();
        }
        Ok(())
    }

    fn wait_for_a_byte(&mut self) -> Result<(), Ended> {
        let begin = Instant::now();
        while self.unread.is_empty() {
            let stopping = self.shop.stopping.load(Ordering::SeqCst);
            if stopping && !self.shop.is(Fault::ServesOnAfterTheSignal) || begin.elapsed() > IDLE {
                return Err(Ended::Quietly);
            }
            match self.fill(Duration::from_millis(100)) {
                Ok(()) => {}
                Err(error) if timed_out(&error) => {}
                Err(_) => return Err(Ended::Quietly),
            }
        }
        Ok(())
    }

    fn head(&mut self) -> Result<Vec<u8>, Ended> {
        loop {
            let end = find(&self.unread, b"\r\n\r\n");
            let line = find(&self.unread, b"\r\n").unwrap_or(self.unread.len());
            if line > REQUEST_LINE {
                return Err(Ended::With(
                    problem(414, "target-too-long", "The request line is too long.").closing(),
                ));
            }
            if end.unwrap_or(self.unread.len()) > HEAD {
                return Err(Ended::With(too_many_fields()));
            }
            if let Some(end) = end {
                let mut head: Vec<u8> = self.unread.drain(..end + 4).collect();
                head.truncate(end);
                return Ok(head);
            }
            self.more()?;
        }
    }

    fn chunks(&mut self, request: &mut Request) -> Result<(), Ended> {
        let malformed =
            || Ended::With(problem(400, "malformed-request", "A chunk is malformed.").closing());
        loop {
            let line = self.line()?;
            let size = line.split(|byte| *byte == b';').next().unwrap_or_default();
            let digits = !size.is_empty() && size.iter().all(u8::is_ascii_hexdigit);
            let size = std::str::from_utf8(size)
                .ok()
                .filter(|_| digits)
                .ok_or_else(malformed)?;
            let size = usize::from_str_radix(size, 16).map_err(|_| malformed())?;
            if size == 0 {
                while !self.line()?.is_empty() {}
                return Ok(());
            }
            if request.body.len().saturating_add(size) > BODY {
                return Err(Ended::With(too_large()));
            }
            self.need(size + 2)?;
            request.body.extend(self.unread.drain(..size));
            if !self.unread.starts_with(b"\r\n") {
                return Err(malformed());
            }
            self.unread.drain(..2);
        }
    }

    fn line(&mut self) -> Result<Vec<u8>, Ended> {
        loop {
            if let Some(at) = find(&self.unread, b"\r\n") {
                let mut line: Vec<u8> = self.unread.drain(..at + 2).collect();
                line.truncate(at);
                return Ok(line);
            }
            if self.unread.len() > HEAD {
                return Err(Ended::With(
                    problem(400, "malformed-request", "A line has no end.").closing(),
                ));
            }
            self.more()?;
        }
    }

    fn need(&mut self, length: usize) -> Result<(), Ended> {
        while self.unread.len() < length {
            self.more()?;
        }
        Ok(())
    }

    fn more(&mut self) -> Result<(), Ended> {
        let late = || {
            Ended::With(
                problem(408, "request-timeout", "The request was not there in time.").closing(),
            )
        };
        let left = self.deadline.saturating_duration_since(Instant::now());
        let left = if self.shop.is(Fault::NeverTimesOut) {
            IDLE * 4
        } else {
            left
        };
        if left.is_zero() {
            return Err(late());
        }
        self.fill(left).map_err(|error| {
            if timed_out(&error) {
                late()
            } else {
                Ended::Quietly
            }
        })
    }

    fn fill(&mut self, patience: Duration) -> std::io::Result<()> {
        self.stream.set_read_timeout(Some(patience))?;
        let mut buffer = [0; 4096];
        let length = self.stream.read(&mut buffer)?;
        if length == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        self.unread.extend_from_slice(&buffer[..length]);
        Ok(())
    }

    fn write(&mut self, reply: &Reply, method: &str) -> bool {
        let reply = self.spoiled(reply.clone());
        let mut body = reply
            .body
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default();
        let mut media_type = if reply.status >= 400 {
            "application/problem+json"
        } else {
            "application/json"
        };
        if self.shop.is(Fault::HtmlErrors) && reply.status >= 400 {
            body = format!("<h1>{}</h1>", reply.status);
            media_type = "text/html";
        }
        let mut head = vec![format!("HTTP/1.1 {} it", reply.status)];
        if reply.status != 204 {
            head.push(format!("Content-Length: {}", body.len()));
        }
        if !body.is_empty() {
            head.push(format!("Content-Type: {media_type}"));
        }
        head.extend(
            reply
                .fields
                .iter()
                .map(|(name, value)| format!("{name}: {value}")),
        );
        if reply.close {
            head.push("Connection: close".to_owned());
        }
        let mut head = head.join("\r\n") + "\r\n\r\n";
        if method != "HEAD" || self.shop.is(Fault::HeadWithBody) {
            head += &body;
        }
        self.stream.write_all(head.as_bytes()).is_ok()
    }

    /// What some faults make of every answer.
    fn spoiled(&self, mut reply: Reply) -> Reply {
        match self.shop.fault {
            Fault::AnswersCreatedToEverything => reply.status = 201,
            Fault::EmptyErrors if reply.status >= 400 => reply.body = None,
            Fault::SaysBadRequestToEverything if reply.status >= 400 => reply.status = 400,
            _ => {}
        }
        reply
    }

    /// Lets the client read the answer before it learns that the rest of what it sent was thrown away.
    fn close_gently(&mut self) {
        let _ = self.stream.shutdown(Shutdown::Write);
        let end = Instant::now() + Duration::from_secs(2);
        while Instant::now() < end && self.fill(Duration::from_millis(500)).is_ok() {
            self.unread.clear();
        }
    }
}

/// Whether the fault answers without reading the body first.
fn refuses_unread(request: &Request) -> bool {
    let media_type = request.field("content-type");
    media_type.is_some_and(|value| !value.starts_with(b"application/json"))
}

fn says(reply: &Reply, kind: &str) -> bool {
    reply
        .body
        .as_ref()
        .is_some_and(|body| body["type"] == format!("/problems/{kind}"))
}

fn too_large() -> Reply {
    problem(
        413,
        "body-too-large",
        "The body has more than 65,536 bytes.",
    )
    .closing()
}

fn timed_out(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}
