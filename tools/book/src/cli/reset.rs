//! `cargo book reset`: a chapter as it was given out, with what was there kept beside it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};

use super::{WrongUse, run};
use crate::exercise::FOLDER;
use crate::workspace::Workspace;

/// What git ignores and is not made by working at a chapter: it takes long to make again.
const STAYS: [&str; 4] = ["target", "tests/browser/node_modules", "peers/", FOLDER];

/// Puts a chapter's crate, its files in `infra/` and its pages back to the last commit, and takes away the data that its programs have
/// left in the workspace's root. All of that is in a folder of its own afterwards.
pub(super) fn reset(workspace: &Workspace, number: u8) -> Result<ExitCode> {
    run::pages_of(workspace, number)?;
    let git = Git {
        root: workspace.root(),
    };
    git.is_there()?;
    let paths = paths(workspace, number)?;
    let changes = git.ask(&["diff", "--binary", "HEAD", "--"], &paths)?;
    let mut moved = git.files(&["--exclude-per-directory=.gitignore"], &paths)?;
    let ignored = ["--ignored", "--exclude-per-directory=.gitignore"];
    moved.extend(git.files(&ignored, &paths)?);
    moved.extend(sheets(workspace.root(), number)?);
    let data = git.files(
        &[
            "--ignored",
            "--exclude-per-directory=.gitignore",
            "--directory",
        ],
        &[],
    )?;
    let is_data = |path: &String| {
        let path = path.trim_end_matches('/');
        !STAYS.iter().any(|stays| path.starts_with(stays)) && !path.contains('/')
    };
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
        git.ask(
            &["restore", "--source=HEAD", "--staged", "--worktree", "--"],
            &paths,
        )?;
        println!("what was changed is in {shown}/changes.patch; git apply brings it back");
    }
    println!("Chapter {number} is as in the last commit.");
    Ok(ExitCode::SUCCESS)
}

/// What belongs to a chapter and is in git.
fn paths(workspace: &Workspace, number: u8) -> Result<Vec<String>> {
    let prefix = format!("ch{number:02}-");
    let mut paths = Vec::new();
    for folder in ["chapters-code", "infra", "book"] {
        let Ok(entries) = fs::read_dir(workspace.root().join(folder)) else {
            continue;
        };
        for entry in entries {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if name.starts_with(&prefix) {
                paths.push(format!("{folder}/{name}"));
            }
        }
    }
    paths.sort();
    Ok(paths)
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
    let path = path.trim_end_matches('/');
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

    /// The files that git does not have, one by one or as folders.
    fn files(&self, options: &[&str], paths: &[String]) -> Result<Vec<String>> {
        let words = [&["ls-files", "--others", "-z"], options, &["--"]].concat();
        let printed = self.ask(&words, paths)?;
        let names = printed
            .split(|byte| *byte == 0)
            .filter(|name| !name.is_empty());
        Ok(names
            .map(|name| String::from_utf8_lossy(name).into_owned())
            .collect())
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
