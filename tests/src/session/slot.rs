//! A terminal of a page, with what the page has not shown of it yet.

use std::cell::Cell;
use std::collections::VecDeque;
use std::path::Path;
use std::rc::Rc;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use anyhow::Result;
use regex::Regex;

use super::compare::Comparer;
use super::ports::Ports;
use super::processes;
use super::report::Failure;
use super::terminal::{Event, Terminal};

/// More lines than this are no transcript.
const MOST_LINES: usize = 5_000;

/// A terminal between the blocks that show it.
pub(super) struct Slot {
    /// Its name on the page; empty for the reader's own.
    pub name: String,
    pub terminal: Terminal,
    pub state: State,
    /// What was printed and is not yet shown.
    pub unread: VecDeque<String>,
    /// The page said `...` last: what comes now may be anything.
    pub anything: bool,
    /// The line of the page with the command that runs or ran.
    pub since: usize,
    shown: Rc<Shown>,
}

/// What goes on in a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Nothing, and the page has shown all of it.
    Idle,
    /// A command.
    Running,
    /// The command ended with this status, which the page has not shown.
    Ended(i32),
}

/// Why there is nothing more to wait for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// The time is up.
    Silence,
    /// The shell is gone.
    Gone,
    /// It does not stop printing.
    Flood,
}

impl Slot {
    pub fn new(terminal: Terminal, name: &str, shown: Rc<Shown>) -> Self {
        Self {
            name: name.to_owned(),
            terminal,
            state: State::Idle,
            unread: VecDeque::new(),
            anything: false,
            since: 0,
            shown,
        }
    }

    /// Types a command that stands on `line` of the page.
    pub fn run(&mut self, line: usize, typed: &str) -> Result<()> {
        self.terminal.run(line, &self.shown.ports.to_real(typed))?;
        self.since = line;
        self.state = State::Running;
        Ok(())
    }

    /// Takes in one thing that the terminal says.
    fn pump(&mut self, by: Instant) -> Result<(), Stop> {
        match self.terminal.next(by) {
            Event::Line(line) => self.unread.extend(self.shown.line(&line)),
            Event::Ended(status) => {
                self.state = State::Ended(status);
                if self
                    .unread
                    .back()
                    .is_some_and(|line| is_last_word(line, status))
                {
                    self.unread.pop_back();
                }
            }
            Event::Part => {}
            Event::Gone => return Err(Stop::Gone),
            Event::Silence => return Err(Stop::Silence),
        }
        if self.unread.len() > MOST_LINES {
            return Err(Stop::Flood);
        }
        Ok(())
    }

    /// Takes in what comes until nothing has come for `quiet`, or the command has ended; for ten times `quiet` at most.
    /// A last line whose end has not come counts too.
    pub fn settle(&mut self, quiet: Duration) {
        self.wait_for_quiet(quiet);
        if self.state == State::Running
            && let Some(part) = self.terminal.cut()
        {
            self.unread.extend(self.shown.line(&part));
        }
    }

    fn wait_for_quiet(&mut self, quiet: Duration) {
        let by = Instant::now() + quiet * 10;
        while self.state == State::Running && self.pump(by.min(Instant::now() + quiet)).is_ok() {}
    }

    /// Waits for a line, or for the command to end.
    pub fn until_line(&mut self, by: Instant) -> Result<(), Stop> {
        while self.unread.is_empty() && self.state == State::Running {
            self.pump(by)?;
        }
        Ok(())
    }

    /// Waits as [`Slot::until_line`] does, or until all that runs in the terminal has been waiting for a while.
    pub fn until_asleep(&mut self, by: Instant) -> Result<(), Stop> {
        const GLANCE: Duration = Duration::from_millis(30);
        let mut glances = 0;
        while glances < 10 && self.unread.is_empty() && self.state == State::Running {
            match self.pump(by.min(Instant::now() + GLANCE)) {
                Err(Stop::Silence) if Instant::now() < by => {}
                other => other?,
            }
            let sleeps = processes::sleeps(self.terminal.group());
            glances = if sleeps { glances + 1 } else { 0 };
        }
        Ok(())
    }

    /// Waits for the command to end and takes all that is unread.
    pub fn until_ended(&mut self, by: Instant) -> Result<Vec<String>, Stop> {
        while self.state == State::Running {
            self.pump(by)?;
        }
        Ok(self.unread.drain(..).collect())
    }

