//! The exercises of the book: folded questions on its pages, each with an answer that was run, and what somebody gets who works at
//! one.
//!
//! An exercise is a line `<details class="exercise"><summary>★★ What happens if …?</summary>`, its answer, and a line
//! `</details>`. Nobody numbers them: they are counted through the pages of a chapter, in the order of the book.

mod attempt;
mod program;

use std::io::ErrorKind;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::LazyLock;
use std::{fmt, fs};

use anyhow::{Context, Result, bail, ensure};
use regex::Regex;

pub use attempt::{Attempt, Place};
pub use program::Program;

use crate::page::{Checker, Pages, directives};
use crate::session::{Block, Fault, Kind, read};
use crate::workspace::{Chapter, Workspace};

/// `2.4`: the fourth exercise of the second chapter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Number {
    /// The chapter, from 1.
    pub chapter: u8,
    /// The place among the chapter's exercises, from 1.
    pub place: usize,
}

/// A question on a page, and where its answer stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exercise {
    /// What it is called by.
    pub number: Number,
    /// How hard it is, from 1 to 3.
    pub stars: usize,
    /// The question as HTML, which may have code in it.
    pub question: String,
    /// The page, from the root of the workspace.
    pub page: PathBuf,
    /// The lines of the page from `<details …>` to `</details>`, counted from 1.
    pub lines: RangeInclusive<usize>,
    /// The program that its answer shows, if somebody else can write it.
    pub program: Option<Program>,
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// Write a program.
    Write,
    /// Say what will happen.
    Predict,
}

impl Exercise {
    /// What is to be done.
    #[must_use]
    pub fn task(&self) -> Task {
        match self.program {
            Some(_) => Task::Write,
            None => Task::Predict,
        }
    }

    /// The question as it is read in a terminal.
    #[must_use]
    pub fn plain_question(&self) -> String {
        let question = self.question.replace("<code>", "`").replace("</code>", "`");
        let question = question.replace("&lt;", "<").replace("&gt;", ">");
        question.replace("&quot;", "\"").replace("&amp;", "&")
    }

    /// The stars.
    #[must_use]
    pub fn rank(&self) -> String {
        "★".repeat(self.stars)
    }

    /// The id of its place on the page.
    #[must_use]
    pub fn id(&self) -> String {
        format!("exercise-{}-{}", self.number.chapter, self.number.place)
    }

    /// The text of its page.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub fn page_text(&self, workspace: &Workspace) -> Result<String> {
        read_file(&workspace.root().join(&self.page))
    }

    /// The program that somebody begins with, and its file from the root of the workspace; `None` if none is to be written.
    ///
    /// # Errors
    ///
    /// When the answer cannot be read, or has no such part.
    pub fn starter(&self, workspace: &Workspace) -> Result<Option<(String, String)>> {
        let Some(program) = &self.program else {
            return Ok(None);
        };
        let answer = program.answer();
        let text = read_file(&workspace.root().join(&answer))?;
        let starter = program.starter(&text, &self.plain_question());
        Ok(Some((program.yours(), starter.context(answer)?)))
    }

    /// Its sheet, if something has been done.
    ///
    /// # Errors
    ///
    /// When it has not been begun, or cannot be read.
    pub fn begun(&self, workspace: &Workspace) -> Result<String> {
        let root = workspace.root();
        let (file, number) = (self.file(), self.number);
        let shown = file.display();
        let sheet = match fs::read_to_string(root.join(&file)) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                bail!("there is no {shown} yet: cargo book exercise {number}")
            }
            sheet => sheet.with_context(|| format!("{shown} cannot be read"))?,
        };
        if let Some((yours, starter)) = self.starter(workspace)? {
            ensure!(
                read_file(&root.join(&yours))? != starter,
                "{yours} is as you got it: write what is missing"
            );
        } else {
            ensure!(
                sheet != self.sheet(&self.page_text(workspace)?),
                "{shown} is as you got it: write below each command what you expect"
            );
        }
        Ok(sheet)
    }

    /// Where somebody works at it, from the root of the workspace: a folder that is not in git.
    #[must_use]
    pub fn file(&self) -> PathBuf {
        Path::new(FOLDER).join(format!("{}.md", self.number))
    }
}

