//! Runs the sessions of a page in its sandbox, in the order of the page.

use std::collections::BTreeMap;
use std::mem;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use anyhow::Result;
use book::session::{Action, Block, Command, Fence, Status};
use regex::Regex;

use super::cargo::Cargo;
use super::compare::{Comparer, difference};
use super::page::Page;
use super::ports::{DEFAULT, Ports};
use super::processes;
use super::report::Failure;
use super::sandbox::Sandbox;
use super::slot::{Shown, Slot, State, Stop};
use super::terminal::Terminal;
use super::update::Rewrite;

/// How long the runner waits.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// For a command to end, and for a server to print what is expected of it.
    pub command: Duration,
    /// For a server to end after Ctrl-C at the end of the page, before it is killed.
    pub stop: Duration,
    /// For processes that are about to end.
    pub patience: Duration,
}

impl Default for Limits {
    /// 60 s, 10 s, 2 s. All are for slow machines; a page that is right does not wait for them.
    fn default() -> Self {
        Self {
            command: Duration::from_mins(1),
            stop: Duration::from_secs(10),
            patience: Duration::from_secs(2),
        }
    }
}

/// What all pages are run with.
pub(super) struct Setting<'a> {
    pub cargo: &'a Cargo,
    pub programs: &'a [(String, PathBuf)],
    pub comparer: Comparer<'a>,
    pub limits: Limits,
    /// Whether outputs that differ are to be rewritten rather than reported.
    pub update: bool,
}

/// What came of a page's sessions.
#[derive(Default)]
pub(super) struct Outcome {
    pub blocks: usize,
    pub commands: usize,
    pub failures: Vec<Failure>,
    pub rewrites: Vec<Rewrite>,
}

/// Runs all sessions of the page.
pub(super) fn run(setting: &Setting, page: &Page) -> Result<Outcome> {
    let typed: Vec<String> = page.typed().map(|(_, text)| text).collect();
    let sandbox = Sandbox::new(setting.cargo, setting.programs)?;
    let ports = Ports::hold(typed.iter().map(String::as_str))?;
    let here = sandbox.path("here");
    let folders = [
        (here.as_path(), "[CWD]"),
        (setting.cargo.root.as_path(), "[ROOT]"),
    ];
    let mut sessions = Sessions {
        setting,
        shown: Rc::new(Shown::new(ports, &folders)),
        sandbox,
        slots: BTreeMap::new(),
        outcome: Outcome::default(),
    };
    for (block, terminal, commands) in page.consoles() {
        // After a command that did not end the rest would fail for no other reason.
        if let Err(failure) = sessions.block(block, terminal, commands) {
            sessions.abandon();
            sessions.outcome.failures.push(failure);
            return Ok(sessions.outcome);
        }
        sessions.outcome.blocks += 1;
    }
    sessions.finish();
    Ok(sessions.outcome)
}

struct Sessions<'a> {
    setting: &'a Setting<'a>,
    sandbox: Sandbox,
    shown: Rc<Shown>,
    slots: BTreeMap<String, Slot>,
    outcome: Outcome,
}

