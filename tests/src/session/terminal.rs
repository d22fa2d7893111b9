//! A terminal: one shell that is fed what is typed, one after the other, and everything that it prints.
//!
//! The shell lives as long as the page, so that the current folder, variables and jobs in the background carry over as
//! in a reader's terminal. Its output and its errors share one pipe and keep their order. When a command has ended, the
//! shell says so with a line that no program prints. Everything in a terminal is one process group, which is what Ctrl-C
//! reaches.

use std::fs;
use std::io::{PipeReader, PipeWriter, Read, Write, pipe};
use std::mem;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process_group};

use super::ports::Ports;
use super::processes;
use super::sandbox::{Sandbox, TYPED, shell};

/// The name of the process that ends a terminal when we are gone.
pub(super) const GUARD: &str = "book-terminal-guard";

/// What the shell runs. Its input says what is typed: the block, the status of the last command, the file with the command. Its
/// error output is, at first, the end of a pipe that we hold open: when that closes, whatever happened to us, the guard
/// kills the terminal. The guard is not the shell's own child, so that `wait` does not wait for it.
const LOOP: &str = r#"
exec 7>&1 8<&2 9<&0 0</dev/null 2>&1
( sh -c 'read x <&8; kill -9 0' book-terminal-guard >/dev/null 2>&1 7>&- 9<&- & )
trap : INT
ulimit -c 0
while read -r BOOK_BLOCK BOOK_STATUS BOOK_FILE <&9; do
  export BOOK_BLOCK
  BOOK_TYPED=$(cat "$BOOK_FILE")
  (exit "$BOOK_STATUS")
  eval "$BOOK_TYPED" 7>&- 8<&- 9<&-
  printf '\036%s %s\n' "$BOOK_MARK" "$?" >&7
done
"#;

/// A terminal of a page.
#[derive(Debug)]
pub(super) struct Terminal {
    shell: Child,
    group: Pid,
    typed: Option<ChildStdin>,
    guard: Option<PipeWriter>,
    printed: Receiver<Vec<u8>>,
    /// What was printed and not yet read as lines.
    buffer: Vec<u8>,
    /// How the shell says that a command has ended.
    mark: Vec<u8>,
    folder: PathBuf,
    count: usize,
    /// The status of the last command that ended.
    last: i32,
    /// A line was taken before its end came.
    is_cut: bool,
}

/// What a terminal has to say next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// A whole line, without its end.
    Line(String),
    /// Something, but no whole line yet.
    Part,
    /// The command ended with this status.
    Ended(i32),
    /// The shell itself is gone.
    Gone,
    /// Nothing, until the deadline.
    Silence,
}

impl Terminal {
    /// Opens a terminal in the sandbox.
    pub fn open(sandbox: &Sandbox, ports: &Ports) -> Result<Self> {
        let (reader, writer) = pipe()?;
        let (guarded, guard) = pipe()?;
        let mark = format!("{:032x}", fastrand::u128(..));
        let mut command = Command::new(shell());
        command
            .args(["-c", LOOP, "sh"])
            .current_dir(sandbox.path("here"))
            .env_clear()
            .envs(sandbox.environment(ports))
            .env("BOOK_MARK", &mark)
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(writer)
            .stderr(guarded);
        let mut shell = command.spawn().context("the shell cannot be started")?;
        drop(command);
        let group = Pid::from_child(&shell);
        Ok(Self {
            group,
            typed: shell.stdin.take(),
            shell,
            guard: Some(guard),
            printed: listen(reader),
            buffer: Vec::new(),
            mark: format!("\u{1e}{mark} ").into_bytes(),
            folder: sandbox.path(TYPED),
            count: 0,
            last: 0,
            is_cut: false,
        })
    }

    /// Types a command; `block` names where on the page it stands.
    pub fn run(&mut self, block: usize, command: &str) -> Result<()> {
        self.count += 1;
        let file = self
            .folder
            .join(format!("{}-{}", self.group.as_raw_nonzero(), self.count));
        fs::write(&file, command)?;
        let typed = self.typed.as_mut().context("the terminal is closed")?;
        writeln!(typed, "{block} {} {}", self.last, file.display())
            .context("the shell of this terminal has ended")?;
        Ok(())
    }

