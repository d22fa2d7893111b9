//! `cargo book exercise`: the exercises of the book, and what somebody gets who works at one.

use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::str::FromStr;

use anyhow::{Context, Result};

use super::{WrongUse, process};
use crate::exercise::{self, Exercise, Number};
use crate::workspace::Workspace;

/// `2`, all exercises of a chapter, or `2.4`, one of them.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wanted {
    Chapter(u8),
    One(Number),
}

impl FromStr for Wanted {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(chapter) = text.parse() {
            return Ok(Self::Chapter(chapter));
        }
        text.parse()
            .map(Self::One)
            .map_err(|_| "a chapter is meant by its number, such as 2, and an exercise by 2.4")
    }
}

/// Lists exercises, gives out one, or puts what was made of it to the page.
pub(super) fn exercise(
    workspace: &Workspace,
    wanted: Option<Wanted>,
    check: bool,
) -> Result<ExitCode> {
    match wanted {
        Some(Wanted::One(number)) if check => {
            // Before what plays pages is compiled, which takes minutes the first time.
            let sheet = named(workspace, number)?.begun(workspace);
            sheet.map_err(|error| WrongUse(format!("{error:#}")))?;
            let arguments = ["--exercise".into(), number.to_string().into()];
            process::delegate(workspace, "pages", arguments.into())
        }
        Some(Wanted::One(number)) => give(workspace, &named(workspace, number)?),
        _ if check => {
            let message = "one exercise is checked at a time: cargo book exercise 2.4 --check";
            Err(WrongUse(message.to_owned()).into())
        }
        None => list(&exercise::all(workspace)?),
        Some(Wanted::Chapter(chapter)) => {
            let mut all = exercise::all(workspace)?;
            all.retain(|exercise| exercise.number.chapter == chapter);
            if all.is_empty() {
                return Err(WrongUse(format!("chapter {chapter} has no exercises")).into());
            }
            list(&all)
        }
    }
}

fn named(workspace: &Workspace, number: Number) -> Result<Exercise> {
    exercise::named(workspace, number).map_err(|error| WrongUse(format!("{error:#}")).into())
}

fn list(exercises: &[Exercise]) -> Result<ExitCode> {
    let mut told = String::new();
    for exercise in exercises {
        let Exercise { number, .. } = exercise;
        let (number, task) = (number.to_string(), exercise.task().to_string());
        // Stars are three bytes and one column each.
        let rank = format!("{:<3}", exercise.rank());
        let question = exercise.plain_question();
        writeln!(told, "{number:<5} {rank} {task:<7} {question}")?;
    }
    if let Some(Exercise { number, .. }) = exercises.first() {
        writeln!(
            told,
            "\n`cargo book exercise {number}` gives you one to work at."
        )?;
    }
    super::tell(&told)?;
    Ok(ExitCode::SUCCESS)
}

/// Writes the sheet and the program of an exercise, and leaves alone what is there already.
fn give(workspace: &Workspace, exercise: &Exercise) -> Result<ExitCode> {
    let root = workspace.root();
    let page = exercise.page_text(workspace)?;
    let question = exercise.plain_question();
    println!("{} {}", exercise.rank(), question);
    println!();
    if let Some((path, starter)) = exercise.starter(workspace)? {
        write(root, Path::new(&path), &starter)?;
    }
    write(root, &exercise.file(), &exercise.sheet(&page))?;
    println!();
    println!(
        "When you are done: cargo book exercise {} --check",
        exercise.number
    );
    Ok(ExitCode::SUCCESS)
}

/// Nothing that somebody has written is lost.
fn write(root: &Path, path: &Path, text: &str) -> Result<()> {
    let whole = root.join(path);
    let shown = path.display();
    if let Some(folder) = whole.parent() {
        fs::create_dir_all(folder)
            .with_context(|| format!("{} cannot be made", folder.display()))?;
    }
    match OpenOptions::new().write(true).create_new(true).open(&whole) {
        Ok(mut file) => {
            file.write_all(text.as_bytes())
                .with_context(|| format!("{shown} cannot be written"))?;
            println!("{shown} is made");
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            println!("{shown} is there already, and stays as it is");
        }
        Err(error) => return Err(error).with_context(|| format!("{shown} cannot be made")),
    }
    Ok(())
}
