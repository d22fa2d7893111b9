//! What is said of an output, a status, or the lack of either.

use std::sync::LazyLock;

use book::session::{Action, Command, Fence, Status};
use regex::Regex;

use super::compare::difference;
use super::report::Failure;
use super::sessions::Sessions;
use super::slot::{Slot, Stop};
use super::update::Rewrite;

impl Sessions<'_> {
    /// Compares what was printed with what is expected; with update, has it rewritten on the page.
    pub(super) fn judge_output(
        &mut self,
        slot: &Slot,
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
            let message = format!("{} printed something else", subject(slot, command));
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

    /// Compares the status with which a command ended.
    pub(super) fn judge_status(
        &mut self,
        slot: &Slot,
        command: &Command,
        status: i32,
        printed: &[String],
    ) {
        let subject = subject(slot, command);
        if let Some(program) = not_found(status, printed) {
            let message = format!(
                "{subject} needs {program}, which a page may not run or this machine does not have; the list is in \
                 tests/src/session/programs.rs"
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
                "{subject} ended with status {status}; the page says {}",
                command.status
            );
            self.outcome
                .failures
                .push(Failure::new(command.line, message).printed(printed));
        }
    }

    /// There is nothing more to wait for, though the page expects it.
    pub(super) fn stopped(
        &self,
        slot: &mut Slot,
        command: &Command,
        expected: &[String],
        stop: &Stop,
    ) -> Failure {
        let subject = subject(slot, command);
        let seconds = self.setting.limits.command.as_secs();
        let message = match (stop, &command.action) {
            (Stop::Gone, _) => format!("{subject} ended the shell of {}", slot.told()),
            (Stop::Flood, _) => format!("{subject} does not stop printing"),
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
                    "{subject} does not end within {seconds} s; what is to run on needs a terminal with a name, as in \
                     ```console,terminal=shop"
                )
            }
            (Stop::Silence, _) => format!("{subject} does not print this within {seconds} s"),
        };
        let unread: Vec<String> = slot.unread.drain(..).collect();
        Failure::new(command.line, message).with(difference(expected, &unread))
    }
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

/// What is spoken of: the command, or, where nothing is typed, what runs in the terminal.
fn subject(slot: &Slot, command: &Command) -> String {
    match &command.action {
        Action::Listen => format!("what line {} started", slot.since),
        Action::Interrupt => "`^C`".to_owned(),
        Action::Run(typed) => match typed.as_slice() {
            [only] => format!("`{only}`"),
            [first, ..] => format!("`{} …`", first.trim_end_matches('\\').trim_end()),
            [] => "nothing".to_owned(),
        },
    }
}
