//! Runs the sessions of a page in its sandbox, in the order of the page.

use std::collections::BTreeMap;
use std::mem;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::Result;
use book::session::{Action, Block, Command, Fence, Status};

use super::built::Start;
use super::cargo::Cargo;
use super::compare::Comparer;
use super::page::Page;
use super::ports::Ports;
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
    /// For a command in a named terminal of which the page shows no line: if it has neither ended nor printed by then, nor come to wait for
    /// something, it runs on.
    pub silence: Duration,
}

impl Default for Limits {
    /// 3 min, 10 s, 2 s, 2 s. None is waited for on a page that is right, where it can be seen that what runs in silence waits.
    fn default() -> Self {
        Self {
            command: Duration::from_mins(3),
            stop: Duration::from_secs(10),
            patience: Duration::from_secs(2),
            silence: Duration::from_secs(2),
        }
    }
}

/// What all pages are run with.
pub(super) struct Setting<'a> {
    pub cargo: &'a Cargo,
    pub starts: &'a [Start],
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
    let sandbox = Sandbox::new(setting.cargo, setting.starts, setting.programs)?;
    sandbox.bring(setting.cargo, &typed)?;
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

pub(super) struct Sessions<'a> {
    pub(super) setting: &'a Setting<'a>,
    pub(super) sandbox: Sandbox,
    shown: Rc<Shown>,
    pub(super) slots: BTreeMap<String, Slot>,
    pub(super) outcome: Outcome,
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
            let terminal = Terminal::open(&self.sandbox, &self.shown.ports)
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
        let is_vague = next == Next::Elsewhere && command.output == ["..."];
        if is_vague && matches!(command.action, Action::Run(_)) && command.status == Status::Unsaid
        {
            let message = "with `...` alone it is not known when what runs here is ready; show the line that says so";
            return Err(Failure::new(command.output_at, message));
        }
        self.begin(slot, command)?;
        let mut expected = command.output.clone();
        let is_elided = mem::take(&mut slot.anything);
        if is_elided {
            expected.insert(0, "...".to_owned());
        }
        let may_run_on = command.status == Status::Unsaid
            && match command.action {
                Action::Run(_) => next != Next::Command,
                Action::Listen => true,
                Action::Interrupt => false,
            };
        let by = Instant::now() + self.setting.limits.command;
        let printed = if !may_run_on {
            slot.until_ended(by)
        } else if next == Next::Elsewhere && expected.is_empty() {
            self.watch_in_silence(slot, by)
        } else {
            self.until_matched(slot, &expected, by)
        };
        let printed = printed.map_err(|stop| self.stopped(slot, command, &expected, &stop))?;
        slot.anything = may_run_on && expected.last().is_some_and(|line| line == "...");
        self.judge_output(slot, fence, command, &expected, is_elided, &printed);
        if !may_run_on && let State::Ended(status) = mem::replace(&mut slot.state, State::Idle) {
            self.judge_status(slot, command, status, &printed);
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

    /// Waits for a command to end that is to print nothing, unless it is one that runs on.
    fn watch_in_silence(&self, slot: &mut Slot, by: Instant) -> Result<Vec<String>, Stop> {
        let silence = if self.setting.update {
            // Who has a page updated may not know yet what it prints.
            slot.until_line(by.min(Instant::now() + self.setting.limits.silence * 5))
        } else {
            slot.until_asleep(by.min(Instant::now() + self.setting.limits.silence))
        };
        match silence {
            Ok(()) | Err(Stop::Silence) => {}
            Err(stop) => return Err(stop),
        }
        if !slot.unread.is_empty() {
            slot.settle(Duration::from_millis(500));
        }
        Ok(slot.unread.drain(..).collect())
    }

    fn until_matched(
        &self,
        slot: &mut Slot,
        expected: &[String],
        by: Instant,
    ) -> Result<Vec<String>, Stop> {
        if !self.setting.update {
            return slot.until_matched(expected, self.setting.comparer, by);
        }
        // The page is to show what comes, whatever that is: a first line, and all that follows at once.
        let mut printed = match slot.until_matched(expected, self.setting.comparer, by) {
            Err(Stop::Silence) if !slot.unread.is_empty() => Vec::new(),
            other => other?,
        };
        if expected.last().is_none_or(|line| line != "...") {
            slot.settle(Duration::from_millis(500));
            printed.extend(slot.unread.drain(..));
        }
        Ok(printed)
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
