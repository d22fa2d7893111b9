//! Building and running the programs that are measured.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};
use std::{sync::mpsc, thread};

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

const START: Duration = Duration::from_secs(30);
const STOP: Duration = Duration::from_secs(10);

/// Runs `cargo build` with these arguments in this folder and shows what it says.
///
/// # Errors
///
/// When it fails.
pub fn build(folder: &Path, arguments: &[&str]) -> Result<()> {
    let status = book::cargo::command()
        .arg("build")
        .args(arguments)
        .current_dir(folder)
        .env_remove("CARGO_TARGET_DIR")
        .status()
        .context("cargo cannot be started")?;
    ensure!(
        status.success(),
        "cargo build {} in {} failed",
        arguments.join(" "),
        folder.display()
    );
    Ok(())
}

/// Runs a program that prints JSON, and reads it.
///
/// # Errors
///
/// When it fails or prints something else.
pub fn json_of(program: &Path, arguments: &[&str]) -> Result<Value> {
    let output = Command::new(program)
        .args(arguments)
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("{} cannot be started", program.display()))?;
    ensure!(
        output.status.success(),
        "{} {} failed",
        program.display(),
        arguments.join(" ")
    );
    serde_json::from_slice(&output.stdout)
        .with_context(|| format!("what {} prints", program.display()))
}

/// A number in what a program printed.
///
/// # Errors
///
/// When it is not there.
pub fn number(json: &Value, key: &str) -> Result<f64> {
    json[key]
        .as_f64()
        .with_context(|| format!("no number `{key}` in {json}"))
}

/// A shop that runs. It is stopped when this is dropped.
#[derive(Debug)]
pub struct Served {
    child: Child,
    /// `127.0.0.1:PORT`.
    pub at: String,
    /// From its start to its being ready.
    pub ready_after: Duration,
}

impl Served {
    /// Starts a program with its data in `folder`, on a free port, and waits for its line.
    ///
    /// # Errors
    ///
    /// When it cannot be started or does not say in half a minute where it listens.
    pub fn start(program: &Path, folder: &Path) -> Result<Self> {
        Self::start_with(program, folder, None)
    }

    /// The same with so many threads, where the program lets itself be told.
    ///
    /// # Errors
    ///
    /// As [`Served::start`].
    pub fn start_with(program: &Path, folder: &Path, threads: Option<usize>) -> Result<Self> {
        let mut command = Command::new(program);
        command.env_remove("THREADS");
        if let Some(threads) = threads {
            command.env("THREADS", threads.to_string());
        }
        Self::run(command.env("PORT", "0").env("SHOP_DATA", folder))
    }

    /// Runs this command, and waits for the line in which it says where it listens.
    ///
    /// # Errors
    ///
    /// As [`Served::start`].
    pub fn run(command: &mut Command) -> Result<Self> {
        let begin = Instant::now();
        let program = command.get_program().display().to_string();
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("{program} cannot be started"))?;
        let stdout = child.stdout.take();
        let mut served = Self {
            child,
            at: String::new(),
            ready_after: Duration::ZERO,
        };
        let line = stdout
            .map(first_line)
            .and_then(|line| line.recv_timeout(START).ok());
        let Some(line) = line else {
            bail!("{program} did not say in {START:?} where it listens");
        };
        served.ready_after = begin.elapsed();
        served.at = address(&line).with_context(|| format!("{program} said `{line}` first"))?;
        Ok(served)
    }

    /// Sends it a signal.
    ///
    /// # Errors
    ///
    /// When it has ended.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        Ok(kill_process(Pid::from_child(&self.child), signal)?)
    }

    /// The number of its process.
    #[must_use]
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Its resident memory in KiB; `None` where the system does not tell.
    #[must_use]
    pub fn memory_kib(&self) -> Option<f64> {
        self.status("VmRSS:")
    }

    /// How many threads it has; `None` where the system does not tell.
    #[must_use]
    pub fn threads(&self) -> Option<f64> {
        self.status("Threads:")
    }

    /// A line of `/proc/PID/status`: a number, perhaps with `kB`.
    fn status(&self, name: &str) -> Option<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse().ok()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let asked = self.signal(Signal::TERM).is_ok();
        let begin = Instant::now();
        while asked && begin.elapsed() < STOP {
            match self.child.try_wait() {
                Ok(None) => thread::sleep(Duration::from_millis(10)),
                _ => return,
            }
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where somebody listens who says `listening on http://127.0.0.1:8080`, be it within a line of JSON.
fn address(line: &str) -> Option<String> {
    let (_, address) = line.split_once("listening on http://")?;
    let end = address.find(['"', ' ']).unwrap_or(address.len());
    Some(address[..end].to_owned())
}

/// Reads the first line, and then on until the end, so that the program never waits for a reader.
fn first_line(stdout: ChildStdout) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            let _ = sender.send(line);
        }
    });
    receiver
}

/// A folder for data below `target/`, so that it is on the disk that the workspace is on. It is removed when it is dropped.
///
/// # Errors
///
/// When it cannot be made.
pub fn data_folder(target: &Path) -> Result<tempfile::TempDir> {
    let folder = target.join("measure");
    fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    tempfile::tempdir_in(&folder).context("a folder for data")
}

/// The path of a program that cargo has built.
#[must_use]
pub fn built(target: &Path, profile: &str, name: &str) -> PathBuf {
    target
        .join(profile)
        .join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_somebody_listens_is_found_in_words_and_in_json() {
        let at = Some("127.0.0.1:8080".to_owned());
        for line in [
            "listening on http://127.0.0.1:8080",
            "DynamoDB listening on http://127.0.0.1:8080",
            r#"{"level":"INFO","message":"listening on http://127.0.0.1:8080","target":"shop"}"#,
        ] {
            assert_eq!(address(line), at, "{line}");
        }
        assert_eq!(address("TABLE is missing"), None);
    }
}
