//! `cargo book doctor`: what is on this machine, and how to get what is not.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result};

use super::tools::{Need, TOOLS, Tool};
use crate::workspace::Workspace;

/// Prints a line for each tool, and below a missing one the line that installs it here.
///
/// The exit status is 1 when something is missing that everything needs, else 0.
pub(super) fn doctor(workspace: &Workspace) -> Result<ExitCode> {
    let wanted = rust_version(workspace)?;
    let (tests, reading): (Vec<&Tool>, Vec<&Tool>) =
        TOOLS.iter().partition(|tool| tool.need == Need::Tests);
    let mut missing = Vec::new();
    let root = workspace.root();
    let reading = list(&reading, root, &wanted, &mut missing)?;
    let tests = list(&tests, root, &wanted, &mut missing)?;
    let verdict = verdict(&missing);
    super::tell(&format!(
        "To read the book and to run it\n{reading}\nFor the tests\n{tests}\n{verdict}\n"
    ))?;
    let stuck = missing.contains(&Need::Everything);
    Ok(ExitCode::from(u8::from(stuck)))
}

/// A line for each of `tools`.
fn list(
    tools: &[&'static Tool],
    root: &Path,
    wanted: &str,
    missing: &mut Vec<Need>,
) -> Result<String> {
    let mut told = String::new();
    for tool in tools {
        let state = examine(tool, root, wanted);
        let (name, word) = (tool.names[0], state.word());
        writeln!(told, "  {name:<15} {word:<14} {}", tool.purpose)?;
        let help = match state {
            State::Present(_) => continue,
            State::TooOld(_) => format!("needs {wanted} or later: rustup update stable"),
            State::Missing => tool.install(),
        };
        writeln!(told, "{:33}{help}", "")?;
        missing.push(tool.need);
    }
    Ok(told)
}

enum State {
    Present(String),
    TooOld(String),
    Missing,
}

impl State {
    fn word(&self) -> &str {
        match self {
            Self::Present(version) | Self::TooOld(version) => version,
            Self::Missing => "missing",
        }
    }
}

fn examine(tool: &Tool, root: &Path, rust_version: &str) -> State {
    let Some((name, file)) = tool.find(root) else {
        return State::Missing;
    };
    let version = version(&file, tool.version).unwrap_or_else(|| "present".to_owned());
    if name == "cargo" && numbers(&version) < numbers(rust_version) {
        State::TooOld(version)
    } else {
        State::Present(version)
    }
}

/// The first word with a digit and a dot in what the tool prints about itself.
fn version(file: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new(file)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    let word = text
        .split(|c: char| c.is_whitespace() || c == '(' || c == ')')
        .map(|word| word.trim_start_matches(|c: char| !c.is_ascii_digit()))
        .find(|word| word.starts_with(|c: char| c.is_ascii_digit()) && word.contains('.'))?;
    let end = word.find(|c: char| !c.is_ascii_digit() && c != '.');
    Some(word[..end.unwrap_or(word.len())].to_owned())
}

fn numbers(version: &str) -> Vec<u32> {
    version
        .split('.')
        .map_while(|part| part.parse().ok())
        .collect()
}

/// The oldest Rust that builds the workspace, as its Cargo.toml says.
fn rust_version(workspace: &Workspace) -> Result<String> {
    let file = workspace.root().join("Cargo.toml");
    let text = std::fs::read_to_string(&file)
        .with_context(|| format!("{} cannot be read", file.display()))?;
    let manifest: toml::Table = text
        .parse()
        .with_context(|| format!("{} is not TOML", file.display()))?;
    manifest
        .get("workspace")
        .and_then(|table| table.get("package"))
        .and_then(|table| table.get("rust-version"))
        .and_then(toml::Value::as_str)
        .map(str::to_owned)
        .with_context(|| format!("{} has no workspace.package.rust-version", file.display()))
}

fn verdict(missing: &[Need]) -> &'static str {
    if missing.contains(&Need::Everything) {
        "Nothing works here before the first part of this list is put right."
    } else if missing.contains(&Need::Trying) {
        "The book can be read and built. What it shows cannot be tried by hand."
    } else if missing.contains(&Need::Tests) {
        "The book can be read and run. Tests that need what is missing say so and are skipped."
    } else {
        "Everything is here."
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_number_and_not_by_letter() {
        assert!(numbers("1.100.0") > numbers("1.95"));
        assert!(numbers("1.94.1") < numbers("1.95"));
        assert!(numbers("1.95.0") >= numbers("1.95"));
    }
}
