//! A host with the functions of a chapter, whose log is kept.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

use super::Programs;
use crate::measure::database::with_environment;

/// Nobody waits longer for the host to start or to end.
const PATIENCE: Duration = Duration::from_secs(30);

/// The SHA-256 of a key that nobody has.
pub const NOBODY: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// A host that runs. It ends politely when this is dropped.
pub struct Host {
    /// `127.0.0.1:PORT`.
    pub at: String,
    process: Child,
    log: PathBuf,
}

impl Host {
    /// Starts it for the database at `127.0.0.1:PORT`.
    ///
    /// # Errors
    ///
    /// When it does not say where it listens.
    pub fn start(programs: &Programs, database: &str, folder: &Path) -> Result<Self> {
        let log = folder.join("host.log");
        let mut command = Command::new(programs.shops.shop(programs.host));
        with_environment(&mut command, database)
            .env("FUNCTIONS", &programs.table)
            .env_remove("KEY_WINDOW")
            .env_remove("SOURCES")
            // Chapter 4's has no queues.
            .env("QUEUES", folder.join("queues.db"))
            .envs(programs.told.iter().copied())
            .stdin(Stdio::null())
            .stdout(File::create(&log)?);
        let mut host = Self {
            at: String::new(),
            process: command.spawn().context("the host cannot be started")?,
            log,
        };
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if let Some((_, rest)) = host.log()?.split_once("listening on http://")
                && let Some(end) = rest.find(['"', ' ', '\n'])
            {
                rest[..end].clone_into(&mut host.at);
                return Ok(host);
            }
            thread::sleep(Duration::from_millis(5));
        }
        bail!("the host did not say in {PATIENCE:?} where it listens")
    }

    /// What it and its functions have printed so far.
    pub fn log(&self) -> Result<String> {
        Ok(fs::read_to_string(&self.log)?)
    }

    /// The file with that.
    pub fn log_file(&self) -> &Path {
        &self.log
    }

    /// The number of its process.
    pub fn process(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let _ = kill_process(Pid::from_child(&self.process), Signal::TERM);
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if !matches!(self.process.try_wait(), Ok(None)) {
                return;
            }
            thread::sleep(Duration::from_millis(5));
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
