//! `cargo book reset`: a chapter as it was given out, with what was there kept beside it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};

use super::{WrongUse, run};
use crate::exercise::FOLDER;
use crate::workspace::Workspace;

/// What git ignores in the root and is not made by a chapter's programs.
const STAYS: [&str; 2] = ["target", FOLDER];

/// Puts a chapter's crate, its files in `infra/` and its pages back to the last commit, and takes away the data that its programs have
/// left in the workspace's root. All of that is in a folder of its own afterwards.
pub(super) fn reset(workspace: &Workspace, number: u8) -> Result<ExitCode> {
    run::pages_of(workspace, number)?;
    let git = Git {
        root: workspace.root(),
    };
    git.is_there()?;
    // Also of what somebody has removed, git knows that it belongs to the chapter.
    let paths =
        ["chapters-code", "infra", "book"].map(|folder| format!("{folder}/ch{number:02}-*"));
    let changes = git.ask(&["diff", "--binary", "HEAD", "--"], &paths)?;
    let mut moved = git.others(&[], &paths)?;
    moved.extend(git.others(&["--ignored"], &paths)?);
    moved.extend(sheets(workspace.root(), number)?);
    let data = git.others(&["--ignored", "--directory"], &[])?;
    let is_data = |path: &String| !path.contains('/') && !STAYS.contains(&path.as_str());
    moved.extend(data.into_iter().filter(is_data));
    if changes.is_empty() && moved.is_empty() {
        println!("Chapter {number} is as in the last commit, and there is no data.");
        return Ok(ExitCode::SUCCESS);
    }
    let kept = fresh(workspace.root(), number)?;
    let shown = kept
        .strip_prefix(workspace.root())
        .unwrap_or(&kept)
        .display()
        .to_string();
    // What is kept is safe before anything is taken away.
    if !changes.is_empty() {
        fs::write(kept.join("changes.patch"), &changes)
            .with_context(|| format!("{shown}/changes.patch cannot be written"))?;
    }
    for path in &moved {
        keep(workspace.root(), &kept, path)?;
        println!("{path} is in {shown} now");
    }
    if !changes.is_empty() {
        let files = names(&git.ask(&["diff", "--name-only", "-z", "HEAD", "--"], &paths)?);
        let restore = ["restore", "--source=HEAD", "--staged", "--worktree", "--"];
        git.ask(&restore, &files)?;
        println!("what was changed is in {shown}/changes.patch; git apply brings it back");
    }
    println!("Chapter {number} is as in the last commit.");
    Ok(ExitCode::SUCCESS)
}

/// The sheets of the chapter's exercises.
fn sheets(root: &Path, number: u8) -> Result<Vec<String>> {
    let Ok(entries) = fs::read_dir(root.join(FOLDER)) else {
        return Ok(Vec::new());
    };
    let mut sheets = Vec::new();
    for entry in entries {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.starts_with(&format!("{number}.")) {
            sheets.push(format!("{FOLDER}/{name}"));
        }
    }
    sheets.sort();
    Ok(sheets)
}

/// A folder that was not there before, for what is taken away.
fn fresh(root: &Path, number: u8) -> Result<PathBuf> {
    let kept = root.join(FOLDER).join("kept");
    fs::create_dir_all(&kept).with_context(|| format!("{} cannot be made", kept.display()))?;
    for count in 1.. {
        let folder = kept.join(format!("chapter-{number}-{count}"));
        match fs::create_dir(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => {
                return Err(error).with_context(|| format!("{} cannot be made", folder.display()));
            }
        }
    }
    bail!("{} is full", kept.display())
}

fn keep(root: &Path, kept: &Path, path: &str) -> Result<()> {
    let to = kept.join(path);
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)
            .with_context(|| format!("{} cannot be made", folder.display()))?;
    }
    fs::rename(root.join(path), &to)
        .with_context(|| format!("{path} cannot be moved to {}", to.display()))
}

/// git, at work in the workspace.
struct Git<'a> {
    root: &'a Path,
}

impl Git<'_> {
    fn is_there(&self) -> Result<()> {
        let inside = self.ask(&["rev-parse", "--verify", "--quiet", "HEAD^{commit}"], &[]);
        inside.map(drop).map_err(|error| {
            let root = self.root.display();
            WrongUse(format!(
                "{root} is no clone of which git knows a commit ({error:#}); a reset needs one"
            ))
            .into()
        })
    }

    /// What git does not have: files, or with `--directory` whole folders.
    fn others(&self, options: &[&str], paths: &[String]) -> Result<Vec<String>> {
        let words = [
            "ls-files",
            "--others",
            "-z",
            "--exclude-per-directory=.gitignore",
        ];
        Ok(names(
            &self.ask(&[&words, options, &["--"]].concat(), paths)?,
        ))
    }

    fn ask(&self, words: &[&str], paths: &[String]) -> Result<Vec<u8>> {
        let output = Command::new("git")
            .arg("-C")
            .arg(self.root)
            .args(words)
            .args(paths)
            .output()
            .context("git cannot be started")?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            bail!("git {}: {}", words.first().unwrap_or(&""), said.trim());
        }
        Ok(output.stdout)
    }
}

/// The names that git prints with `-z`.
fn names(printed: &[u8]) -> Vec<String> {
    let names = printed.split(|byte| *byte == 0);
    let names = names
        .filter(|name| !name.is_empty())
        .map(String::from_utf8_lossy);
    names
        .map(|name| name.trim_end_matches('/').to_owned())
        .collect()
}