impl Sessions<'_> {
    /// Fails with what makes it useless to go on.
    fn block(
        &mut self,
        block: &Block,
        terminal: Option<&str>,
        commands: &[Command],
    ) -> Result<(), Failure> {
        let name = terminal.unwrap_or_default();
        let mut slot = if let Some(slot) = self.slots.remove(name) {
            slot
        } else {
            let terminal = Terminal::open(&self.sandbox, self.shown.ports.real(DEFAULT))
                .map_err(|error| Failure::new(block.fence.line, format!("{error:#}")))?;
            Slot::new(terminal, name, Rc::clone(&self.shown))
        };
        let mut commands = commands.iter().peekable();
        let mut done = Ok(());
        while let (Ok(()), Some(command)) = (&done, commands.next()) {
            let next = match commands.peek() {
                Some(next) if next.action == Action::Interrupt => Next::Interrupt,
                None if terminal.is_some() => Next::Elsewhere,
                _ => Next::Command,
            };
            self.outcome.commands += 1;
            done = self.command(&mut slot, &block.fence, command, next);
        }
        self.slots.insert(name.to_owned(), slot);
        done
    }

    fn command(
        &mut self,
        slot: &mut Slot,
        fence: &Fence,
        command: &Command,
        next: Next,
    ) -> Result<(), Failure> {
        self.begin(slot, command)?;
        let mut expected = command.output.clone();
        let is_elided = mem::take(&mut slot.anything);
        if is_elided {
            expected.insert(0, "...".to_owned());
        }
        let runs_on = command.status == Status::Unsaid
            && match command.action {
                Action::Run(_) => {
                    next == Next::Interrupt || (next == Next::Elsewhere && !expected.is_empty())
                }
                Action::Listen => true,
                Action::Interrupt => false,
            };
        let by = Instant::now() + self.setting.limits.command;
        let printed = if runs_on {
            self.until_matched(slot, &expected, by)
        } else {
            slot.until_ended(by)
        };
        let printed = printed.map_err(|stop| self.stopped(slot, command, &expected, &stop))?;
        slot.anything = runs_on && expected.last().is_some_and(|line| line == "...");
        self.judge_output(fence, command, &expected, is_elided, &printed);
        if !runs_on && let State::Ended(status) = mem::replace(&mut slot.state, State::Idle) {
            self.judge_status(command, status, &printed);
        }
        Ok(())
    }

    /// Types the command, presses Ctrl-C, or makes sure that there is something to listen to.
    fn begin(&mut self, slot: &mut Slot, command: &Command) -> Result<(), Failure> {
        match &command.action {
            Action::Run(_) => {
                self.free(slot, command)?;
                slot.run(command.line, &command.text())
                    .map_err(|error| Failure::new(command.line, format!("{error:#}")))
            }
            Action::Interrupt if slot.state == State::Running => {
                slot.terminal.interrupt();
                Ok(())
            }
            Action::Listen if slot.state != State::Idle => Ok(()),
            Action::Interrupt | Action::Listen => {
                let terminal = slot.told();
                let message = match slot.state {
                    State::Ended(status) => format!(
                        "nothing runs in {terminal} to interrupt: it ended by itself with status {status}"
                    ),
                    _ => format!("nothing runs in {terminal} now"),
                };
                let unread: Vec<String> = slot.unread.drain(..).collect();
                Err(Failure::new(command.line, message).printed(&unread))
            }
        }
    }

    /// Makes sure that the terminal is free for a command.
    fn free(&mut self, slot: &mut Slot, command: &Command) -> Result<(), Failure> {
        // What another terminal killed may need a moment.
        slot.settle(self.setting.limits.patience);
        if slot.state == State::Running {
            let message = format!(
                "in {} still runs what line {} started; `^C` on a line of its own stops it",
                slot.told(),
                slot.since
            );
            return Err(Failure::new(command.line, message));
        }
        self.outcome.failures.extend(slot.unshown());
        Ok(())
    }

    fn until_matched(
        &self,
        slot: &mut Slot,
        expected: &[String],
        by: Instant,
    ) -> Result<Vec<String>, Stop> {
        let mut printed = match slot.until_matched(expected, self.setting.comparer, by) {
            // Whatever came instead is what the page is to show.
            Err(Stop::Silence) if self.setting.update && !slot.unread.is_empty() => Vec::new(),
            other => other?,
        };
        let is_open = expected.last().is_some_and(|line| line == "...");
        if self.setting.update && !is_open {
            slot.settle(Duration::from_millis(500));
            printed.extend(slot.unread.drain(..));
        }
        Ok(printed)
    }

    fn judge_output(
        &mut self,
        fence: &Fence,
        command: &Command,
        expected: &[String],
        is_elided: bool,
        printed: &[String],
    ) {
        let comparer = self.setting.comparer;
        let unknown = comparer.unknown(expected, printed);
        let is_unknown = !unknown.is_empty();
        for (at, name) in unknown {
            let known: Vec<_> = comparer
                .redactions
                .keys()
                .map(|name| format!("[{name}]"))
                .collect();
            let line = command.output_at + at - usize::from(is_elided);
            let message = format!(
                "{name} is not in book/redactions.toml; there are: {}",
                known.join(", ")
            );
            self.outcome.failures.push(Failure::new(line, message));
        }
        let normalized = comparer.normalized(expected, printed);
        if is_unknown || normalized == expected {
            return;
        }
        if !self.setting.update {
            let message = format!("`{}` printed something else", first_line(command));
            let failure =
                Failure::new(command.line, message).with(difference(expected, &normalized));
            self.outcome.failures.push(failure);
            return;
        }
        let skip = usize::from(is_elided && normalized.first().is_some_and(|line| line == "..."));
        let lines = normalized[skip..].to_vec();
        let rewrite = Rewrite::new(fence, command.output_at, command.output.len(), lines);
        match rewrite.check(true) {
            Ok(()) => self.outcome.rewrites.push(rewrite),
            Err(failure) => self.outcome.failures.push(failure),
        }
    }

    fn judge_status(&mut self, command: &Command, status: i32, printed: &[String]) {
        if let Some(program) = not_found(status, printed) {
            let message = format!(
                "`{}` needs {program}, which a page may not run or this machine does not have; the list is in \
                 tests/src/session/programs.rs",
                first_line(command)
            );
            self.outcome
                .failures
                .push(Failure::new(command.line, message));
            return;
        }
        let is_met = match command.status {
            Status::Unsaid if command.action == Action::Interrupt => true,
            Status::Interrupted => status > 128,
            said => said.is_met_by(Some(status)),
        };
        if !is_met {
            let message = format!(
                "`{}` ended with status {status}; the page says {}",
                first_line(command),
                command.status
            );
            self.outcome
                .failures
                .push(Failure::new(command.line, message).printed(printed));
        }
    }

    /// There is nothing more to wait for, though the page expects it.
    fn stopped(
        &self,
        slot: &mut Slot,
        command: &Command,
        expected: &[String],
        stop: &Stop,
    ) -> Failure {
        let typed = first_line(command);
        let seconds = self.setting.limits.command.as_secs();
        let message = match (stop, &command.action) {
            (Stop::Gone, _) => format!("`{typed}` ended the shell of {}", slot.told()),
            (Stop::Flood, _) => format!("`{typed}` does not stop printing"),
            (Stop::Silence, Action::Interrupt) => format!(
                "what line {} started does not end within {seconds} s of Ctrl-C",
                slot.since
            ),
            (Stop::Silence, _)
                if expected.is_empty()
                    || command.status != Status::Unsaid
                    || slot.name.is_empty() =>
            {
                format!(
                    "`{typed}` does not end within {seconds} s; what is to run on needs a terminal of its own, and a line to wait for or `...`"
                )
            }
            (Stop::Silence, _) => format!("`{typed}` does not print this within {seconds} s"),
        };
        let unread: Vec<String> = slot.unread.drain(..).collect();
        Failure::new(command.line, message).with(difference(expected, &unread))
    }

    /// The end of the page: stops what runs, and looks for what is left.
    fn finish(&mut self) {
        let limits = self.setting.limits;
        for slot in self.slots.values_mut() {
            slot.settle(Duration::from_millis(100));
            let is_running = slot.state == State::Running;
            self.outcome.failures.extend(slot.unshown());
            if is_running {
                slot.state = State::Running;
                slot.terminal.interrupt();
                let _ = slot.until_ended(Instant::now() + limits.stop);
            }
            if slot.state == State::Running {
                slot.terminal.kill();
            }
        }
        let groups: Vec<_> = self
            .slots
            .values()
            .map(|slot| slot.terminal.group())
            .collect();
        for process in processes::leftovers(&self.sandbox.mark, &groups, limits.patience) {
            process.kill();
            let message = format!("this leaves a process behind: `{}`", process.command);
            self.outcome
                .failures
                .push(Failure::new(process.block.unwrap_or(1), message));
        }
        self.slots.clear();
    }

    /// Ends everything, without a word.
    fn abandon(&mut self) {
        let groups: Vec<_> = self
            .slots
            .values()
            .map(|slot| slot.terminal.group())
            .collect();
        for slot in self.slots.values_mut() {
            slot.terminal.kill();
        }
        for process in processes::leftovers(&self.sandbox.mark, &groups, Duration::ZERO) {
            process.kill();
        }
        self.slots.clear();
    }
}

/// What comes after a command in its block.
#[derive(Clone, Copy, PartialEq)]
enum Next {
    /// A command, or the end of a block in the reader's own terminal: this one has to end.
    Command,
    /// `^C`.
    Interrupt,
    /// The block ends, and another terminal goes on.
    Elsewhere,
}

/// The program that the shell did not find.
fn not_found(status: i32, printed: &[String]) -> Option<String> {
    static NOT_FOUND: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^sh: (?:line )?[0-9]+: (?:eval: )?(?<name>.+): (?:command )?not found$")
            .expect("a valid pattern")
    });
    let name = printed
        .iter()
        .find_map(|line| Some(NOT_FOUND.captures(line)?["name"].to_owned()));
    name.map(|name| format!("`{name}`"))
        .or_else(|| (status == 127).then(|| "a program".to_owned()))
}

fn first_line(command: &Command) -> String {
    let text = command.text();
    match text.split_once('\n') {
        Some((first, _)) => format!("{} …", first.trim_end_matches('\\').trim_end()),
        None => text,
    }
}