/// The folder for those who work at exercises.
pub const FOLDER: &str = "exercises";

/// All exercises of the book, in its order.
///
/// # Errors
///
/// When a page cannot be read, or holds something that looks like an exercise and is none.
pub fn all(workspace: &Workspace) -> Result<Vec<Exercise>> {
    let (pages, _) = Checker::new(workspace)?.pages()?;
    let (exercises, faults) = find(&pages);
    if let Some((page, fault)) = faults.first() {
        bail!("{}:{fault}", page.display());
    }
    Ok(exercises)
}

/// The exercise with this number.
///
/// # Errors
///
/// When there is none, or no page can be read.
pub fn named(workspace: &Workspace, number: Number) -> Result<Exercise> {
    let all = all(workspace)?;
    let of_chapter = all
        .iter()
        .filter(|exercise| exercise.number.chapter == number.chapter)
        .count();
    let found = all.into_iter().find(|exercise| exercise.number == number);
    let chapter = number.chapter;
    found.with_context(|| match of_chapter {
        0 => format!("there is no exercise {number}: chapter {chapter} has none"),
        count => format!(
            "there is no exercise {number}: chapter {chapter} has {chapter}.1 to {chapter}.{count}"
        ),
    })
}

/// The exercises of these pages, and what is wrong with the others.
#[must_use]
pub fn find(pages: &Pages) -> (Vec<Exercise>, Vec<(PathBuf, Fault)>) {
    let mut exercises: Vec<Exercise> = Vec::new();
    let mut faults = Vec::new();
    for (path, text) in pages {
        let (blocks, _) = read(text);
        let mut lines = (1..).zip(text.lines());
        while let Some((line, opening)) = lines.next() {
            if !opening.contains("class=\"exercise\"") {
                continue;
            }
            let closing = lines.by_ref().find(|(_, line)| *line == "</details>");
            let found = closing
                .context("this exercise is never closed by a line `</details>`")
                .and_then(|(last, _)| {
                    let chapter =
                        chapter(path).context("only a page of a chapter has exercises")?;
                    let place = 1
                        + (exercises.iter())
                            .filter(|other| other.number.chapter == chapter)
                            .count();
                    let number = Number { chapter, place };
                    exercise(number, path, text, &blocks, line, opening, last)
                });
            match found {
                Ok(exercise) => exercises.push(exercise),
                Err(error) => {
                    let message = format!("{error:#}");
                    faults.push((path.clone(), Fault { line, message }));
                }
            }
        }
    }
    (exercises, faults)
}

fn exercise(
    number: Number,
    page: &Path,
    text: &str,
    blocks: &[Block],
    first: usize,
    opening: &str,
    last: usize,
) -> Result<Exercise> {
    static OPENING: LazyLock<Regex> = LazyLock::new(|| {
        let pattern =
            "^<details class=\"exercise\"><summary>(?<stars>★{1,3}) (?<question>[^`]+)</summary>$";
        Regex::new(pattern).expect("a valid pattern")
    });
    let opening = OPENING.captures(opening).context(
        "an exercise begins with `<details class=\"exercise\"><summary>★ Why …?</summary>`, one to three stars, and HTML in the question",
    )?;
    let lines = first..=last;
    let program = directives(text)
        .iter()
        .filter(|directive| directive.name == "listing" && lines.contains(&directive.line))
        .find_map(Program::shown_by);
    let is_run =
        (blocks.iter()).any(|block| is_session(block) && lines.contains(&block.fence.line));
    ensure!(
        is_run || program.is_some(),
        "nothing of this exercise's answer is run: it needs a session, or a listing of an example `exercise_….rs`"
    );
    Ok(Exercise {
        number,
        stars: opening["stars"].chars().count(),
        question: opening["question"].to_owned(),
        page: page.to_owned(),
        program,
        lines,
    })
}

