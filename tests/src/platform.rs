//! The platform in small of `tools/local`, started as a reader starts it.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::programs;
use crate::promises::Shop;

/// How long anything may take here. It takes some seconds; this is there so that nothing hangs.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// A platform that runs. It ends when this is dropped, with all that it started.
#[derive(Debug)]
pub struct Platform {
    child: Child,
    folder: TempDir,
    url: String,
    printed: Arc<Mutex<Vec<String>>>,
}

/// What an order to the platform printed, and whether it was carried out.
#[derive(Debug)]
pub struct Told {
    /// What stood on standard output.
    pub lines: Vec<String>,
    /// What stood on standard error.
    pub errors: String,
    /// The exit status.
    pub status: Option<i32>,
}

/// Why there can be no platform here, if so, and what to do about it.
///
/// # Errors
///
/// When it is so and `BOOK_REQUIRE_ALL=1` asks for everything.
pub fn missing() -> Result<bool> {
    tool("honcho").map(|honcho| honcho.is_none())
}

/// Where a program is that `cargo book fetch` brings, or the machine has; `None` where it is missing, and then standard
/// error says what is not checked.
///
/// # Errors
///
/// When it is missing and `BOOK_REQUIRE_ALL=1` asks for everything.
pub fn tool(name: &str) -> Result<Option<PathBuf>> {
    let fetched = programs::root().join("target/tools").join(name).join("bin");
    let found = programs::find(name, Some(&fetched));
    if found.is_none() {
        let why = format!("{name} is missing (`cargo book fetch` brings it)");
        programs::left_out(&why)?;
        eprintln!("not checked: {why}");
    }
    Ok(found)
}

/// `local`, built once.
///
/// # Panics
///
/// When it cannot be built: then no test that asked for it can go on.
#[must_use]
pub fn local() -> PathBuf {
    static LOCAL: OnceLock<PathBuf> = OnceLock::new();
    LOCAL
        .get_or_init(|| programs::build("local", "local").expect("local is built"))
        .clone()
}

impl Platform {
    /// Starts one in a folder of its own, on a free port.
    ///
    /// # Errors
    ///
    /// When it does not come up; with what it said.
    pub fn start(options: &[&str]) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("platform-").tempdir()?;
        Self::start_in(folder, options)
    }

    /// Starts another one in the folder of one that has ended.
    ///
    /// # Errors
    ///
    /// As [`Platform::start`].
    pub fn again(mut self, options: &[&str]) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("platform-").tempdir()?;
        Self::start_in(std::mem::replace(&mut self.folder, folder), options)
    }

    fn start_in(folder: TempDir, options: &[&str]) -> Result<Self> {
        let mut child = Command::new(local())
            .args(["platform", "--port", "0"])
            .args(options)
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()?;
        let mut output = BufReader::new(child.stdout.take().context("it is piped")?);
        let mut first = String::new();
        output.read_line(&mut first)?;
        let url = first.trim().strip_prefix("the platform listens on ");
        let Some(url) = url.map(str::to_owned) else {
            bail!("the platform did not come up ({}): {first}", child.wait()?);
        };
        let printed = Arc::<Mutex<Vec<String>>>::default();
        let lines = Arc::clone(&printed);
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                lines
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(line);
            }
        });
        Ok(Self {
            child,
            folder,
            url,
            printed,
        })
    }

    /// What the router is for its customers.
    ///
    /// # Errors
    ///
    /// When the address that was printed is none.
    pub fn shop(&self) -> Result<Shop> {
        Shop::at(&self.url)
    }

    /// The folder in which it was started.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A folder with this Procfile.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn application(&self, procfile: &str) -> Result<PathBuf> {
        let folder = self.folder().join("application");
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("Procfile"), procfile)?;
        Ok(folder)
    }

    /// The command that gives it an order.
    #[must_use]
    pub fn order(&self, words: &[&str]) -> Command {
        let mut command = Command::new(local());
        command.args(words).current_dir(self.folder());
        command
    }

    /// Gives it an order and waits until it was carried out.
    ///
    /// # Errors
    ///
    /// When `local` cannot be started.
    pub fn tell(&self, words: &[&str]) -> Result<Told> {
        told(&mut self.order(words))
    }

    /// Deploys an application with this Procfile.
    ///
    /// # Errors
    ///
    /// As [`Platform::tell`].
    pub fn deploy(&self, procfile: &str) -> Result<Told> {
        self.application(procfile)?;
        self.tell(&["deploy", "application"])
    }

    /// Deploys what has to work.
    ///
    /// # Errors
    ///
    /// When it does not; with what was said.
    pub fn release(&self, procfile: &str) -> Result<Told> {
        let told = self.deploy(procfile)?;
        ensure!(told.status == Some(0), "{told:?}\n{}", self.log());
        Ok(told)
    }

    /// What all processes have printed.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder().join("platform/log")).unwrap_or_default()
    }

    /// What the platform itself has printed since it listens.
    #[must_use]
    pub fn printed(&self) -> Vec<String> {
        self.printed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Sends it a signal, and waits for its end.
    ///
    /// # Errors
    ///
    /// When it does not end.
    pub fn end(&mut self, signal: Signal) -> Result<Option<i32>> {
        kill_process(Pid::from_child(&self.child), signal)?;
        let mut status = None;
        within(PATIENCE, || {
            status = self.child.try_wait()?;
            Ok(status.is_some())
        })
        .context("the platform does not end")?;
        Ok(status.and_then(|status| status.code()))
    }

    /// All processes of the machine that live in the platform's folder or below it, by number: nobody else is there.
    ///
    /// # Errors
    ///
    /// When `/proc` cannot be read.
    pub fn processes(&self) -> Result<BTreeSet<u32>> {
        let home = self.folder().canonicalize()?;
        let mut found = BTreeSet::new();
        for entry in fs::read_dir("/proc").context("/proc cannot be read")? {
            let entry = entry?;
            let Ok(pid) = entry.file_name().to_string_lossy().parse() else {
                continue;
            };
            // It may end while we look; and where it was may be gone, which stands behind the name.
            let place = fs::read_link(entry.path().join("cwd")).unwrap_or_default();
            if place.starts_with(&home) {
                found.insert(pid);
            }
        }
        Ok(found)
    }
}

impl Drop for Platform {
    fn drop(&mut self) {
        if !matches!(self.child.try_wait(), Ok(Some(_))) && self.end(Signal::TERM).is_err() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// Runs a command to its end.
///
/// # Errors
///
/// When it cannot be started.
pub fn told(command: &mut Command) -> Result<Told> {
    let output = command.stdin(Stdio::null()).output()?;
    let lines = String::from_utf8(output.stdout)?;
    Ok(Told {
        lines: lines.lines().map(str::to_owned).collect(),
        errors: String::from_utf8(output.stderr)?,
        status: output.status.code(),
    })
}

/// Waits until something is so.
///
/// # Errors
///
/// When it is not within `patience`, or cannot be asked.
pub fn within(patience: Duration, mut is_so: impl FnMut() -> Result<bool>) -> Result<()> {
    let deadline = Instant::now() + patience;
    while !is_so()? {
        ensure!(
            Instant::now() < deadline,
            "not within {} s",
            patience.as_secs()
        );
        thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}
