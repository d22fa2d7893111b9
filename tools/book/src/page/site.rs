//! All pages of the book, and what they have to do with each other.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZero;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::thread::{self, ScopedJoinHandle};

use anyhow::{Context, Result};
use pulldown_cmark::{Event, Tag};

use super::assemble::{Assembled, Shared, assemble};
use super::files::{Files, resolve};
use super::glossary::{self, Lists};
use super::index::Index;
use super::labels::{self, Label};
use super::links;
use super::names::Names;
use super::prose;
use super::report::{Problem, Report};
use crate::cli;
use crate::exercise::{self, Exercise};
use crate::redactions::{self, Redaction};
use crate::workspace::Workspace;

/// The pages of a book by their path from the root of the workspace, in the order of the book.
pub type Pages = Vec<(PathBuf, String)>;

/// The checks, with all that they look things up in.
pub struct Checker {
    files: Files,
    index: Index,
    common: Common,
}

/// What does not change while pages are assembled, so that several threads can do it.
struct Common {
    workspace: Workspace,
    commands: clap::Command,
    repository: Option<String>,
    labels: BTreeMap<String, Label>,
    redactions: BTreeMap<String, Redaction>,
    lists: Lists,
}

/// What is known of all pages before one is assembled.
#[derive(Clone, Copy)]
struct OfAll<'a> {
    pages: &'a [glossary::Page],
    exercises: &'a [Exercise],
}

impl Checker {
    /// Reads what the pages share. What it has read once it does not read again: make a new one when files have changed.
    ///
    /// # Errors
    ///
    /// When `book.toml` or one of the lists in `book/` cannot be read: labels, redactions, terms, features.
    pub fn new(workspace: &Workspace) -> Result<Self> {
        Ok(Self {
            files: Files::new(workspace),
            index: Index::default(),
            common: Common {
                commands: cli::command(),
                repository: repository(workspace)?,
                labels: labels::load(workspace)?,
                redactions: redactions::load(workspace)?,
                lists: Lists::load(workspace)?,
                workspace: workspace.clone(),
            },
        })
    }

    /// The pages that `book/SUMMARY.md` lists, and what is wrong with the list.
    ///
    /// # Errors
    ///
    /// When `book/SUMMARY.md` cannot be read.
    pub fn pages(&self) -> Result<(Pages, Vec<Problem>)> {
        let summary = Path::new("book/SUMMARY.md");
        let text = std::fs::read_to_string(self.common.workspace.root().join(summary))
            .context("book/SUMMARY.md cannot be read")?;
        let mut pages = Pages::new();
        let mut problems = Vec::new();
        for (event, range) in prose::parser(&text).into_offset_iter() {
            let Event::Start(Tag::Link { dest_url, .. }) = event else {
                continue;
            };
            let path = resolve(Path::new("book"), &dest_url).unwrap_or_default();
            match std::fs::read_to_string(self.common.workspace.root().join(&path)) {
                Ok(page) => pages.push((path, page)),
                Err(error) => problems.push(Problem {
                    page: summary.to_owned(),
                    line: text[..range.start].matches('\n').count() + 1,
                    message: format!(
                        "`{dest_url}` cannot be read ({error}){}",
                        self.files.nearest(&path)
                    ),
                }),
            }
        }
        problems.extend(self.unlisted(&pages));
        Ok((pages, problems))
    }

    /// Pages in the folder that the book does not list.
    fn unlisted(&self, pages: &Pages) -> Vec<Problem> {
        self.files
            .list(Path::new("book"))
            .into_iter()
            .filter(|path| {
                path.extension().is_some_and(|extension| extension == "md")
                    && !path.ends_with("SUMMARY.md")
            })
            .filter(|path| !pages.iter().any(|(page, _)| page == path))
            .map(|page| Problem {
                page,
                line: 1,
                message: "book/SUMMARY.md does not list this page".to_owned(),
            })
            .collect()
    }

    /// Every check that needs no look at the clock or the machine.
    #[must_use]
    pub fn check(&self, pages: &Pages) -> Report {
        self.render(pages).1
    }

    /// The pages as mdBook gets them, and what is wrong with them.
    #[must_use]
    pub fn render(&self, pages: &Pages) -> (BTreeMap<PathBuf, String>, Report) {
        let read: Vec<glossary::Page> = pages
            .iter()
            .map(|(path, page)| glossary::read(path, page))
            .collect();
        let (exercises, unread) = exercise::find(pages);
        let of_all = OfAll {
            pages: &read,
            exercises: &exercises,
        };
        let mut assembled = self.assembled(pages, of_all);
        let mut report = Report::default();
        report
            .problems
            .extend(unread.into_iter().map(|(page, fault)| Problem {
                page,
                line: fault.line,
                message: fault.message,
            }));
        let faults = self.common.lists.faults(&read, &self.files);
        report.problems.extend(faults);
        self.check_links(&assembled, &mut report);
        self.check_unused(&assembled, &mut report);
        for (path, page) in &mut assembled {
            report.pages.push(((*path).clone(), page.counts));
            report
                .problems
                .extend(page.faults.drain(..).map(|fault| Problem {
                    page: (*path).clone(),
                    line: fault.line,
                    message: fault.message,
                }));
        }
        let place = |page: &Path| pages.iter().position(|(path, _)| path == page);
        report
            .problems
            .sort_by_key(|problem| (place(&problem.page), problem.page.clone(), problem.line));
        let rendered = assembled
            .into_iter()
            .map(|(path, page)| (path.clone(), page.markdown))
            .collect();
        (rendered, report)
    }

