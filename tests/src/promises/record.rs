//! `book/measured/chNN-promises.json`: what a rung was seen to keep, for the page's table.

use std::path::PathBuf;

use anyhow::{Context, Result};
use book::measured::{Asked, Measured};
use book::workspace::Workspace;

use super::Finding;
use super::declared::Declared;

/// Writes down what was seen of a rung.
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
        "tests/contract".to_owned(),
        "tests/rungs.toml".to_owned(),
        "tests/src/promises".to_owned(),
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
    measured.save(workspace, &format!("{}-promises", chapter.prefix()))
}
