//! A shop that runs: its address, its signals, its processes, its end.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use serde_json::Value;

use super::{Shop, processes};

/// How long a shop may take until its first line, and to end. Nobody waits that long; it is there so that nothing hangs.
const PATIENCE: Duration = Duration::from_mins(1);

/// A shop that runs. It is killed when this is dropped, with all that it started.
#[derive(Debug)]
pub struct Running {
    child: Child,
    url: String,
    staff_key: Option<String>,
    log: Arc<Mutex<String>>,
}

impl Running {
    /// Starts a program that prints where it listens.
    ///
    /// # Errors
    ///
    /// When it does not; with what it wrote to stderr.
    pub fn start(command: &mut Command) -> anyhow::Result<Self> {
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.process_group(0).spawn()?;
        let log = Arc::new(Mutex::new(String::new()));
        let lines = watch(&mut child, &log)?;
        let mut running = Self {
            child,
            url: String::new(),
            staff_key: None,
            log,
        };
        running.url = running.await_first_line(&lines)?;
        Ok(running)
    }

    /// The same, with a staff that has this key.
    #[must_use]
    pub fn with_staff_key(mut self, key: Option<&str>) -> Self {
        self.staff_key = key.map(str::to_owned);
        self
    }

    /// Its address: `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The shop, for its customers and its staff.
    ///
    /// # Errors
    ///
    /// When the address that it printed is none.
    pub fn shop(&self) -> anyhow::Result<Shop> {
        Ok(Shop::at(&self.url)?.with_staff_key(self.staff_key.as_deref()))
    }

    /// Asks it to end: SIGTERM.
    ///
    /// # Errors
    ///
    /// When there is no such process any more.
    pub fn stop_politely(&self) -> anyhow::Result<()> {
        kill_process(pid_of(&self.child), Signal::TERM).context("SIGTERM could not be sent")
    }

    /// Waits for it to end by itself; `None` when it does not within `patience`.
    ///
    /// # Errors
    ///
    /// When the process cannot be waited for.
    pub fn ended_within(&mut self, patience: Duration) -> anyhow::Result<Option<ExitStatus>> {
        let deadline = Instant::now() + patience;
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(Some(status));
            }
            if Instant::now() > deadline {
                return Ok(None);
            }
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Kills it with its process group, as `kill -9` does. What it has started in groups of its own must end by itself then, and is waited
    /// for; what does not is killed too.
    pub fn kill(&mut self) {
        let below = processes::family(self.child.id()).unwrap_or_default();
        // It may have ended before.
        let _ = kill_process_group(pid_of(&self.child), Signal::KILL);
        let _ = self.child.wait();
        // What ran below is nobody's child now and may still be dying, with its files open.
        if !processes::have_ended(&below, PATIENCE) {
            processes::kill(&below);
            processes::have_ended(&below, PATIENCE);
        }
    }

    /// Kills what was started below a wrapper, and lets the wrapper write down the end.
    ///
    /// # Errors
    ///
    /// When `/proc` cannot be read, or the wrapper does not end.
    pub fn kill_below(&mut self) -> anyhow::Result<()> {
        self.end_below(Signal::KILL)
    }

    /// Asks what was started below a wrapper to end (SIGTERM), and waits for that.
    ///
    /// # Errors
    ///
    /// As [`Running::kill_below`].
    pub fn stop_below(&mut self) -> anyhow::Result<()> {
        self.end_below(Signal::TERM)
    }

    fn end_below(&mut self, signal: Signal) -> anyhow::Result<()> {
        // What the shop has started in groups of its own is for the shop to end.
        let own = processes::family(self.child.id())?.into_iter();
        let own = own.filter(|process| process.group == self.child.id());
        for process in own.filter(|process| process.id != self.child.id()) {
            process.signal(signal);
        }
        self.ended_within(PATIENCE)?
            .context("the wrapper did not end")?;
        Ok(())
    }

    /// Its processes that live, by number: those of its process group, and all that they have started.
    ///
    /// # Errors
    ///
    /// When `/proc` cannot be read.
    pub fn processes(&self) -> anyhow::Result<Vec<u32>> {
        let family = processes::family(self.child.id())?;
        Ok(family.iter().map(|process| process.id).collect())
    }

    /// The memory of all its processes in bytes; what they share is counted once (`Pss`).
    ///
    /// # Errors
    ///
    /// When `/proc` does not tell.
    pub fn memory(&self) -> anyhow::Result<u64> {
        let mut kilobytes = 0;
        for pid in self.processes()? {
            let path = format!("/proc/{pid}/smaps_rollup");
            let text = match fs::read_to_string(&path) {
                // What a shop has started may end while we look.
                Err(_) if !Path::new(&format!("/proc/{pid}")).exists() => continue,
                text => text.with_context(|| format!("{path} cannot be read"))?,
            };
            let pss = text.lines().find_map(|line| line.strip_prefix("Pss:"));
            let pss = pss.and_then(|rest| rest.trim().strip_suffix("kB"));
            kilobytes += pss
                .and_then(|n| n.trim().parse::<u64>().ok())
                .context("no Pss")?;
        }
        Ok(kilobytes * 1024)
    }

    fn await_first_line(&mut self, lines: &Receiver<String>) -> anyhow::Result<String> {
        let line = lines.recv_timeout(PATIENCE).unwrap_or_default();
        if let Some(url) = address(&line) {
            return Ok(url);
        }
        self.kill();
        thread::sleep(Duration::from_millis(50));
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        bail!(
            "it did not print that it listens, but {line:?}; its errors: {:?}",
            log.trim()
        )
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Reads what it prints until it ends, so that it never waits for us.
fn watch(child: &mut Child, log: &Arc<Mutex<String>>) -> anyhow::Result<Receiver<String>> {
    let stdout = child.stdout.take().context("stdout is piped")?;
    let mut stderr = child.stderr.take().context("stderr is piped")?;
    let (send, lines) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            // Only the first line is waited for.
            let _ = send.send(line);
        }
    });
    let log = Arc::clone(log);
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(length @ 1..) = stderr.read(&mut buffer) {
            let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
            if log.len() < 10_000 {
                log.push_str(&String::from_utf8_lossy(&buffer[..length]));
            }
        }
    });
    Ok(lines)
}

fn pid_of(child: &Child) -> Pid {
    Pid::from_child(child)
}

/// The address in the line with which a shop says that it is ready, if it is one: `listening on http://…`, or that as the message of a
/// line of JSON.
#[must_use]
pub fn address(line: &str) -> Option<String> {
    let logged: Value = serde_json::from_str(line).unwrap_or_default();
    // As `tracing` writes it, flattened or not.
    let messages = [&logged["message"], &logged["fields"]["message"]];
    let message = messages.into_iter().find_map(Value::as_str);
    let url = message.unwrap_or(line).strip_prefix("listening on ")?;
    Some(url.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shop_says_in_words_or_in_json_where_it_is() {
        let url = Some("http://127.0.0.1:8080".to_owned());
        for line in [
            "listening on http://127.0.0.1:8080",
            r#"{"timestamp":"2025-11-25T03:00:00Z","level":"INFO","message":"listening on http://127.0.0.1:8080","target":"shop"}"#,
            r#"{"level":"INFO","fields":{"message":"listening on http://127.0.0.1:8080"}}"#,
        ] {
            assert_eq!(address(line), url, "{line}");
        }
        for line in [
            "",
            "{}",
            "not listening on http://127.0.0.1:8080",
            r#"{"message":"the table is there"}"#,
            "17",
        ] {
            assert_eq!(address(line), None, "{line}");
        }
    }
}