    /// Presses Ctrl-C: SIGINT for everything in the foreground. What was typed has to have started by then, so
    /// this waits for it.
    pub fn interrupt(&self) {
        let by = Instant::now() + Duration::from_secs(2);
        while !processes::runs_in_group(self.group) && Instant::now() < by {
            thread::sleep(Duration::from_millis(10));
        }
        // That the group is gone already is what was wanted.
        let _ = kill_process_group(self.group, Signal::INT);
    }

    /// The next thing that the terminal says, up to `deadline`.
    pub fn next(&mut self, deadline: Instant) -> Event {
        if let Some(event) = self.buffered() {
            return event;
        }
        let patience = deadline.saturating_duration_since(Instant::now());
        match self.printed.recv_timeout(patience) {
            Ok(bytes) => {
                self.buffer.extend(bytes);
                self.buffered().unwrap_or(Event::Part)
            }
            Err(RecvTimeoutError::Timeout) => Event::Silence,
            Err(RecvTimeoutError::Disconnected) if self.buffer.is_empty() => Event::Gone,
            Err(RecvTimeoutError::Disconnected) => Event::Line(text(&mem::take(&mut self.buffer))),
        }
    }

    /// A whole line, or the end of a command, if either is in the buffer. A last line without an end is a line too.
    fn buffered(&mut self) -> Option<Event> {
        if self.is_cut && !self.buffer.is_empty() {
            self.is_cut = false;
            let ends = [b"\r\n".as_slice(), b"\n"];
            let end = ends.iter().find(|end| self.buffer.starts_with(end));
            self.buffer.drain(..end.map_or(0, |end| end.len()));
        }
        let end = self.buffer.iter().position(|b| *b == b'\n')?;
        match find(&self.buffer[..end], &self.mark) {
            None => {
                let line: Vec<u8> = self.buffer.drain(..=end).collect();
                Some(Event::Line(text(&line[..end])))
            }
            Some(0) => {
                let line: Vec<u8> = self.buffer.drain(..=end).collect();
                self.last = text(&line[self.mark.len()..end]).parse().unwrap_or(-1);
                Some(Event::Ended(self.last))
            }
            Some(at) => {
                let line: Vec<u8> = self.buffer.drain(..at).collect();
                Some(Event::Line(text(&line)))
            }
        }
    }

    /// The last line, as far as it has come, if its end has not.
    pub fn part(&self) -> Option<String> {
        let is_part = !self.buffer.is_empty() && !self.buffer.contains(&0x1e);
        is_part.then(|| text(&self.buffer))
    }

    /// Takes what [`Terminal::part`] gives as a line.
    pub fn cut(&mut self) -> Option<String> {
        let part = self.part()?;
        self.buffer.clear();
        self.is_cut = true;
        Some(part)
    }

    /// The processes that this terminal consists of: its shell and the guard are no leftovers.
    pub fn group(&self) -> Pid {
        self.group
    }

    /// Kills what runs in the terminal, and the terminal with it.
    pub fn kill(&mut self) {
        self.typed = None;
        self.guard = None;
        let _ = kill_process_group(self.group, Signal::KILL);
        let _ = self.shell.wait();
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Reads the pipe from a thread of its own, so that it can be waited for with a deadline.
fn listen(mut reader: PipeReader) -> Receiver<Vec<u8>> {
    let (send, receive) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = vec![0; 16 * 1024];
        while let Ok(count @ 1..) = reader.read(&mut bytes) {
            if send.send(bytes[..count].to_vec()).is_err() {
                break;
            }
        }
    });
    receive
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}

/// A line as the page would show it: without the carriage return of a network protocol.
fn text(line: &[u8]) -> String {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    String::from_utf8_lossy(line).into_owned()
}
