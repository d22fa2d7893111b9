//! The program itself, as a platform starts it and a customer talks to it.

#![allow(dead_code, reason = "each test uses some of it")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle, sleep};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// What every test waits for at most.
const PATIENCE: Duration = Duration::from_mins(1);

/// The program, in this environment alone.
pub fn program(environment: &[(&str, &str)]) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_ch03-platform"));
    program.env_clear().envs(environment.iter().copied());
    program
}

/// The environment of an instance whose database is at `url`, and what else is set.
pub fn environment<'a>(url: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, String)> {
    let set = [("TABLE", "shop"), ("PORT", "0")].iter().chain(more);
    let set = set.map(|(name, text)| (*name, (*text).to_owned()));
    local::environment(url).into_iter().chain(set).collect()
}

/// Makes the table, as a platform does before it starts an instance.
pub fn release(url: &str) -> Result<Output> {
    let mut program = program(&[]);
    program.envs(environment(url, &[])).arg("release");
    Ok(program.output()?)
}

/// An instance that runs.
pub struct Shop {
    child: Child,
    pub address: String,
    log: Arc<Mutex<Vec<String>>>,
    reader: Option<JoinHandle<()>>,
}

impl Shop {
    /// Starts an instance with a database at `url`.
    pub fn open(url: &str, more: &[(&str, &str)]) -> Result<Self> {
        let mut program = program(&[]);
        program.envs(environment(url, more)).stdout(Stdio::piped());
        let mut child = program.spawn()?;
        let output = child.stdout.take().context("it has an output")?;
        let log = Arc::new(Mutex::new(vec![]));
        let kept = Arc::clone(&log);
        let reader = thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                kept.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(line);
            }
        });
        let mut shop = Self {
            child,
            address: String::new(),
            log,
            reader: Some(reader),
        };
        let first = shop.logged(|line| line["message"].is_string())?;
        let message = first["message"].as_str().unwrap_or_default();
        let address = message.strip_prefix("listening on http://");
        shop.address = address.context("it says where it listens")?.to_owned();
        Ok(shop)
    }

    /// Starts an instance that customers may be sent to.
    pub fn ready(url: &str, more: &[(&str, &str)]) -> Result<Self> {
        let shop = Self::open(url, more)?;
        shop.wait_for("/ready", 200)?;
        Ok(shop)
    }

    /// What it has logged so far. A line that is no JSON is an error.
    pub fn log(&self) -> Result<Vec<Value>> {
        let lines = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        let read = |line: &String| serde_json::from_str(line).context(line.clone());
        lines.iter().map(read).collect()
    }

    /// Waits for a line.
    pub fn logged(&self, is_it: impl Fn(&Value) -> bool) -> Result<Value> {
        let begin = Instant::now();
        loop {
            if let Some(line) = self.log()?.into_iter().find(&is_it) {
                return Ok(line);
            }
            ensure!(begin.elapsed() < PATIENCE, "not logged: {:#?}", self.log()?);
            sleep(Duration::from_millis(10));
        }
    }

    /// Asks until this status is the answer.
    pub fn wait_for(&self, path: &str, status: u16) -> Result<Heard> {
        let begin = Instant::now();
        loop {
            let heard = self.get(path)?;
            if heard.status == status {
                return Ok(heard);
            }
            ensure!(begin.elapsed() < PATIENCE, "{heard:?}");
            sleep(Duration::from_millis(10));
        }
    }

    pub fn get(&self, path: &str) -> Result<Heard> {
        self.get_with(path, "")
    }

    /// With more fields, each of which ends its line.
    pub fn get_with(&self, path: &str, fields: &str) -> Result<Heard> {
        let request = format!("GET {path} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n");
        hear(self.send(&format!("{request}{fields}\r\n"))?)
    }

    pub fn post(&self, path: &str, body: &str) -> Result<Heard> {
        hear(self.send(&post(path, "Connection: close\r\n", body))?)
    }

    /// Takes a pet in, and gives its path. To a machine with much to do the database may
    /// seem away.
    pub fn take_in(&self) -> Result<String> {
        let begin = Instant::now();
        let mut heard = self.post("/pets", KIWI)?;
        while heard.status == 503 && begin.elapsed() < PATIENCE {
            heard = self.post("/pets", KIWI)?;
        }
        ensure!(heard.status == 201, "{heard:?}");
        Ok(heard.field("location").context("it has a path")?.to_owned())
    }

    /// Sends this on a connection of its own.
    pub fn send(&self, request: &str) -> Result<TcpStream> {
        let mut stream = TcpStream::connect(&self.address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(request.as_bytes())?;
        Ok(stream)
    }

    pub fn signal(&self, signal: Signal) -> Result<()> {
        Ok(kill_process(Pid::from_child(&self.child), signal)?)
    }

    /// Tells it to stop, and waits until nobody is let in any more.
    pub fn close(&self) -> Result<()> {
        self.signal(Signal::TERM)?;
        let begin = Instant::now();
        while TcpStream::connect(&self.address).is_ok() {
            ensure!(begin.elapsed() < PATIENCE, "the door is still open");
            sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    /// Waits until it has ended. Gives its exit status and all that it has logged.
    pub fn end(mut self) -> Result<(Option<i32>, Vec<Value>)> {
        let begin = Instant::now();
        let status = loop {
            match self.child.try_wait()? {
                Some(status) => break status,
                None => ensure!(begin.elapsed() < PATIENCE, "it does not end"),
            }
            sleep(Duration::from_millis(10));
        };
        let read = self.reader.take().map(JoinHandle::join);
        ensure!(read.is_none_or(|read| read.is_ok()), "the log was not read");
        Ok((status.code(), self.log()?))
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A pet.
pub const KIWI: &str = r#"{"name": "Kiwi", "species": "lovebird", "born": 2024,
    "price": {"amount": 4500, "currency": "EUR"}}"#;

/// A request with a body.
pub fn post(path: &str, fields: &str, body: &str) -> String {
    let length = body.len();
    let json = "Content-Type: application/json\r\n";
    let head = format!("POST {path} HTTP/1.1\r\nHost: shop\r\n{json}{fields}");
    format!("{head}Content-Length: {length}\r\n\r\n{body}")
}

/// What a customer hears.
#[derive(Debug, PartialEq)]
pub struct Heard {
    pub status: u16,
    head: String,
    pub body: Value,
}

impl Heard {
    /// A field, whose name is given in small letters.
    pub fn field(&self, name: &str) -> Option<&str> {
        let mut fields = self.head.lines().filter_map(|line| line.split_once(": "));
        fields.find_map(|(field, value)| field.eq_ignore_ascii_case(name).then_some(value))
    }
}

/// Hears out whoever closes the connection after the answer.
pub fn hear(mut stream: TcpStream) -> Result<Heard> {
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    let text = text.trim_start_matches("HTTP/1.1 100 Continue\r\n\r\n");
    let (head, body) = text.split_once("\r\n\r\n").context("there is no answer")?;
    let status = head.split(' ').nth(1).context("it has a status")?;
    Ok(Heard {
        status: status.parse()?,
        head: head.to_owned(),
        body: serde_json::from_str(body).map_err(|error| anyhow!("{error}: {body}"))?,
    })
}