    /// All pages, by as many threads as there are cores if there are more than a few.
    fn assembled<'a>(&self, pages: &'a Pages, of_all: OfAll<'_>) -> Vec<(&'a PathBuf, Assembled)> {
        if pages.len() < 6 {
            return self
                .common
                .assembled(pages, of_all, &self.files, &self.index);
        }
        let threads = thread::available_parallelism().map_or(1, NonZero::get);
        let chunks = pages.chunks(pages.len().div_ceil(threads));
        let common = &self.common;
        thread::scope(|scope| {
            let work = |chunk| {
                move || {
                    let files = Files::new(&common.workspace);
                    common.assembled(chunk, of_all, &files, &Index::default())
                }
            };
            let threads: Vec<_> = chunks.map(|chunk| scope.spawn(work(chunk))).collect();
            let done = threads.into_iter().map(ScopedJoinHandle::join);
            done.flat_map(|pages| pages.unwrap_or_else(|panic| resume_unwind(panic)))
                .collect()
        })
    }

    fn check_links(&self, pages: &[(&PathBuf, Assembled)], report: &mut Report) {
        let ids = pages
            .iter()
            .map(|(path, page)| ((*path).clone(), page.ids.clone()))
            .collect();
        for (path, page) in pages {
            for (line, link) in &page.links {
                report
                    .problems
                    .extend(
                        links::fault(&self.files, &ids, path, link).map(|message| Problem {
                            page: (*path).clone(),
                            line: *line,
                            message,
                        }),
                    );
            }
        }
    }

    /// Labels and redactions that no page uses.
    fn check_unused(&self, pages: &[(&PathBuf, Assembled)], report: &mut Report) {
        let labels: BTreeSet<&String> = pages.iter().flat_map(|(_, page)| &page.labels).collect();
        let redactions: BTreeSet<&String> = pages
            .iter()
            .flat_map(|(_, page)| &page.redactions)
            .collect();
        for name in self
            .common
            .labels
            .keys()
            .filter(|name| !labels.contains(name))
        {
            report.problems.push(self.entry(
                labels::FILE,
                name,
                format!("no page uses the label `{name}`"),
            ));
        }
        for name in self
            .common
            .redactions
            .keys()
            .filter(|name| !redactions.contains(name))
        {
            report.problems.push(self.entry(
                redactions::FILE,
                name,
                format!("no page uses the redaction `[{name}]`"),
            ));
        }
    }

    /// Labels whose reason is gone on this machine: the missing program is there.
    #[must_use]
    pub fn stale_labels(&self) -> Vec<Problem> {
        let stale = self
            .common
            .labels
            .iter()
            .filter(|(_, label)| label.is_stale());
        stale
            .map(|(name, label)| {
                let program = label.program_missing.as_deref().unwrap_or_default();
                let message = format!("label `{name}` is stale: `{program}` is here and works, so what it labels can be run");
                self.entry(labels::FILE, name, message)
            })
            .collect()
    }

    /// A problem with the entry `[name]` of a file.
    fn entry(&self, file: &str, name: &str, message: String) -> Problem {
        let text =
            std::fs::read_to_string(self.common.workspace.root().join(file)).unwrap_or_default();
        let header = [format!("[{name}]"), format!("[\"{name}\"]")];
        let at = text
            .lines()
            .position(|line| header.iter().any(|header| line.trim() == header));
        Problem {
            page: PathBuf::from(file),
            line: at.map_or(1, |at| at + 1),
            message,
        }
    }
}

impl Common {
    fn assembled<'a>(
        &self,
        pages: &'a [(PathBuf, String)],
        of_all: OfAll<'_>,
        files: &Files,
        index: &Index,
    ) -> Vec<(&'a PathBuf, Assembled)> {
        let shared = Shared {
            workspace: &self.workspace,
            names: Names {
                files,
                index,
                commands: &self.commands,
            },
            labels: &self.labels,
            redactions: &self.redactions,
            lists: &self.lists,
            pages: of_all.pages,
            exercises: of_all.exercises,
            repository: self.repository.as_deref(),
        };
        pages
            .iter()
            .map(|(path, page)| (path, assemble(&shared, path, page)))
            .collect()
    }
}

/// The address of the repository, from `book.toml`; without one, listings do not link to their files.
fn repository(workspace: &Workspace) -> Result<Option<String>> {
    let text = std::fs::read_to_string(workspace.root().join("book.toml"))
        .context("book.toml cannot be read")?;
    let config: toml::Table = text.parse().context("book.toml")?;
    let url = config
        .get("output")
        .and_then(|output| output.get("html")?.get("git-repository-url")?.as_str());
    Ok(url.map(|url| url.trim_end_matches('/').to_owned()))
}
