//! Puts a promise to a running example.

use std::process::Command;

use anyhow::{Context, Result, bail};
use book::workspace::Workspace;
use serde::Deserialize;

use super::badges::Target;
use super::cargo::Cargo;
use crate::promises::declared;

/// What the program `promises` says of one promise.
#[derive(Deserialize)]
struct Answer {
    promise: String,
    seen: String,
    lines: Vec<String>,
}

/// Whether the target, while it runs on a machine as its rung has it, is seen to have `promise` as `claim` says: kept or broken.
pub(super) fn promised(cargo: &Cargo, target: &Target, promise: &str, claim: &str) -> Result<()> {
    let promises = cargo.target.join("debug/promises");
    if !promises.is_file() {
        bail!("the program `promises` is not built, so nothing can be put to it");
    }
    let built = cargo.target.join("debug");
    let file = match target.example {
        Some(example) => built.join("examples").join(example),
        None => built.join(target.package),
    };
    let workspace = Workspace::at(&cargo.root)?;
    let rungs = declared::read(&workspace)?;
    let declared = rungs
        .into_iter()
        .find(|rung| rung.package == target.package)
        .with_context(|| format!("tests/rungs has no rung of {}", target.package))?;
    // What prepares its machine is the program all the same.
    let program = built.join(&declared.bin);
    let rung = declared.described(&workspace, program, file)?;
    let machine = rung.machine()?;
    let running = machine.start_with_a_bug()?;
    let key = declared.staff_key().map(|key| ["--staff-key", key]);
    let output = Command::new(promises)
        .env("BOOK_ROOT", &cargo.root)
        .args(["--at", running.url(), promise, "--json"])
        .args(key.iter().flatten())
        .output()
        .context("`promises` cannot be run")?;
    let answers: Vec<Answer> = serde_json::from_slice(&output.stdout).with_context(|| {
        format!(
            "`promises` did not answer in JSON: {}",
            String::from_utf8_lossy(&output.stderr).trim_end()
        )
    })?;
    let Some(answer) = answers.into_iter().find(|answer| answer.promise == promise) else {
        bail!("`promises` does not know {promise}");
    };
    if answer.seen != claim {
        bail!(
            "it was seen to be {}: {}",
            answer.seen,
            answer.lines.join(" ")
        );
    }
    Ok(())
}
