//! What the checks found.

use std::fmt;
use std::ops::{Add, AddAssign};
use std::path::PathBuf;

use super::source::display;

/// Something wrong on a page, or in a file that pages share.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file, relative to the root of the workspace.
    pub page: PathBuf,
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong, and what would be right.
    pub message: String,
}

/// How many parts of a page there are of each kind. A page may hold none that is unaccounted for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Listings, included from files that are compiled.
    pub included: usize,
    /// Sessions and messages of the compiler, run by the tests.
    pub executed: usize,
    /// Tables, ledgers and drawings, generated from files.
    pub generated: usize,
    /// Blocks that are shown and not run, with a label.
    pub labelled: usize,
    /// Blocks that are none of these.
    pub unaccounted: usize,
}

/// What the checks of all pages found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// The pages in the order of the book, with their counts.
    pub pages: Vec<(PathBuf, Counts)>,
    /// What must be mended, in order of page and line.
    pub problems: Vec<Problem>,
    /// What is good to know.
    pub warnings: Vec<Problem>,
}

impl Report {
    /// Whether nothing is wrong; there may be warnings.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.problems.is_empty()
    }
}

impl Add for Counts {
    type Output = Self;

    fn add(mut self, other: Self) -> Self {
        self += other;
        self
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.included += other.included;
        self.executed += other.executed;
        self.generated += other.generated;
        self.labelled += other.labelled;
        self.unaccounted += other.unaccounted;
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", display(&self.page), self.line, self.message)
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            included,
            executed,
            generated,
            labelled,
            unaccounted,
        } = self;
        write!(
            f,
            "{included} included, {executed} executed, {generated} generated, {labelled} labelled, {unaccounted} unaccounted"
        )
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for warning in &self.warnings {
            writeln!(f, "warning: {warning}")?;
        }
        for problem in &self.problems {
            writeln!(f, "{problem}")?;
        }
        let mut total = Counts::default();
        for (page, counts) in &self.pages {
            writeln!(f, "{}: {counts}", display(page))?;
            total += *counts;
        }
        write!(f, "{} pages: {total}", self.pages.len())
    }
}
