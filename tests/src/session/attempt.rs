//! An exercise as somebody has done it: the page is played up to it, and goes on with theirs.

use anyhow::{Result, bail};
use book::exercise::{Number, Place, Program, named};
use book::workspace::Workspace;

use super::{Failure, Mode, Page, PageReport, Runner};

/// How an attempt went, as it is told.
#[derive(Debug, PartialEq, Eq)]
pub enum Checked {
    /// All is as the sheet says.
    Well(String),
    /// Something differs, or the page itself does not run here.
    Differs(String),
}

/// Checks the attempt at an exercise that lies in the workspace.
///
/// # Errors
///
/// When there is none, when it has not been begun, or when it cannot be run here for want of a program.
pub fn check(workspace: &Workspace, number: Number) -> Result<Checked> {
    let exercise = named(workspace, number)?;
    let page = exercise.page_text(workspace)?;
    let sheet = exercise.begun(workspace)?;
    let file = exercise.file();
    let attempt = exercise.attempt(&page, &sheet).map_err(|faults| {
        let told = faults
            .iter()
            .map(|fault| format!("{}:{fault}", file.display()));
        anyhow::anyhow!(told.collect::<Vec<_>>().join("\n"))
    })?;
    let played = Page::new(&exercise.page, attempt.text.clone(), &workspace.chapters()?);
    let runner = Runner::new(workspace)?;
    let report = runner.run(&played, Mode::Compare);
    if let Some(reason) = &report.skipped {
        bail!("exercise {number} cannot be run here: {reason}");
    }
    // Programs are built before the first command, and what does not compile is told of the first line.
    let yours = exercise.program.as_ref().map(Program::yours);
    let names_it = |message: &str| yours.as_ref().is_some_and(|path| message.contains(path));
    let is_ours = |failure: &Failure| {
        matches!(attempt.place(failure.line), Place::Page(_)) && !names_it(&failure.message)
    };
    let failures = report.failures.iter().cloned();
    let (ours, theirs): (Vec<_>, Vec<_>) = failures.partition(is_ours);
    if !ours.is_empty() {
        let told = PageReport {
            failures: ours,
            ..report
        }
        .told();
        return Ok(Checked::Differs(format!(
            "The page does not run as far as to the exercise:\n\n{told}"
        )));
    }
    if theirs.is_empty() {
        let page = exercise.page.display();
        return Ok(Checked::Well(format!(
            "It is as you say. What we make of it is folded at the end of {page}, on line {}.",
            exercise.lines.start()
        )));
    }
    let failures = theirs.into_iter().map(|mut failure| {
        if let Place::Sheet(line) = attempt.place(failure.line) {
            failure.line = line;
        }
        failure.detail = failure
            .detail
            .replace("expected: the page", "expected: the sheet");
        failure
    });
    let page = file.display().to_string();
    let report = PageReport {
        page,
        failures: failures.collect(),
        ..report
    };
    Ok(Checked::Differs(report.told()))
}