    /// Waits until what is unread begins with what is expected and takes that; or until it cannot any more, and takes all.
    pub fn until_matched(
        &mut self,
        expected: &[String],
        comparer: Comparer,
        by: Instant,
    ) -> Result<Vec<String>, Stop> {
        let mut taken: Vec<String> = Vec::new();
        let is_elided = expected.iter().any(|line| line == "...");
        loop {
            if comparer.matches(expected, &taken) {
                return Ok(taken);
            }
            let can_match = is_elided
                || (taken.len() < expected.len()
                    && comparer.matches(&expected[..taken.len()], &taken));
            if !can_match {
                self.settle(Duration::from_millis(300));
                taken.extend(self.unread.drain(..));
                return Ok(taken);
            }
            if let Some(line) = self.unread.pop_front() {
                taken.push(line);
            } else if self.state != State::Running {
                return Ok(taken);
            } else if self.may_be_whole(&taken, expected, comparer) {
                self.settle(Duration::from_millis(200));
            } else if let Err(stop) = self.pump(by) {
                self.unread = taken.into();
                return Err(stop);
            }
        }
    }

    /// Whether all that is expected is there if the last line gets no end. A server may print such a line and go on.
    fn may_be_whole(&self, taken: &[String], expected: &[String], comparer: Comparer) -> bool {
        let part = self.terminal.part().and_then(|part| self.shown.line(&part));
        part.is_some_and(|part| {
            let whole: Vec<String> = taken.iter().cloned().chain([part]).collect();
            comparer.matches(expected, &whole)
        })
    }

    /// What is wrong with an end, or with lines, that the page has not shown; after that they count as shown.
    ///
    /// That a command of another terminal killed it, or `^C` did, needs no word.
    pub fn unshown(&mut self) -> Option<Failure> {
        let terminal = self.told();
        let unread: Vec<String> = self.unread.drain(..).collect();
        let anything = std::mem::take(&mut self.anything);
        let state = std::mem::replace(&mut self.state, State::Idle);
        if let State::Ended(status) = state
            && ![0, 130, 137, 143].contains(&status)
        {
            let message = format!(
                "what this started in {terminal} ended by itself with status {status}, and no block shows it"
            );
            return Some(Failure::new(self.since, message).printed(&unread));
        }
        if unread.is_empty() || anything {
            return None;
        }
        let message = format!(
            "what this started in {terminal} went on to print lines that no block shows; a last line `...` allows any"
        );
        Some(Failure::new(self.since, message).printed(&unread))
    }

    /// Whether cargo waited for another cargo on this page, and nothing came for that.
    pub fn has_waited(&self) -> bool {
        self.shown.has_waited.get()
    }

    /// The terminal, for a person.
    pub fn told(&self) -> String {
        match self.name.as_str() {
            "" => "the reader's terminal".to_owned(),
            name => format!("the terminal `{name}`"),
        }
    }
}

/// What a shell says of a process that a signal ended. Shells differ in it, and the status says the same.
fn is_last_word(line: &str, status: i32) -> bool {
    static LAST_WORD: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^(?:sh: line \d+: +\d+ )?(?:Killed|Terminated|Aborted|Hangup|Segmentation fault|Bus error|Illegal instruction)\b")
            .expect("a valid pattern")
    });
    status > 128 && LAST_WORD.is_match(line)
}

/// Turns what was printed here into what the page shows of it.
pub(super) struct Shown {
    pub ports: Ports,
    /// Folders of this machine, and what stands for them.
    folders: Vec<(String, &'static str)>,
    /// Cargo said that it waits for another cargo.
    has_waited: Cell<bool>,
}

impl Shown {
    /// `folders` are replaced wherever they are printed, the first before the others.
    pub fn new(ports: Ports, folders: &[(&Path, &'static str)]) -> Self {
        let folders = folders
            .iter()
            .map(|(path, name)| (path.display().to_string(), *name))
            .collect();
        Self {
            ports,
            folders,
            has_waited: Cell::new(false),
        }
    }

    /// The line as the page shows it; none for what cargo says when another cargo is at work.
    fn line(&self, line: &str) -> Option<String> {
        if line
            .trim_start()
            .starts_with("Blocking waiting for file lock on ")
        {
            self.has_waited.set(true);
            return None;
        }
        let mut line = self.ports.to_shown(line);
        for (path, name) in &self.folders {
            line = line.replace(path, name);
        }
        Some(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shells_word_for_a_signal_is_left_out() {
        assert!(is_last_word("Killed", 137));
        assert!(is_last_word("Aborted (core dumped)", 134));
        assert!(is_last_word(
            "sh: line 10: 17926 Killed                  x",
            137
        ));
        assert!(!is_last_word("Killed", 1));
        assert!(!is_last_word("The shop was Killed", 137));
    }

    #[test]
    fn folders_of_this_machine_are_not_shown() {
        let ports = Ports::hold(std::iter::empty()).unwrap();
        let shown = Shown::new(
            ports,
            &[(Path::new("/a/b"), "[CWD]"), (Path::new("/a"), "[ROOT]")],
        );
        assert_eq!(
            shown.line("in /a/b and /a/c").unwrap(),
            "in [CWD] and [ROOT]/c"
        );
        assert_eq!(
            shown.line("    Blocking waiting for file lock on build directory"),
            None
        );
    }
}
