//! The customers: each connection sends its next request when the last one was answered (a closed loop).

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::statistics::{micros, quantile};

/// What the customers do.
#[derive(Debug, Clone)]
pub struct Load {
    /// Where the shop is.
    pub at: SocketAddr,
    /// The method of the requests.
    pub method: String,
    /// The target; `{n}` becomes the number of the request, from [`Self::from`], or the id at this place of [`Self::ids`].
    pub path: String,
    /// The ids of pets, if they have no numbers. The first is 1, and there is a request for each at most.
    pub ids: Vec<String>,
    /// The JSON body, or nothing.
    pub body: String,
    /// The number of the first request.
    pub from: u64,
    /// How many requests at most.
    pub most: u64,
    /// For how long at most.
    pub time: Duration,
    /// How many connections.
    pub connections: usize,
    /// Whether each request has a connection of its own.
    pub fresh: bool,
    /// How long a customer waits for a connection and an answer, each.
    pub wait: Duration,
}

/// What the customers saw.
#[derive(Debug, Default)]
struct Seen {
    times: Vec<Duration>,
    unanswered: u64,
    refused: u64,
    bytes: u64,
}

impl Load {
    /// Sends the requests, and says what came back.
    ///
    /// # Errors
    ///
    /// When nothing was answered at all.
    pub fn run(&self) -> Result<Value> {
        let next = AtomicU64::new(self.from);
        let begin = Instant::now();
        let mut seen = Seen::default();
        thread::scope(|scope| {
            let customers: Vec<_> = (0..self.connections)
                .map(|_| scope.spawn(|| self.customer(begin, &next)))
                .collect();
            for customer in customers {
                if let Ok(theirs) = customer.join() {
                    seen.add(theirs);
                }
            }
        });
        let seconds = begin.elapsed().as_secs_f64();
        ensure!(
            !seen.times.is_empty(),
            "{} {}: no request was sent",
            self.method,
            self.path
        );
        let asked = seen.times.len() as u64;
        Ok(json!({
            "asked": asked,
            "unanswered": seen.unanswered,
            "refused": seen.refused,
            "bytes": seen.bytes,
            "seconds": seconds,
            "p50_us": micros(quantile(&mut seen.times, 0.5)),
            "p99_us": micros(quantile(&mut seen.times, 0.99)),
        }))
    }

    fn customer(&self, begin: Instant, next: &AtomicU64) -> Seen {
        let mut seen = Seen::default();
        let mut connection = None;
        while begin.elapsed() < self.time {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= self.from + self.most {
                break;
            }
            let Some(request) = self.request(number) else {
                break;
            };
            let start = Instant::now();
            let answer = self.ask(&mut connection, request.as_bytes());
            seen.times.push(start.elapsed());
            if let Ok((status, bytes)) = answer {
                seen.refused += u64::from(!(200..300).contains(&status));
                seen.bytes += bytes;
            } else {
                seen.unanswered += 1;
                connection = None;
            }
            if self.fresh {
                connection = None;
            }
        }
        seen
    }

    /// A request; `None` when there is no such id.
    fn request(&self, number: u64) -> Option<String> {
        let id = if self.ids.is_empty() {
            number.to_string()
        } else {
            let at = usize::try_from(number).ok()?.checked_sub(1)?;
            self.ids.get(at)?.clone()
        };
        let path = self.path.replace("{n}", &id);
        let close = if self.fresh {
            "Connection: close\r\n"
        } else {
            ""
        };
        let body = if self.body.is_empty() {
            "\r\n".to_owned()
        } else {
            let length = self.body.len();
            format!(
                "Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{}",
                self.body
            )
        };
        Some(format!(
            "{} {path} HTTP/1.1\r\nHost: {}\r\n{close}{body}",
            self.method, self.at
        ))
    }

    fn ask(&self, connection: &mut Option<TcpStream>, request: &[u8]) -> Result<(u16, u64)> {
        let stream = match connection {
            Some(stream) => stream,
            None => connection.insert(self.connect()?),
        };
        stream.write_all(request)?;
        answer(stream)
    }

