//! `cargo book test`: what the tests need is set up, then they run.

use std::process::{Command, ExitCode};
use std::time::Instant;

use anyhow::Result;

use super::fetch::{Bring, browser_packages};
use super::{process, python, run};
use crate::cargo::WHOLE;
use crate::workspace::{Chapter, Workspace};

/// Runs all tests, or those of one chapter, or those of pages alone.
///
/// The exit status is that of the first runner that failed. A step in which no test ran is a failure too.
pub(super) fn test(workspace: &Workspace, chapter: Option<u8>, page: bool) -> Result<ExitCode> {
    let chapter = chapter
        .map(|number| run::pages_of(workspace, number))
        .transpose()?;
    let started = Instant::now();
    if chapter.is_none() && !page {
        browser_packages(workspace, &Bring::Can)?;
        python::programs(workspace, &Bring::Can)?;
    } else {
        // A page may deploy something, or look at what is deployed.
        python::of_pages(workspace, &Bring::Can)?;
    }
    let steps = steps(workspace, chapter.as_ref(), page);
    let mut total = Count::default();
    let mut first_failure = None;
    for (number, step) in (1..).zip(&steps) {
        println!("[{number}/{}] {}", steps.len(), step.what);
        let mut count = Count::default();
        let mut show = |line: &str| {
            println!("{line}");
            count.read(line);
        };
        let status = process::finish(step.command(), Some(&mut show))?;
        if !status.success() {
            first_failure.get_or_insert(process::exit_code(status));
        } else if count.passed == 0 {
            println!("error: {}: no test ran", step.what);
            first_failure.get_or_insert(ExitCode::FAILURE);
        }
        total.add(&count);
        if process::stopped(status) {
            break;
        }
    }
    println!();
    println!(
        "{}",
        total.verdict(first_failure.is_some(), started.elapsed().as_secs())
    );
    Ok(first_failure.unwrap_or(ExitCode::SUCCESS))
}

/// One run of `cargo test`.
struct Step<'a> {
    workspace: &'a Workspace,
    what: String,
    arguments: Vec<String>,
    /// Whether it is over the whole workspace, whose programs are built at once then.
    is_whole: bool,
}

impl Step<'_> {
    fn command(&self) -> Command {
        let mut cargo = process::cargo(self.workspace);
        cargo.args(&self.arguments);
        cargo.env("BOOK_ROOT", self.workspace.root());
        if self.is_whole {
            cargo.env(WHOLE, "1");
        } else {
            cargo.env_remove(WHOLE);
        }
        cargo
    }
}

fn steps<'a>(
    workspace: &'a Workspace,
    chapter: Option<&(u8, Option<Chapter>)>,
    page: bool,
) -> Vec<Step<'a>> {
    let step = |what: String, arguments: &[&str]| Step {
        workspace,
        what,
        arguments: arguments.iter().map(ToString::to_string).collect(),
        is_whole: false,
    };
    let suite = ["test", "--package", "less-to-run-tests", "--test"];
    let Some((number, chapter)) = chapter else {
        let everything = ["test", "--workspace", "--no-fail-fast"];
        return if page {
            vec![step("the pages".into(), &[&suite[..], &["pages"]].concat())]
        } else {
            vec![Step {
                is_whole: true,
                ..step("all tests of the workspace".into(), &everything)
            }]
        };
    };
    let prefix = format!("ch{number:02}");
    let of_chapter = |test| [&suite[..], &[test, "--", &prefix]].concat();
    let pages = step(
        format!("the pages of chapter {number}"),
        &of_chapter("pages"),
    );
    // The last chapter has no crate.
    let Some(chapter) = chapter.as_ref().filter(|_| !page) else {
        return vec![pages];
    };
    vec![
        step(
            format!("the crate {}", chapter.name),
            &["test", "--package", &chapter.name, "--no-fail-fast"],
        ),
        step(
            format!("the promises of chapter {number}"),
            &of_chapter("promises"),
        ),
        pages,
    ]
}

/// What the test runners say at their ends, added up.
#[derive(Debug, Default, PartialEq, Eq)]
struct Count {
    passed: usize,
    failed: usize,
    ignored: usize,
}

impl Count {
    /// Reads `test result: ok. 5 passed; 0 failed; 1 ignored; …`; any other line says nothing.
    fn read(&mut self, line: &str) {
        let Some(result) = line.strip_prefix("test result: ") else {
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

    fn verdict(&self, failed: bool, seconds: u64) -> String {
        let Self {
            passed,
            failed: broken,
            ignored,
        } = self;
        let word = match (failed, broken) {
            (false, _) => "All is well",
            (true, 0) => "Not all could be tested",
            (true, _) => "Something is broken",
        };
        format!("{word}: {passed} passed, {broken} failed, {ignored} ignored, in {seconds} s.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closing_lines_of_test_runners_are_added_up() {
        let mut count = Count::default();
        count.read("running 3 tests");
        count.read("test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s");
        count.read("test result: FAILED. 10 passed; 2 failed; 0 ignored; 0 measured; 4 filtered out; finished in 1.52s");
        let expected = Count {
            passed: 13,
            failed: 2,
            ignored: 1,
        };
        assert_eq!(count, expected);
        assert_eq!(
            count.verdict(true, 2),
            "Something is broken: 13 passed, 2 failed, 1 ignored, in 2 s."
        );
    }
}
