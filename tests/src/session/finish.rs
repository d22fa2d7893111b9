//! The end of a page: nothing of it may go on.

use std::time::{Duration, Instant};

use super::processes;
use super::report::Failure;
use super::sessions::Sessions;
use super::slot::State;

impl Sessions<'_> {
    /// The end of the page: stops what runs, and looks for what is left.
    pub(super) fn finish(&mut self) {
        let limits = self.setting.limits;
        let quiet = Instant::now() + Duration::from_millis(100);
        for slot in self.slots.values_mut() {
            // All have been waited for at once.
            slot.settle(
                quiet
                    .saturating_duration_since(Instant::now())
                    .max(Duration::from_millis(5)),
            );
            if !slot.unread.is_empty() && !slot.anything {
                // It is wrong already. Whether these were its last words is worth some patience.
                slot.settle(limits.patience);
            }
            let is_running = slot.state == State::Running;
            self.outcome.failures.extend(slot.unshown());
            if is_running {
                slot.state = State::Running;
                slot.terminal.interrupt();
                let last = slot.until_ended(Instant::now() + limits.stop);
                // A panic, an abort or a fault is not an answer to Ctrl-C.
                if let State::Ended(101 | 132 | 134 | 135 | 139) = slot.state {
                    slot.unread = last.unwrap_or_default().into();
                    self.outcome.failures.extend(slot.unshown());
                }
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
    pub(super) fn abandon(&mut self) {
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
