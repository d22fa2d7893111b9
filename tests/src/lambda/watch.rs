//! The functions as `cargo lambda watch` runs them.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use book::cargo::untold;
use rustix::process::{Pid, Signal, kill_process};

use super::fetched;
use crate::programs;
use crate::promises::processes;
use crate::session::Ports;
use crate::session::lambda::{PORT, path};

/// Nobody waits that long; it is there so that nothing hangs.
const PATIENCE: Duration = Duration::from_mins(1);

/// The pinned `cargo-lambda`; `None` where it is missing, and then standard error says what is not checked.
///
/// # Errors
///
/// When it is missing and `BOOK_REQUIRE_ALL=1` asks for everything.
pub fn cargo_lambda() -> Result<Option<PathBuf>> {
    fetched("cargo-lambda", "cargo-lambda")
}

/// A command of it, for the workspace. It finds its linker by the `python3` beside it.
#[must_use]
pub fn command(cargo_lambda: &Path, words: &[&str]) -> Command {
    let mut command = untold(Command::new(cargo_lambda));
    command
        .current_dir(programs::root())
        .env("PATH", path(&programs::root()))
        // Else it tells of all that it does itself.
        .env_remove("RUST_LOG")
        .arg("lambda")
        .args(words);
    command
}

/// A `cargo lambda watch` that runs. When it is dropped it ends, and so do the functions that it has started.
#[derive(Debug)]
pub struct Watch {
    child: Child,
    /// Held as long as this is there.
    ports: Ports,
    log: Arc<Mutex<String>>,
}

impl Watch {
    /// Starts one for the functions of `package`, which are built as these options say, with this environment for all of them.
    ///
    /// # Errors
    ///
    /// When it does not start; with what it has printed.
    pub fn start(
        cargo_lambda: &Path,
        package: &str,
        options: &[&str],
        environment: &[(&str, &str)],
    ) -> Result<Self> {
        let ports = Ports::hold(["cargo lambda"].into_iter())?;
        let port = ports.real(PORT).to_string();
        let words = ["watch", "--quiet", "--ignore-changes", "--package", package];
        let place = ["--invoke-address", "127.0.0.1", "--invoke-port", &port];
        let mut child = command(cargo_lambda, &[&words[..], &place, options].concat())
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .context("cargo-lambda cannot be started")?;
        let log = Arc::default();
        keep(child.stdout.take(), &log);
        keep(child.stderr.take(), &log);
        let mut watch = Self { child, ports, log };
        watch.await_listening()?;
        Ok(watch)
    }

    /// Where requests become events for a function, by its name.
    #[must_use]
    pub fn url(&self, function: &str) -> String {
        format!("http://127.0.0.1:{}/lambda-url/{function}", self.port())
    }

    /// The port at which it is asked.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.ports.real(PORT)
    }

    /// All that it and the functions have printed until now.
    #[must_use]
    pub fn log(&self) -> String {
        self.log
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn await_listening(&mut self) -> Result<()> {
        let by = Instant::now() + PATIENCE;
        while std::net::TcpStream::connect(("127.0.0.1", self.port())).is_err() {
            if let Some(status) = self.child.try_wait()? {
                bail!("cargo lambda watch: {status}\n{}", self.log());
            }
            ensure!(
                Instant::now() < by,
                "cargo lambda watch does not listen\n{}",
                self.log()
            );
            thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    /// Ends it as Ctrl-C does, and says which processes it has left behind.
    ///
    /// # Errors
    ///
    /// When it does not end.
    pub fn end(mut self) -> Result<Vec<String>> {
        let family = processes::family(self.child.id())?;
        kill_process(Pid::from_child(&self.child), Signal::INT)?;
        let by = Instant::now() + PATIENCE;
        while self.child.try_wait()?.is_none() {
            ensure!(
                Instant::now() < by,
                "cargo lambda watch does not end\n{}",
                self.log()
            );
            thread::sleep(Duration::from_millis(10));
        }
        if processes::have_ended(&family, PATIENCE) {
            return Ok(vec![]);
        }
        Ok(family
            .iter()
            .map(|process| format!("{process:?}"))
            .collect())
    }
}

impl Drop for Watch {
    /// Each function is in a group of its own, and the one who would end it is killed here.
    fn drop(&mut self) {
        let family = processes::family(self.child.id()).unwrap_or_default();
        processes::kill(&family);
        let _ = self.child.kill();
        let _ = self.child.wait();
        processes::have_ended(&family, PATIENCE);
    }
}

/// Keeps what is printed there.
fn keep(from: Option<impl Read + Send + 'static>, log: &Arc<Mutex<String>>) {
    let log = Arc::clone(log);
    thread::spawn(move || {
        for line in BufReader::new(from?).lines().map_while(Result::ok) {
            let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
            log.push_str(&line);
            log.push('\n');
        }
        Some(())
    });
}
