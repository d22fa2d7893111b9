//! `cargo book test`: what the tests need is set up, then they run.

mod chapters;
mod count;
mod whole;

use std::process::{Command, ExitCode};
use std::time::Instant;

use anyhow::Result;

pub(super) use self::chapters::Chapters;
use self::count::{Count, Outcome};
use super::fetch::{Bring, browser_packages};
use super::{process, python};
use crate::cargo::WHOLE;
use crate::workspace::{Chapter, Workspace};

/// Runs all tests, or those of chapters, or those of pages alone.
///
/// The exit status is that of the first runner that failed. A step in which no test ran is a failure too.
pub(super) fn test(
    workspace: &Workspace,
    chapters: Option<Chapters>,
    page: bool,
) -> Result<ExitCode> {
    let found = chapters.map(|chapters| chapters.find(workspace));
    let found = found.transpose()?.unwrap_or_default();
    let started = Instant::now();
    let outcome = if page || found.len() == 1 {
        // A page may deploy something, or look at what is deployed.
        python::of_pages(workspace, &Bring::Can)?;
        one_after_the_other(&steps(workspace, chapters, &found, page)?)?
    } else if let Some(chapters) = chapters {
        python::of_pages(workspace, &Bring::Can)?;
        whole::chapters(workspace, chapters)?
    } else {
        browser_packages(workspace, &Bring::Can)?;
        python::programs(workspace, &Bring::Can)?;
        whole::test(workspace)?
    };
    println!();
    println!("{}", outcome.verdict(started.elapsed().as_secs()));
    Ok(outcome.first_failure.unwrap_or(ExitCode::SUCCESS))
}

fn one_after_the_other(steps: &[Step]) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    for (number, step) in (1..).zip(steps) {
        println!("[{number}/{}] {}", steps.len(), step.what);
        let mut count = Count::default();
        let mut show = |line: &str| {
            println!("{line}");
            count.read(line);
        };
        let status = process::finish(step.command(), Some(&mut show))?;
        if let Some(why) = outcome.add(&count, status) {
            println!("error: {}: {why}", step.what);
        }
        if process::stopped(status) {
            break;
        }
    }
    Ok(outcome)
}

/// One run of `cargo test`.
struct Step<'a> {
    workspace: &'a Workspace,
    what: String,
    arguments: Vec<String>,
}

impl Step<'_> {
    fn command(&self) -> Command {
        let mut cargo = process::cargo(self.workspace);
        cargo.args(&self.arguments);
        cargo.env("BOOK_ROOT", self.workspace.root());
        cargo.env_remove(WHOLE);
        cargo
    }
}

/// Those of one chapter, of which there is a crate if more than its pages is to be tested; or of the pages of some, or of all.
fn steps<'a>(
    workspace: &'a Workspace,
    chapters: Option<Chapters>,
    found: &[(u8, Option<Chapter>)],
    page: bool,
) -> Result<Vec<Step<'a>>> {
    let step = |what: String, arguments: &[&str]| Step {
        workspace,
        what,
        arguments: arguments.iter().map(ToString::to_string).collect(),
    };
    let suite = ["test", "--package", "less-to-run-tests", "--test"];
    let [(number, chapter)] = found else {
        let what = chapters.map_or_else(
            || "the pages".to_owned(),
            |chapters| format!("the pages of chapters {chapters}"),
        );
        let skip = chapters.map(|chapters| chapters.skip(workspace));
        let skip = skip.transpose()?.unwrap_or_default();
        let mut pages = step(what, &[&suite[..], &["pages", "--"]].concat());
        pages.arguments.extend(skip);
        return Ok(vec![pages]);
    };
    let prefix = format!("ch{number:02}");
    let of_chapter = |test| [&suite[..], &[test, "--", &prefix]].concat();
    let pages = step(
        format!("the pages of chapter {number}"),
        &of_chapter("pages"),
    );
    // The last chapter has no crate.
    let Some(chapter) = chapter.as_ref().filter(|_| !page) else {
        return Ok(vec![pages]);
    };
    Ok(vec![
        step(
            format!("the crate {}", chapter.name),
            &["test", "--package", &chapter.name, "--no-fail-fast"],
        ),
        step(
            format!("the promises of chapter {number}"),
            &of_chapter("promises"),
        ),
        pages,
    ])
}
