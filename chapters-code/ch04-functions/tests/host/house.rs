//! A host that runs, as a customer and an operator see it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::symlink;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};
use std::{env, fs};

use anyhow::{Context, Result, anyhow, ensure};
use rustix::process::{Pid, Signal, kill_process, kill_process_group, test_kill_process};
use serde_json::Value;
use tempfile::TempDir;

/// What every test waits for at most.
const PATIENCE: Duration = Duration::from_mins(1);

/// What this program is called where it is a function.
pub const FUNCTION: &str = "a-function-of-the-tests";

/// A function of this name, with what else is said of it, and its routes.
pub fn function(name: &str, more: &str) -> String {
    format!(
        "[[function]]\nname = {name:?}\nprogram = \"./{FUNCTION}\"\n{more}\n\
         [[route]]\nroute = \"GET /{name}/{{word}}\"\nfunction = {name:?}\n\
         [[route]]\nroute = \"POST /{name}/{{word}}\"\nfunction = {name:?}\n"
    )
}

/// A rule with a pattern, as TOML, for this function.
pub fn rule(name: &str, pattern: &str, function: &str) -> String {
    format!("[[rule]]\nname = {name:?}\npattern = {pattern}\nfunction = {function:?}\n")
}

/// The program, in a folder that has this table.
pub fn program(folder: &Path, table: &str, environment: &[(&str, &str)]) -> Result<Command> {
    fs::write(folder.join("functions.toml"), table)?;
    symlink(env::current_exe()?, folder.join(FUNCTION))?;
    let mut program = Command::new(env!("CARGO_BIN_EXE_ch04-functions"));
    let least = [
        ("TABLE", "shop"),
        ("AWS_REGION", "eu-central-1"),
        ("PORT", "0"),
    ];
    let path = env::var_os("PATH").unwrap_or_default();
    program.env_clear().env("PATH", path).envs(least);
    program.envs(environment.iter().copied());
    program.current_dir(folder);
    Ok(program)
}

/// What it says of these words, in a folder with a table and an event.
pub fn says(table: &str, event: &str, words: &[&str]) -> Result<Output> {
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("event.json"), event)?;
    let mut program = program(folder.path(), table, &[])?;
    Ok(program.args(words).output()?)
}

/// A host that runs.
pub struct House {
    child: Child,
    pub address: String,
    lines: Arc<Mutex<Vec<String>>>,
    _folder: TempDir,
}

impl House {
    pub fn open(table: &str) -> Result<Self> {
        Self::open_with(table, &[])
    }

