//! The processes of a page, found by what they inherited: a variable in their environment, or their group.
//!
//! This reads `/proc`. Where there is none (macOS) leftovers of a page are killed with their terminal and are not
//! reported.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::sandbox::{MARK, TYPED};
use super::terminal::GUARD;

/// A process that a page left behind.
#[derive(Debug)]
pub(super) struct Leftover {
    pid: Pid,
    /// Its command line.
    pub command: String,
    /// The line of the page at which the block begins that started it, if that can be told.
    pub block: Option<usize>,
}

/// What the kernel says of one process.
struct Process {
    pid: Pid,
    group: i32,
    dead: bool,
    command: String,
    environment: String,
}

/// The processes that bear `mark` or are in one of `groups`, besides the terminals' own. Those that are about to end are
/// given time for it.
pub(super) fn leftovers(mark: &str, groups: &[Pid], patience: Duration) -> Vec<Leftover> {
    let by = Instant::now() + patience;
    let mark = format!("{MARK}={mark}");
    loop {
        let found: Vec<_> = all()
            .filter(|process| {
                process.variable(&mark) || groups.iter().any(|group| raw(*group) == process.group)
            })
            .filter(|process| !process.dead && !process.is_terminal(groups))
            .map(|process| Leftover {
                pid: process.pid,
                block: process
                    .environment
                    .split('\0')
                    .find_map(|entry| entry.strip_prefix("BOOK_BLOCK=")?.parse().ok()),
                command: process.told(),
            })
            .collect();
        if found.is_empty() || Instant::now() > by {
            return found;
        }
        thread::sleep(Duration::from_millis(20));
    }
}

impl Leftover {
    /// Ends it.
    pub fn kill(&self) {
        // That it has ended meanwhile is as well.
        let _ = kill_process(self.pid, Signal::KILL);
    }
}

/// Whether another program than the shell and the guard runs in a terminal; true where that cannot be told.
pub(super) fn runs_in_group(group: Pid) -> bool {
    !Path::new("/proc/self/stat").exists()
        || all().any(|process| {
            process.group == raw(group)
                && !process.dead
                && !process.is_terminal(&[group])
                && !process.is_shell()
        })
}

/// Whether a program runs in a terminal and everything there waits for something. Who has yet to get the processor does not wait, however
/// busy the machine is. False where it cannot be told.
pub(super) fn sleeps(group: Pid) -> bool {
    let there: Vec<_> = all()
        .filter(|process| process.group == raw(group) && !process.dead)
        .collect();
    let is_program = |process: &Process| !process.is_terminal(&[group]) && !process.is_shell();
    there.iter().any(is_program) && there.iter().all(Process::sleeps)
}

impl Process {
    fn read(pid: i32) -> Option<Self> {
        let read = |name: &str| fs::read(format!("/proc/{pid}/{name}")).ok();
        let stat = String::from_utf8_lossy(&read("stat")?).into_owned();
        // `pid (name) state parent group …`: the name may hold anything, so what follows its last bracket is read.
        let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace();
        let dead = matches!(fields.next()?, "Z" | "X");
        let group = fields.nth(1)?.parse().ok()?;
        let text = |name| read(name).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        Some(Self {
            pid: Pid::from_raw(pid)?,
            group,
            dead,
            command: text("cmdline").unwrap_or_default(),
            environment: text("environ").unwrap_or_default(),
        })
    }

    /// Whether each of its threads waits.
    fn sleeps(&self) -> bool {
        let threads = fs::read_dir(format!("/proc/{}/task", raw(self.pid)));
        threads.into_iter().flatten().flatten().all(|thread| {
            let stat = fs::read_to_string(thread.path().join("stat")).unwrap_or_default();
            let state = stat.rsplit_once(')').map(|(_, rest)| rest.trim_start());
            state.is_some_and(|state| state.starts_with('S'))
        })
    }

    fn variable(&self, entry: &str) -> bool {
        self.environment.split('\0').any(|other| other == entry)
    }

    fn is_terminal(&self, groups: &[Pid]) -> bool {
        groups.contains(&self.pid)
            || self
                .words()
                .any(|word| word == GUARD || word.contains(TYPED))
    }

    /// Whether this is the terminal's shell or a copy of it that has not become another program.
    fn is_shell(&self) -> bool {
        self.words().any(|word| word.contains(GUARD))
    }

    fn words(&self) -> impl Iterator<Item = &str> {
        self.command.split('\0')
    }

    /// Its command line, for a person.
    fn told(&self) -> String {
        if self.is_shell() {
            return "(commands of the shell itself)".to_owned();
        }
        self.command.replace('\0', " ").trim_end().to_owned()
    }
}

fn all() -> impl Iterator<Item = Process> {
    fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter_map(Process::read)
}

fn raw(pid: Pid) -> i32 {
    pid.as_raw_nonzero().get()
}
