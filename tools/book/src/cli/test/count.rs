//! What the test runners say at their ends, added up.

use std::process::{ExitCode, ExitStatus};

use crate::cli::process;

/// How many tests of one runner, or of all.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Count {
    passed: usize,
    failed: usize,
    ignored: usize,
}

impl Count {
    /// Reads `test result: ok. 5 passed; 0 failed; 1 ignored; …`; any other line says nothing.
    pub(super) fn read(&mut self, line: &str) {
        let Some(result) = line.strip_prefix(END) else {
            return;
        };
        for part in result.split([';', '.']) {
            let Some((number, what)) = part.trim().split_once(' ') else {
                continue;
            };
            let Ok(number) = number.parse::<usize>() else {
                continue;
            };
            match what {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" => self.ignored += number,
                _ => {}
            }
        }
    }

    fn add(&mut self, other: &Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.ignored += other.ignored;
    }
}

/// With what the last line of a test runner begins.
pub(super) const END: &str = "test result: ";

/// What came of all.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    total: Count,
    /// With which status the first one failed, in time.
    pub(super) first_failure: Option<ExitCode>,
}

impl Outcome {
    /// Adds a runner that has come to its end, and says what is wrong with it beyond the tests that it has named: that none
    /// ran.
    pub(super) fn add(&mut self, count: &Count, status: ExitStatus) -> Option<&'static str> {
        self.total.add(count);
        if !status.success() {
            self.first_failure.get_or_insert(process::exit_code(status));
            return None;
        }
        (count.passed == 0).then(|| {
            self.first_failure.get_or_insert(ExitCode::FAILURE);
            "no test ran"
        })
    }

    /// The closing line.
    pub(super) fn verdict(&self, seconds: u64) -> String {
        let Count {
            passed,
            failed,
            ignored,
        } = self.total;
        let word = match (self.first_failure, failed) {
            (None, _) => "All is well",
            (Some(_), 0) => "Not all could be tested",
            (Some(_), _) => "Something is broken",
        };
        format!("{word}: {passed} passed, {failed} failed, {ignored} ignored, in {seconds} s.")
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;

    use super::*;

    #[test]
    fn the_closing_lines_of_test_runners_are_added_up() {
        let mut outcome = Outcome::default();
        let mut count = Count::default();
        count.read("running 3 tests");
        count.read("test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s");
        assert_eq!(outcome.add(&count, ExitStatus::from_raw(0)), None);
        assert_eq!(
            outcome.verdict(1),
            "All is well: 3 passed, 0 failed, 1 ignored, in 1 s."
        );
        let mut count = Count::default();
        count.read("test result: FAILED. 10 passed; 2 failed; 0 ignored; 0 measured; 4 filtered out; finished in 1.52s");
        assert_eq!(outcome.add(&count, ExitStatus::from_raw(101 << 8)), None);
        assert_eq!(
            outcome.verdict(2),
            "Something is broken: 13 passed, 2 failed, 1 ignored, in 2 s."
        );
        assert_eq!(outcome.first_failure, Some(ExitCode::from(101)));
    }

    #[test]
    fn it_is_a_failure_when_no_test_ran() {
        let mut outcome = Outcome::default();
        let none = outcome.add(&Count::default(), ExitStatus::from_raw(0));
        assert_eq!(none, Some("no test ran"));
        assert_eq!(
            outcome.verdict(2),
            "Not all could be tested: 0 passed, 0 failed, 0 ignored, in 2 s."
        );
    }
}