    pub fn open_with(table: &str, environment: &[(&str, &str)]) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut program = program(folder.path(), table, environment)?;
        let mut child = program.stdout(Stdio::piped()).process_group(0).spawn()?;
        let output = child.stdout.take().context("it has an output")?;
        let lines = Arc::new(Mutex::new(vec![]));
        let kept = Arc::clone(&lines);
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                kept.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(line);
            }
        });
        let mut house = Self {
            child,
            address: String::new(),
            lines,
            _folder: folder,
        };
        let first = house.line(|_| true)?;
        let first: Value = serde_json::from_str(&first)?;
        let message = first["message"].as_str().unwrap_or_default();
        let address = message.strip_prefix("listening on http://");
        let address = address.context("it says where it listens")?;
        address.clone_into(&mut house.address);
        Ok(house)
    }

    pub fn lines(&self) -> Vec<String> {
        self.lines
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Waits for a line.
    pub fn line(&self, is_it: impl Fn(&str) -> bool) -> Result<String> {
        self.several(1, is_it).map(|mut lines| lines.remove(0))
    }

    /// Waits until there are so many of such lines.
    pub fn several(&self, count: usize, is_it: impl Fn(&str) -> bool) -> Result<Vec<String>> {
        let begin = Instant::now();
        loop {
            let mut lines = self.lines();
            lines.retain(|line| is_it(line));
            if lines.len() >= count {
                return Ok(lines);
            }
            ensure!(begin.elapsed() < PATIENCE, "not there: {:#?}", self.lines());
            sleep(Duration::from_millis(10));
        }
    }

    pub fn get(&self, path: &str) -> Result<Heard> {
        self.ask("GET", path, "")?.hear()
    }

    pub fn ask(&self, method: &str, path: &str, body: &str) -> Result<Asked> {
        let fields = if method == "POST" {
            "X-Request-Id: mine\r\n"
        } else {
            ""
        };
        send(&self.address, method, path, fields, body)
    }

    /// The number of the process that answers.
    pub fn pid(&self, path: &str) -> Result<i32> {
        let heard = self.get(path)?;
        ensure!(heard.status == 200, "{heard:?}");
        Ok(heard.json()?.as_i64().context("a number")?.try_into()?)
    }

    /// Sends `PutEvents`, and gives the answer.
    pub fn put(&self, function: &str, entries: &Value) -> Result<Heard> {
        let bus = self.bus(function)?;
        let target = "X-Amz-Target: AWSEvents.PutEvents\r\n";
        let body = serde_json::json!({ "Entries": entries }).to_string();
        send(&bus, "POST", "/", target, &body)?.hear()
    }

    /// Where the bus is, as this function was told.
    pub fn bus(&self, function: &str) -> Result<String> {
        let environment = self.get(&format!("/{function}/environment"))?.json()?;
        let bus = environment["AWS_ENDPOINT_URL_EVENTBRIDGE"].as_str();
        let bus = bus.and_then(|bus| bus.strip_prefix("http://"));
        Ok(bus.context("it has a bus")?.to_owned())
    }

    pub fn signal(&self, signal: Signal) -> Result<()> {
        Ok(kill_process(Pid::from_child(&self.child), signal)?)
    }

    /// What a terminal does at Ctrl-C.
    pub fn interrupt_all(&self) -> Result<()> {
        Ok(kill_process_group(
            Pid::from_child(&self.child),
            Signal::INT,
        )?)
    }

    /// Waits until it has ended, and gives its exit status, if it has one.
    pub fn end(&mut self) -> Result<Option<i32>> {
        let begin = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status.code());
            }
            ensure!(begin.elapsed() < PATIENCE, "it does not end");
            sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until there is no such process any more.
pub fn wait_for_the_end_of(pid: i32) -> Result<()> {
    let process = Pid::from_raw(pid).context("it is a number")?;
    let begin = Instant::now();
    while test_kill_process(process).is_ok() && !is_dead(pid) {
        ensure!(begin.elapsed() < PATIENCE, "{pid} does not end");
        sleep(Duration::from_millis(10));
    }
    Ok(())
}

/// Whoever should bury it may be slow.
fn is_dead(pid: i32) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/status"));
    status.is_ok_and(|status| status.contains("State:\tZ"))
}

fn send(address: &str, method: &str, path: &str, fields: &str, body: &str) -> Result<Asked> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let length = body.len();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n{fields}\
         Content-Length: {length}\r\n\r\n{body}"
    )?;
    Ok(Asked(stream))
}

/// A request that was sent.
pub struct Asked(TcpStream);

impl Asked {
    pub fn hear(mut self) -> Result<Heard> {
        let mut text = String::new();
        self.0.read_to_string(&mut text)?;
        let (head, body) = text.split_once("\r\n\r\n").context("there is no answer")?;
        let status = head.split(' ').nth(1).context("it has a status")?.parse()?;
        let (head, body) = (head.to_owned(), body.to_owned());
        Ok(Heard { status, head, body })
    }
}

/// What a customer hears.
#[derive(Debug)]
pub struct Heard {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Heard {
    /// A field, whose name is given in small letters.
    pub fn field(&self, name: &str) -> Option<&str> {
        let mut fields = self.head.lines().filter_map(|line| line.split_once(": "));
        fields.find_map(|(field, value)| field.eq_ignore_ascii_case(name).then_some(value))
    }

    pub fn json(&self) -> Result<Value> {
        serde_json::from_str(&self.body).map_err(|error| anyhow!("{error}: {self:?}"))
    }
}
