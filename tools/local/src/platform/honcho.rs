//! honcho, which keeps processes: it starts those of a Procfile, prints what they print,
//! and ends them all when one ends.

use std::collections::{BTreeMap, VecDeque};
use std::env;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{Write, pipe};
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::net::unix::pipe;
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::parent::kept;

/// How long a polite stop may take. Then it is none: SIGKILL.
pub const GRACE: Duration = Duration::from_secs(5);

/// Where `cargo book fetch` puts it, seen from this package.
const FETCHED: &str = "../../target/tools/honcho/bin";

/// The program.
#[derive(Debug, Clone)]
pub struct Honcho(PathBuf);

impl Honcho {
    /// Looks for it, on the path and where `cargo book fetch` has put it.
    pub fn find() -> Result<Self> {
        let path = env::var_os("PATH").unwrap_or_default();
        Self::in_folders(&path, &Path::new(env!("CARGO_MANIFEST_DIR")).join(FETCHED))
    }

    fn in_folders(path: &OsStr, fetched: &Path) -> Result<Self> {
        let folders = env::split_paths(path).chain([fetched.to_owned()]);
        let mut files = folders.map(|folder| folder.join("honcho"));
        let found = files.find(|file| file.is_file());
        let found = found.context("honcho is not on this machine: cargo book fetch brings it")?;
        Ok(Self(std::path::absolute(found)?))
    }

    /// Runs these words of honcho's in the folder of a release, by which it starts this many
    /// processes, and adds what is printed to the file `log`. Its processes find their programs in the release's `bin`, their
    /// settings in its `.env`, and nothing else of the platform's own environment.
    pub fn start(
        &self,
        words: &[&str],
        expected: usize,
        release: &Path,
        log: &Path,
    ) -> Result<Running> {
        let mut all = vec![OsString::from(&self.0)];
        all.extend(words.iter().map(OsString::from));
        let mut path = vec![release.join("bin")];
        path.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
        let log = File::options().append(true).open(log)?;
        let (output, input) = pipe()?;
        let mut command = Command::from(kept(&all));
        command
            .env_clear()
            .env("PATH", env::join_paths(path)?)
            .env("HOME", release)
            .env("LANG", "C.UTF-8")
            .current_dir(release)
            // If the platform is killed, honcho is to end its processes, which it cannot
            // do when it has nobody to print for. So it has the other end itself, too.
            .stdin(output.try_clone()?)
            .stdout(input)
            .stderr(log.try_clone()?)
            // Ctrl-C is for the platform, which says the rest itself.
            .process_group(0);
        let child = command.spawn().context("honcho cannot be started")?;
        // What it holds of the pipe would keep that open.
        drop(command);
        let told = Arc::new(Mutex::new(Told::default()));
        let output = pipe::Receiver::from_owned_fd(output.into())?;
        let reading = tokio::spawn(read(output, log, Arc::clone(&told)));
        Ok(Running {
            child,
            expected,
            told,
            reading,
        })
    }
}

/// A honcho that runs, with its processes.
#[derive(Debug)]
pub struct Running {
    child: Child,
    expected: usize,
    told: Arc<Mutex<Told>>,
    reading: JoinHandle<()>,
}

impl Running {
    /// Waits until it has ended by itself, which it does when one of its processes has.
    pub async fn ended(&mut self) -> Result<ExitStatus> {
        let status = self.child.wait().await?;
        if !self.reading.is_finished() {
            // If it was killed, its processes go on, and hold its output open.
            let _ = timeout(Duration::from_secs(1), &mut self.reading).await;
        }
        self.kill();
        Ok(status)
    }

    /// Tells its processes to stop, and sees that they do; whether they did so by
    /// themselves.
    pub async fn stop(&mut self) -> Result<bool> {
        // It takes no signal well before it has started them.
        for _ in 0..100 {
            if self.told().started >= self.expected || self.child.try_wait()?.is_some() {
                break;
            }
            sleep(Duration::from_millis(20)).await;
        }
        if let Some(pid) = self.pid() {
            // It may have ended in this moment.
            let _ = kill_process(pid, Signal::TERM);
        }
        // honcho itself waits for ever, as long as none of them ends.
        let in_time = timeout(GRACE, self.child.wait()).await.is_ok();
        if !in_time {
            self.kill();
        }
        self.ended().await?;
        Ok(in_time)
    }

    /// The last lines that its processes have printed.
    pub fn last_lines(&self) -> Vec<String> {
        self.told().lines.iter().cloned().collect()
    }

    fn pid(&self) -> Option<Pid> {
        Pid::from_raw(i32::try_from(self.child.id()?).ok()?)
    }

    /// Kills those of its processes that have not ended.
    fn kill(&self) {
        for pid in self.told().running.values() {
            // Each leads a group of its own.
            let _ = kill_process_group(*pid, Signal::KILL);
        }
        if let Some(pid) = self.pid() {
            let _ = kill_process_group(pid, Signal::KILL);
        }
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What can be learnt from honcho's output.
#[derive(Debug, Default)]
struct Told {
    /// How many processes it has started.
    started: usize,
    /// Those that have not ended, by name.
    running: BTreeMap<String, Pid>,
    /// The last lines that they have printed.
    lines: VecDeque<String>,
}

impl Told {
    /// Reads `12:34:56 web.1  | listening` and `12:34:56 system | web.1 started (pid=7)`.
    fn read(&mut self, line: &str) {
        let (from, text) = line.split_once("| ").unwrap_or((line, ""));
        let Some(name) = from.split_whitespace().nth(1) else {
            return;
        };
        if name != "system" {
            self.lines.push_back(format!("{name} | {text}"));
            if self.lines.len() > 5 {
                self.lines.pop_front();
            }
        } else if let Some((name, pid)) = text.split_once(" started (pid=") {
            let pid = pid
                .trim_end_matches(')')
                .parse()
                .ok()
                .and_then(Pid::from_raw);
            self.running.extend(pid.map(|pid| (name.to_owned(), pid)));
            self.started += 1;
        } else if let Some((name, _)) = text.split_once(" stopped (rc=") {
            self.running.remove(name);
        }
    }
}

/// Reads honcho's output to its end.
async fn read(output: impl AsyncRead + Unpin, mut log: File, told: Arc<Mutex<Told>>) {
    let mut lines = BufReader::new(output).split(b'\n');
    while let Ok(Some(mut line)) = lines.next_segment().await {
        let text = String::from_utf8_lossy(&line).into_owned();
        told.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .read(&text);
        line.push(b'\n');
        // Without room for a log there is none; the application goes on.
        let _ = log.write_all(&line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_honcho_it_is_told_how_to_get_one() {
        let nowhere = Path::new("nowhere");
        let why = Honcho::in_folders(OsStr::new("no:where"), nowhere).unwrap_err();
        let told = "honcho is not on this machine: cargo book fetch brings it";
        assert_eq!(why.to_string(), told);
    }

    #[test]
    fn what_runs_is_learnt_from_what_honcho_prints() {
        let mut told = Told::default();
        told.read("12:34:56 system | web.2 started (pid=8)");
        told.read("12:34:56 system | web.1 started (pid=7)");
        told.read("12:34:56 web.1  | system | web.3 started (pid=9)");
        told.read("12:34:56 system | web.2 stopped (rc=-15)");
        assert_eq!(told.started, 2);
        let running: Vec<_> = told.running.keys().collect();
        assert_eq!(running, ["web.1"]);
        assert_eq!(told.lines, ["web.1 | system | web.3 started (pid=9)"]);
    }
}
