//! Runs the fuzz targets of chapter 1 and puts down how often they ran clean.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{ChildStderr, Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use book::measured::Measured;
use book::workspace::Workspace;

use super::programs::data_folder;
use super::{saved, summary};
use crate::ledger::crates::Crates;

const CHAPTER: &str = "chapters-code/ch01-bare-server";
const TARGETS: [&str; 2] = ["converse", "head"];

/// Runs each target `runs` times from the committed corpus, and writes the figures. Hours, for ten million.
///
/// # Errors
///
/// When cargo-fuzz or a nightly compiler is missing, or when a target finds something; its input is then told by cargo-fuzz.
pub fn measure(workspace: &Workspace, runs: u64) -> Result<()> {
    let chapter = workspace.root().join(CHAPTER);
    ensure!(chapter.join("fuzz").is_dir(), "{CHAPTER}/fuzz is not there");
    let sources =
        ["src", "fuzz/targets", "fuzz/Cargo.lock"].map(|path| format!("{CHAPTER}/{path}"));
    let sources = sources.each_ref().map(String::as_str);
    let mut file = Measured::begin(workspace, "cargo book measure fuzz", &sources)?;
    let folder = data_folder(&Crates::of(workspace)?.target())?;
    let mut sum = 0.0;
    for target in TARGETS {
        let executed = run(&chapter, folder.path(), target, runs)?;
        file.put(
            &format!("{target}_executions"),
            executed,
            "inputs",
            &format!("inputs that the fuzz target `{target}` took without a finding"),
        );
        sum += executed;
    }
    file.put(
        "executions",
        sum,
        "inputs",
        "inputs that the fuzz targets of chapter 1 took without a finding",
    );
    summary(&file);
    saved(workspace, &file.save(workspace, "ch01-fuzz")?);
    Ok(())
}

/// New inputs go to a folder that is thrown away; the committed ones are read only.
fn run(chapter: &Path, folder: &Path, target: &str, runs: u64) -> Result<f64> {
    eprintln!("fuzzing {target}");
    let new = folder.join(target);
    std::fs::create_dir_all(&new)?;
    let committed = chapter.join("fuzz/corpus").join(target);
    let mut child = Command::new("cargo")
        .args(["+nightly", "fuzz", "run", target])
        .args([&new, &committed])
        .args([
            "--",
            "-print_final_stats=1",
            "-max_len=2048",
            "-dict=fuzz/http.dict",
        ])
        .arg(format!("-runs={runs}"))
        .current_dir(chapter)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .context("cargo cannot be started")?;
    let told = child.stderr.take().map(listen).unwrap_or_default();
    if !child.wait()?.success() {
        bail!(
            "cargo +nightly fuzz run {target} failed (it needs a nightly compiler and `cargo install cargo-fuzz`):\n{}",
            told.join("\n")
        );
    }
    executed(&told)
        .with_context(|| format!("{target}: cargo-fuzz does not say how many inputs it executed"))
}

/// Shows how far it is, and keeps the last lines.
fn listen(stderr: ChildStderr) -> Vec<String> {
    let mut last = VecDeque::new();
    for line in BufReader::new(stderr).lines().map_while(Result::ok) {
        if line.contains("\tpulse ") {
            eprintln!("{line}");
        }
        last.push_back(line);
        if last.len() > 40 {
            last.pop_front();
        }
    }
    last.into()
}

/// What libFuzzer says at its end.
fn executed(told: &[String]) -> Option<f64> {
    let line = told
        .iter()
        .find_map(|line| line.strip_prefix("stat::number_of_executed_units:"))?;
    line.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_executions_is_read() {
        let told =
            |lines: &[&str]| -> Vec<String> { lines.iter().map(ToString::to_string).collect() };
        let end = [
            "Done 1000 runs in 2 second(s)",
            "stat::number_of_executed_units: 1000",
            "stat::new_units_added: 3",
        ];
        assert_eq!(executed(&told(&end)), Some(1000.0));
        assert_eq!(executed(&told(&end[..1])), None);
    }
}
