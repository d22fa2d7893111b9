//! Stands between functions and what they call at AWS, and writes down who calls what.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use ureq::Agent;
use ureq::http::Request;

use super::calls::done;
use super::{Seen, Tables};

/// A `DynamoDB` and an `EventBridge` that are watched, until it is dropped. Who calls is told by the access key: a function's is its own, so that what a host
/// does for it is the host's.
#[derive(Debug)]
pub struct Recorder {
    url: String,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    database: String,
    tables: Tables,
    seen: Mutex<Seen>,
    entries: Mutex<Vec<Value>>,
    is_closed: AtomicBool,
}

/// What somebody asks for.
#[derive(Debug)]
struct Call {
    /// `/`
    path: String,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

impl Recorder {
    /// Opens one on a free port. What is for `DynamoDB` goes on to that at `database`, which has these tables; events are kept here. Those for a path that is a
    /// number go on as well, to the bus at that port of this machine.
    ///
    /// # Errors
    ///
    /// When there is no free port.
    pub fn before(database: &str, tables: Tables) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let url = format!("http://{}", listener.local_addr()?);
        let database = database.to_owned();
        let shared = Arc::new(Shared {
            database,
            tables,
            ..Shared::default()
        });
        let recorder = Self {
            url,
            shared: Arc::clone(&shared),
        };
        thread::spawn(move || {
            for caller in listener.incoming().flatten() {
                if shared.is_closed.load(Ordering::SeqCst) {
                    return;
                }
                let shared = Arc::clone(&shared);
                // Whoever goes away in the middle wants no answer.
                thread::spawn(move || shared.serve(&caller).ok());
            }
        });
        Ok(recorder)
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Who has done what until now.
    #[must_use]
    pub fn seen(&self) -> Seen {
        let seen = self.shared.seen.lock();
        seen.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The events that came, as they were put.
    #[must_use]
    pub fn entries(&self) -> Vec<Value> {
        let entries = self.shared.entries.lock();
        entries.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.shared.is_closed.store(true, Ordering::SeqCst);
        // Wakes the one who accepts.
        let _ = TcpStream::connect(self.url.trim_start_matches("http://"));
    }
}

impl Shared {
    fn serve(&self, mut caller: &TcpStream) -> Result<()> {
        caller.set_nodelay(true)?;
        let mut reader = BufReader::new(caller);
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None);
        let agent = config.build().new_agent();
        while let Some(call) = Call::read(&mut reader)? {
            self.write_down(&call)?;
            let is_event = call.target().starts_with("AWSEvents.");
            let (status, body) = match (is_event, call.path.trim_matches('/')) {
                (false, _) => call.pass_on(&agent, &self.database)?,
                (true, "") => (
                    200,
                    json!({ "FailedEntryCount": 0, "Entries": [{ "EventId": "1" }] }).to_string(),
                ),
                (true, port) => call.pass_on(&agent, &format!("http://127.0.0.1:{port}/"))?,
            };
            let length = body.len();
            let head = format!("HTTP/1.1 {status} \r\ncontent-length: {length}\r\n\r\n");
            caller.write_all(&[head.as_bytes(), body.as_bytes()].concat())?;
        }
        Ok(())
    }

    fn write_down(&self, call: &Call) -> Result<()> {
        let body: Value = serde_json::from_slice(&call.body)?;
        if let Some(entries) = body["Entries"].as_array() {
            let mut kept = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
            kept.extend(entries.iter().cloned());
        }
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let of_caller = seen.entry(call.caller().to_owned()).or_default();
        let done = done(call.target(), &body, self.tables, of_caller);
        of_caller.extend(done);
        Ok(())
    }
}

impl Call {
    /// The next one of a connection, if there is one.
    fn read(reader: &mut impl BufRead) -> Result<Option<Self>> {
        let (mut headers, mut line) = (BTreeMap::new(), String::new());
        reader.read_line(&mut line)?;
        let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
        line.clear();
        while reader.read_line(&mut line)? > 0 && !line.trim().is_empty() {
            if let Some((name, value)) = line.split_once(':') {
                headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
            }
            line.clear();
        }
        if headers.is_empty() {
            return Ok(None);
        }
        let length = headers.get("content-length").context("no length")?;
        let mut body = vec![0; length.parse()?];
        reader.read_exact(&mut body)?;
        Ok(Some(Self {
            path,
            headers,
            body,
        }))
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// `DynamoDB_20120810.GetItem`
    fn target(&self) -> &str {
        self.header("x-amz-target")
    }

    /// The access key of who has signed it.
    fn caller(&self) -> &str {
        let signed = self.header("authorization").split_once("Credential=");
        let key = signed.and_then(|(_, rest)| rest.split('/').next());
        key.unwrap_or_default()
    }

    fn pass_on(&self, agent: &Agent, to: &str) -> Result<(u16, String)> {
        let mut request = Request::post(to);
        for name in [
            "authorization",
            "content-type",
            "x-amz-date",
            "x-amz-target",
        ] {
            request = request.header(name, self.header(name));
        }
        let mut answer = agent.run(request.body(&self.body[..])?)?;
        let body = answer.body_mut().read_to_string()?;
        Ok((answer.status().as_u16(), body))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_calls_is_read_from_the_signature() -> Result<()> {
        let text = "POST /41234/ HTTP/1.1\r\nAuthorization: AWS4-HMAC-SHA256 Credential=take-in/20260101/r\r\n\
                    X-Amz-Target: DynamoDB_20120810.Query\r\ncontent-length: 2\r\n\r\n{}";
        let mut reader = BufReader::new(text.as_bytes());
        let call = Call::read(&mut reader)?.context("a call")?;
        assert_eq!(
            (call.caller(), call.target(), &*call.path, &call.body[..]),
            ("take-in", "DynamoDB_20120810.Query", "/41234/", &b"{}"[..])
        );
        assert!(Call::read(&mut reader)?.is_none());
        Ok(())
    }
}
