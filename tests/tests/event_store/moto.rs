//! moto's server: <https://docs.getmoto.org/en/latest/docs/server_mode.html>

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use less_to_run_tests::programs;
use ureq::Agent;

/// How long it may take until it answers. It takes two seconds.
const PATIENCE: Duration = Duration::from_mins(1);

/// What it prints before its address.
const ADDRESS: &str = " * Running on ";

/// A server, until this is dropped. It ends too when this process does without that: nobody holds its standard input
/// then.
#[derive(Debug)]
pub struct Moto {
    child: Child,
    url: String,
}

impl Moto {
    /// The one of this process, which ends when nobody needs it any more; `None` where moto is missing, and then
    /// standard error says what is not checked.
    ///
    /// # Errors
    ///
    /// When it is missing and `BOOK_REQUIRE_ALL=1` asks for everything, and when it does not answer.
    pub fn shared() -> Result<Option<Arc<Self>>> {
        static SHARED: Mutex<Weak<Moto>> = Mutex::new(Weak::new());
        let Some(python) = python()? else {
            return Ok(None);
        };
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(running) = shared.upgrade() {
            return Ok(Some(running));
        }
        let started = Arc::new(Self::start(&python)?);
        *shared = Arc::downgrade(&started);
        Ok(Some(started))
    }

    fn start(python: &PathBuf) -> Result<Self> {
        let mut child = Command::new(python)
            .arg(programs::root().join("tests/event-store/serve.py"))
            .env("PYTHONUNBUFFERED", "1")
            .env("NO_COLOR", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        let printed = child.stderr.take();
        let mut moto = Self {
            child,
            url: String::new(),
        };
        moto.url = address(printed.context("it is piped")?)?;
        moto.wait()?;
        Ok(moto)
    }

    fn wait(&self) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while !answers(&self.url) {
            ensure!(Instant::now() < deadline, "moto does not answer");
            thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The Python of the moto that `cargo book fetch` brings, and of no other version.
fn python() -> Result<Option<PathBuf>> {
    let python = programs::root().join("target/tools/moto_server/bin/python");
    if python.is_file() && python.with_file_name("moto_server").is_file() {
        return Ok(Some(python));
    }
    let why = "moto_server is missing (`cargo book fetch` brings it)";
    programs::left_out(why)?;
    eprintln!("not checked: {why}");
    Ok(None)
}

/// The address among what it prints. What comes after it is read and forgotten, so that it never waits for a reader.
fn address(printed: ChildStderr) -> Result<String> {
    let mut lines = BufReader::new(printed).lines().map_while(Result::ok);
    let mut before = vec![];
    for line in lines.by_ref() {
        if let Some(url) = line.strip_prefix(ADDRESS) {
            let url = url.trim().to_owned();
            thread::spawn(move || lines.for_each(drop));
            return Ok(url);
        }
        before.push(line);
    }
    bail!("moto did not come up:\n{}", before.join("\n"))
}

/// Whether its page for people is there.
fn answers(url: &str) -> bool {
    let config = Agent::config_builder()
        .proxy(None)
        .timeout_global(Some(PATIENCE));
    let agent = config.build().new_agent();
    agent.get(format!("{url}/moto-api/")).call().is_ok()
}

#[test]
fn it_ends_when_it_is_dropped() -> Result<()> {
    let Some(python) = python()? else {
        return Ok(());
    };
    let moto = Moto::start(&python)?;
    let url = moto.url().to_owned();
    drop(moto);
    assert!(!answers(&url));
    Ok(())
}

/// As when the process that started it is killed.
#[test]
fn it_ends_when_nobody_holds_its_standard_input() -> Result<()> {
    let Some(python) = python()? else {
        return Ok(());
    };
    let mut moto = Moto::start(&python)?;
    drop(moto.child.stdin.take());
    let deadline = Instant::now() + PATIENCE;
    while moto.child.try_wait()?.is_none() {
        assert!(Instant::now() < deadline, "it goes on");
        thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}