    fn connect(&self) -> Result<TcpStream> {
        let stream = TcpStream::connect_timeout(&self.at, self.wait)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(self.wait))?;
        stream.set_write_timeout(Some(self.wait))?;
        Ok(stream)
    }
}

impl Seen {
    fn add(&mut self, other: Self) {
        self.times.extend(other.times);
        self.unanswered += other.unanswered;
        self.refused += other.refused;
        self.bytes += other.bytes;
    }
}

/// Reads one answer with a `Content-Length`: its status, and how many bytes it had in all.
fn answer(stream: &mut TcpStream) -> Result<(u16, u64)> {
    let mut bytes = Vec::with_capacity(1024);
    let mut buffer = [0; 8192];
    loop {
        let read = stream.read(&mut buffer)?;
        ensure!(read > 0, "the shop hung up");
        bytes.extend_from_slice(&buffer[..read]);
        if let Some(head) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let (status, length) = status_and_length(&bytes[..head])?;
            let whole = head + 4 + length;
            while bytes.len() < whole {
                let read = stream.read(&mut buffer)?;
                ensure!(read > 0, "the shop hung up");
                bytes.extend_from_slice(&buffer[..read]);
            }
            return Ok((status, bytes.len() as u64));
        }
    }
}

fn status_and_length(head: &[u8]) -> Result<(u16, usize)> {
    let head = std::str::from_utf8(head)?;
    let mut lines = head.split("\r\n");
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1))
        .context("no status")?;
    let length = lines
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .context("no Content-Length")?;
    Ok((status.parse()?, length.1.trim().parse()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    /// Answers each request of a connection with `OK` until it has said so `times` times, then hangs up.
    fn shop(times: usize) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = listener.local_addr().unwrap();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut buffer = [0; 1024];
                for _ in 0..times {
                    if stream.read(&mut buffer).unwrap_or(0) == 0 {
                        break;
                    }
                    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nOK");
                }
            }
        });
        at
    }

    fn load(at: SocketAddr) -> Load {
        Load {
            at,
            method: "GET".to_owned(),
            path: "/pets/{n}".to_owned(),
            ids: Vec::new(),
            body: String::new(),
            from: 1,
            most: 10,
            time: Duration::from_secs(30),
            connections: 1,
            fresh: false,
            wait: Duration::from_secs(10),
        }
    }

    #[test]
    fn every_request_is_counted_once() {
        let seen = load(shop(100)).run().unwrap();
        assert_eq!(
            (&seen["asked"], &seen["unanswered"], &seen["refused"]),
            (&json!(10), &json!(0), &json!(0))
        );
        assert_eq!(seen["bytes"], json!(10 * 40));
    }

    #[test]
    fn what_is_not_answered_is_told() {
        let seen = load(shop(1)).run().unwrap();
        assert_eq!(
            (&seen["asked"], &seen["unanswered"]),
            (&json!(10), &json!(5))
        );
    }

    #[test]
    fn a_body_has_its_length() {
        let load = Load {
            body: "{}".to_owned(),
            fresh: true,
            ..load("127.0.0.1:1".parse().unwrap())
        };
        assert_eq!(
            load.request(7).as_deref(),
            Some(
                "GET /pets/7 HTTP/1.1\r\nHost: 127.0.0.1:1\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
            )
        );
    }

    #[test]
    fn pets_without_numbers_are_asked_for_by_their_ids_each_once() {
        let load = Load {
            ids: vec!["a".to_owned(), "b".to_owned()],
            ..load(shop(100))
        };
        assert!(
            load.request(2)
                .unwrap()
                .starts_with("GET /pets/b HTTP/1.1\r\n")
        );
        assert_eq!((load.request(0), load.request(3)), (None, None));
        assert_eq!(load.run().unwrap()["asked"], json!(2));
    }
}