fn is_session(block: &Block) -> bool {
    matches!(block.kind, Kind::Console { .. })
}

fn read_file(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))
}

/// The number of the chapter that a page belongs to.
fn chapter(page: &Path) -> Option<u8> {
    let chapter = Chapter::from_name(page.file_stem()?.to_str()?)?;
    Some(chapter.number)
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.chapter, self.place)
    }
}

impl FromStr for Number {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = || {
            let (chapter, place) = text.split_once('.')?;
            let (chapter, place) = (chapter.parse().ok()?, place.parse().ok()?);
            Some(Self { chapter, place })
        };
        read().ok_or("an exercise is meant by its number, such as 2.4")
    }
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Write => "write",
            Self::Predict => "predict",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "# A\n\n\
        <details class=\"exercise\"><summary>★ Why <code>a &lt; b</code>?</summary>\n\n{{#listing ../chapters-code/ch02-a/examples/exercise_b.rs:c}}\n</details>\n\n\
        <details class=\"exercise\"><summary>★★★ What if?</summary>\n\n```console\n$ ls\n```\n</details>\n";

    fn pages(texts: &[(&str, &str)]) -> Pages {
        let pages = texts.iter();
        pages
            .map(|(path, text)| (PathBuf::from(path), (*text).to_owned()))
            .collect()
    }

    #[test]
    fn exercises_are_counted_through_the_pages_of_a_chapter() {
        let pages = pages(&[
            ("book/preface.md", "# Preface\n"),
            ("book/ch02-b.md", PAGE),
            ("book/ch02-a.md", PAGE),
            ("book/ch03-c.md", PAGE),
        ]);
        let (exercises, faults) = find(&pages);
        assert!(faults.is_empty(), "{faults:?}");
        let numbers: Vec<String> = exercises
            .iter()
            .map(|exercise| exercise.number.to_string())
            .collect();
        assert_eq!(numbers, ["2.1", "2.2", "2.3", "2.4", "3.1", "3.2"]);
        assert_eq!(exercises[3].page, Path::new("book/ch02-a.md"));
        assert_eq!(
            (exercises[0].stars, exercises[0].plain_question().as_str()),
            (1, "Why `a < b`?")
        );
        assert_eq!(exercises[1].lines, 8..=13);
        assert_eq!(exercises[0].task(), Task::Write);
        assert_eq!(exercises[1].task(), Task::Predict);
    }

    #[test]
    fn what_looks_like_an_exercise_and_is_none_is_told() {
        for (text, expected) in [
            (
                "<details class=\"exercise\"><summary>Why?</summary>\n\n</details>\n",
                "1: an exercise begins with",
            ),
            (
                "\n<details class=\"exercise\"><summary>★ Why `a`?</summary>\n\n</details>\n",
                "2: an exercise begins with",
            ),
            (
                "<details class=\"exercise\"><summary>★ Why?</summary>\n\nSo.\n",
                "1: this exercise is never closed",
            ),
            (
                "<details class=\"exercise\"><summary>★ Why?</summary>\n\nSo.\n</details>\n",
                "1: nothing of this exercise's answer is run",
            ),
        ] {
            let (found, faults) = find(&pages(&[("book/ch01-a.md", text)]));
            assert!(found.is_empty());
            let told = faults[0].1.to_string();
            assert!(told.starts_with(expected), "{told}");
        }
        let (_, faults) = find(&pages(&[("book/preface.md", PAGE)]));
        assert_eq!(faults.len(), 2);
    }

    #[test]
    fn a_number_has_a_chapter_and_a_place() {
        let number: Number = "10.3".parse().unwrap();
        assert_eq!((number.chapter, number.place), (10, 3));
        for wrong in ["10", "a.1", "1.", ".1", "1.2.3"] {
            assert!(wrong.parse::<Number>().is_err(), "{wrong}");
        }
    }
}
