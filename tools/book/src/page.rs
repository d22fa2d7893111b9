//! What a page is made of, how it is rendered, and the checks that it must pass.
//!
//! A page is plain Markdown with directives. [`preprocess`] turns them into HTML when the book is built; [`check`]
//! does the same for the sake of what is wrong, and says all of it at once.

mod accounting;
mod assemble;
mod badge;
mod blocks;
mod directive;
mod exercises;
mod figures;
mod files;
mod footnotes;
mod glossary;
mod highlight;
mod html;
mod index;
mod items;
pub mod labels;
mod layout;
mod links;
mod listing;
mod names;
mod prose;
mod raw;
mod report;
mod site;
mod source;
mod targets;

use std::path::Path;

use anyhow::{Result, bail};
use mdbook_preprocessor::book::Book;
use mdbook_preprocessor::{Preprocessor, PreprocessorContext};

pub use badge::Badge;
pub use directive::{Directive, Listing, directives};
pub use report::{Counts, Problem, Report};
pub use site::{Checker, Pages};

use crate::measured;
use crate::workspace::Workspace;

/// Turns the directives and blocks of every page of a book into HTML.
///
/// What has gone stale is no matter here, only for [`check`]: who edits the shop wants to see the page all the same.
///
/// # Errors
///
/// Everything that is wrong with any page, as `book/ch01-bare-server.md:41: …`, a line each.
pub fn preprocess(workspace: &Workspace, mut book: Book) -> Result<Book> {
    let pages: Pages = book
        .chapters()
        .filter_map(|chapter| {
            let path = chapter.source_path.as_ref()?;
            Some((Path::new("book").join(path), chapter.content.clone()))
        })
        .collect();
    let (mut rendered, report) = Checker::new(workspace)?.render(&pages);
    if !report.is_clean() {
        let problems: Vec<String> = report.problems.iter().map(Problem::to_string).collect();
        bail!("{}", problems.join("\n"));
    }
    book.for_each_chapter_mut(|chapter| {
        let path = chapter
            .source_path
            .as_ref()
            .map(|path| Path::new("book").join(path));
        if let Some(markdown) = path.and_then(|path| rendered.remove(&path)) {
            chapter.content = markdown;
        }
    });
    // The lexer keeps every file that it has read, and a server builds the book again and again.
    proc_macro2::extra::invalidate_current_thread_spans();
    Ok(book)
}

/// Every static check of every page.
///
/// A label whose reason is gone on this machine is a warning; with `BOOK_REQUIRE_ALL=1` it is a problem.
///
/// # Errors
///
/// When the files that pages share cannot be read. What is wrong with pages is in the report.
pub fn check(workspace: &Workspace) -> Result<Report> {
    let checker = Checker::new(workspace)?;
    let (pages, problems) = checker.pages()?;
    let mut report = checker.check(&pages);
    report.problems.extend(problems);
    report.problems.extend(stale_figures(workspace)?);
    let stale = checker.stale_labels();
    if std::env::var_os("BOOK_REQUIRE_ALL").is_some_and(|value| value == "1") {
        report.problems.extend(stale);
    } else {
        report.warnings.extend(stale);
    }
    Ok(report)
}

/// Measured files whose subject has changed since.
fn stale_figures(workspace: &Workspace) -> Result<Vec<Problem>> {
    let stale = measured::stale_files(workspace)?;
    let problem = |stale: measured::Stale| Problem {
        message: format!(
            "stale: {}; measure again with `{}`",
            stale.changes.join(", "),
            stale.command
        ),
        page: stale.file.into(),
        line: 1,
    };
    Ok(stale.into_iter().map(problem).collect())
}

/// The engine as mdBook takes it: hand it to `MDBook::with_preprocessor`.
#[derive(Debug, Clone)]
pub struct Engine {
    workspace: Workspace,
}

impl Engine {
    /// The engine for the pages of a workspace.
    #[must_use]
    pub fn new(workspace: &Workspace) -> Self {
        Self {
            workspace: workspace.clone(),
        }
    }
}

impl Preprocessor for Engine {
    fn name(&self) -> &'static str {
        "less-to-run"
    }

    fn run(&self, _: &PreprocessorContext, book: Book) -> Result<Book> {
        preprocess(&self.workspace, book)
    }
}
