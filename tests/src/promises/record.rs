//! `book/measured/chNN-promises.json`: what a rung was seen to keep, for the page's table.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use book::measured::{self, Asked, Measured};
use book::workspace::Workspace;

use super::Finding;
use super::declared::{self, Declared};

/// Writes down what was seen of a rung.
///
/// It goes stale with the rung. It does not with the suite: the tests put every rung to all promises at each
/// change, and fail where that is not what is declared, or not what is written down.
///
/// # Errors
///
/// When the file cannot be written, or a source of the rung cannot be read.
pub fn save(workspace: &Workspace, declared: &Declared, findings: &[Finding]) -> Result<PathBuf> {
    let chapter = workspace.chapter(declared.number)?;
    let with_a_bug = declared.with_example(workspace, &declared.with_a_bug);
    let mut sources = vec![
        format!("chapters-code/{}/Cargo.toml", chapter.name),
        format!(
            "chapters-code/{with_a_bug}/examples/{}.rs",
            declared.with_a_bug
        ),
        format!("chapters-code/{}/src", chapter.name),
        declared::file(declared.number),
    ];
    let others = declared.host.iter().chain(&declared.beside);
    sources.extend(others.flat_map(|other| {
        ["Cargo.toml", "src"].map(|path| format!("chapters-code/{other}/{path}"))
    }));
    sources.extend(declared.files().map(str::to_owned));
    let sources: Vec<&str> = sources.iter().map(String::as_str).collect();
    let command = format!("cargo book promises --rung {} --record", declared.number);
    let mut measured = Measured::begin(workspace, &command, &sources)?;
    measured.rung = Some(declared.number);
    for finding in findings {
        let promise = finding.promise;
        let declaration = declared
            .promises
            .get(&promise)
            .with_context(|| format!("rung {} says nothing of {promise}", declared.number))?;
        measured.promises.push(Asked {
            promise: promise.to_string(),
            title: promise.title().to_owned(),
            declared: declaration.state,
            reason: declaration.reason.clone(),
            seen: finding.seen,
            lines: finding.lines.clone(),
        });
    }
    measured.save(workspace, &name(declared))
}

/// Whether what is written down of a rung is what is declared of it, and in the suite's words.
///
/// # Errors
///
/// When it is not, or nothing is written down.
pub fn is_as_declared(workspace: &Workspace, declared: &Declared) -> Result<()> {
    let written = measured::load(workspace, &name(declared))?;
    let again = &written.command;
    for (promise, declaration) in &declared.promises {
        let asked = written.promises.iter();
        let mut asked = asked.filter(|asked| asked.promise == promise.to_string());
        let asked = asked.next();
        let asked = asked.with_context(|| format!("{promise} is not written down: {again}"))?;
        let is_same = asked.declared == declaration.state
            && asked.reason == declaration.reason
            && asked.title == promise.title();
        ensure!(is_same, "{promise} is written down otherwise: {again}");
    }
    Ok(())
}

fn name(declared: &Declared) -> String {
    format!("ch{:02}-promises", declared.number)
}
