//! Runs pages: their sessions, the messages of the compiler on them, and what their badges claim.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result};
use book::redactions;
use book::session::{Block, Kind};
use book::workspace::{Chapter, Workspace};

use super::badges;
use super::build::Builds;
use super::cargo::Cargo;
use super::compare::{Comparer, Redactions, difference};
use super::compiler::{Compiler, Verdict};
use super::lambda;
use super::page::Page;
use super::programs::{self, Program, Uses};
use super::report::{Failure, PageReport};
use super::sandbox::find;
use super::sessions::{self, Limits, Setting};
use super::update::{Rewrite, rewritten};
use crate::programs::left_out;

/// Runs pages of one workspace. Several may be run at once.
#[derive(Debug)]
pub struct Runner {
    cargo: Cargo,
    chapters: Vec<Chapter>,
    redactions: Redactions,
    programs: Vec<(String, PathBuf)>,
    limits: Limits,
    builds: Builds,
    compiler: Compiler,
}

/// What to do about outputs that differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Report them.
    Compare,
    /// Rewrite them on the page, if nothing else is wrong with it.
    Update,
}

impl Runner {
    /// A runner for the pages of a workspace.
    ///
    /// # Errors
    ///
    /// When `book/redactions.toml` or the list of chapters cannot be read.
    pub fn new(workspace: &Workspace) -> Result<Self> {
        Ok(Self {
            cargo: Cargo::of(workspace.root()),
            chapters: workspace.chapters()?,
            redactions: redactions::load(workspace)?,
            programs: Vec::new(),
            limits: Limits::default(),
            builds: Builds::default(),
            compiler: Compiler::default(),
        })
    }

    /// Allows one more program, for the runner's own tests.
    #[must_use]
    pub fn with_program(mut self, name: &str, path: impl Into<PathBuf>) -> Self {
        self.programs.push((name.to_owned(), path.into()));
        self
    }

    /// Waits for other times than the usual ones.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Builds what these pages run. Pages that run while others build would wait for cargo's lock, in the middle of a session. What goes
    /// wrong is told when the page is run.
    pub fn prepare(&self, pages: &[Page]) {
        for page in pages {
            let mut failures = page.faults.clone();
            let uses = self.uses(page, &mut failures);
            if failures.is_empty() && missing(&self.cargo, &uses).is_none() {
                let _ = self.builds.build(&self.cargo, &self.chapters, page, &uses);
            }
        }
    }

    /// Runs a page. With [`Mode::Update`] the report holds the new text; it is not written.
    #[must_use]
    pub fn run(&self, page: &Page, mode: Mode) -> PageReport {
        let begun = Instant::now();
        let mut report = PageReport {
            page: page.path.clone(),
            failures: page.faults.clone(),
            ..PageReport::default()
        };
        if report.is_clean()
            && let Err(error) = self.run_parts(page, mode, &mut report)
        {
            report.failures.push(Failure::new(1, format!("{error:#}")));
        }
        report.failures.sort_by_key(|failure| failure.line);
        report.time = begun.elapsed();
        report
    }

    fn run_parts(&self, page: &Page, mode: Mode, report: &mut PageReport) -> Result<()> {
        let uses = self.uses(page, &mut report.failures);
        if !report.failures.is_empty() {
            return Ok(());
        }
        if let Some(missing) = missing(&self.cargo, &uses) {
            return skip(missing, report);
        }
        let starts = self
            .builds
            .build(&self.cargo, &self.chapters, page, &uses)?;
        let comparer = Comparer {
            redactions: &self.redactions,
        };
        let setting = Setting {
            cargo: &self.cargo,
            starts: &starts,
            programs: &self.programs,
            comparer,
            limits: self.limits,
            update: mode == Mode::Update,
        };
        // Sessions mostly wait.
        let (outcome, claims) = thread::scope(|scope| {
            let claims = scope.spawn(|| self.claims(page, mode, comparer));
            let outcome = sessions::run(&setting, page);
            (outcome, claims.join().expect("nobody panics"))
        });
        let outcome = outcome?;
        report.blocks += outcome.blocks + claims.blocks;
        report.commands = outcome.commands;
        report.badges = claims.badges;
        report.failures.extend(outcome.failures);
        report.failures.extend(claims.failures);
        let mut rewrites = outcome.rewrites;
        rewrites.extend(claims.rewrites);
        if report.is_clean() && !rewrites.is_empty() {
            report.updated = Some(rewritten(&page.text, rewrites));
        }
        Ok(())
    }

    /// Sees to all that the page claims besides its sessions: the compiler's words and the badges.
    fn claims(&self, page: &Page, mode: Mode, comparer: Comparer) -> Claims {
        let mut claims = Claims::default();
        for block in &page.blocks {
            match self.compiler_block(page, block, comparer) {
                None => {}
                Some(Ok(None)) => claims.blocks += 1,
                Some(Ok(Some((rewrite, _)))) if mode == Mode::Update => {
                    claims.blocks += 1;
                    claims.rewrites.push(rewrite);
                }
                Some(Ok(Some((_, failure))) | Err(failure)) => claims.failures.push(failure),
            }
        }
        for listing in &page.badged {
            match badges::check(&self.cargo, &self.compiler, page, listing) {
                Ok(()) => claims.badges += 1,
                Err(failure) => claims.failures.push(failure),
            }
        }
        claims
    }

    /// What the page's commands start; what they may not start goes to `failures`.
    fn uses(&self, page: &Page, failures: &mut Vec<Failure>) -> Uses {
        let more: Vec<&str> = self
            .programs
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        let mut all = Uses::default();
        for (line, typed) in page.typed() {
            match programs::check(&typed, &more) {
                Ok(uses) => {
                    all.programs.extend(uses.programs);
                    all.cargo.extend(uses.cargo);
                }
                Err(refusal) => failures.push(Failure::new(line, refusal)),
            }
        }
        all
    }

    /// What the compiler says of a block's example; `None` if it is another block.
    fn verdict(&self, page: &Page, block: &Block) -> Option<Result<Arc<Verdict>, Failure>> {
        let Kind::Compiler { example, package } = &block.kind else {
            return None;
        };
        let line = block.fence.line;
        let own = page.chapter.as_ref().map(|chapter| &chapter.name);
        let Some(package) = package.as_ref().or(own) else {
            let message = "this page has no chapter, so the block needs `package=NAME`";
            return Some(Err(Failure::new(line, message)));
        };
        let verdict = self.compiler.ask(&self.cargo, package, example);
        Some(verdict.map_err(|error| Failure::new(line, format!("{error:#}"))))
    }

    /// Compares a block of the compiler's words; `None` if it is another block.
    fn compiler_block(
        &self,
        page: &Page,
        block: &Block,
        comparer: Comparer,
    ) -> Option<Result<Option<(Rewrite, Failure)>, Failure>> {
        let Kind::Compiler { example, .. } = &block.kind else {
            return None;
        };
        let fence = &block.fence;
        let verdict = match self.verdict(page, block)? {
            Ok(verdict) => verdict,
            Err(failure) => return Some(Err(failure)),
        };
        if verdict.codes.is_empty() {
            let message =
                format!("the example {example} compiles, so the compiler has nothing to say");
            return Some(Err(Failure::new(fence.line, message)));
        }
        let normalized = comparer.normalized(&fence.lines, &verdict.rendered);
        if normalized == fence.lines {
            return Some(Ok(None));
        }
        let message = format!("the compiler says something else of the example {example}");
        let failure = Failure::new(fence.line, message).with(difference(&fence.lines, &normalized));
        let rewrite = Rewrite::new(fence, fence.line + 1, fence.lines.len(), normalized);
        Some(rewrite.check(false).map(|()| Some((rewrite, failure))))
    }
}

/// What came of the compiler's words and the badges of a page.
#[derive(Default)]
struct Claims {
    blocks: usize,
    badges: usize,
    failures: Vec<Failure>,
    rewrites: Vec<Rewrite>,
}

/// The first program that the page needs and this machine lacks, and how to install it.
fn missing(cargo: &Cargo, uses: &Uses) -> Option<String> {
    let absent = |program: &&&Program| find(program.name).is_none();
    if let Some(Program { name, install, .. }) = uses.programs.iter().find(absent) {
        let install = install.unwrap_or("it comes with every supported system");
        return Some(format!("{name} is not installed here ({install})"));
    }
    // A page's own PATH has none; the platform in small looks here as well.
    let honcho = cargo.root.join("target/tools/honcho/bin/honcho");
    let is_missing =
        uses.cargo.iter().any(|words| programs::is_platform(words)) && !honcho.is_file();
    if is_missing {
        return Some("honcho is not installed here (cargo book fetch)".to_owned());
    }
    let is_missing = uses.cargo.iter().any(|words| lambda::is_asked(words))
        && !lambda::program(&cargo.root).is_file();
    is_missing.then(|| "cargo-lambda is not installed here (cargo book fetch)".to_owned())
}

fn skip(missing: String, report: &mut PageReport) -> Result<()> {
    left_out(&missing)?;
    report.skipped = Some(missing);
    Ok(())
}

/// Writes a page that was updated.
///
/// # Errors
///
/// When the file cannot be written.
pub fn write(workspace: &Workspace, page: &Page, text: &str) -> Result<()> {
    fs::write(workspace.root().join(&page.path), text)
        .with_context(|| format!("{} cannot be written", page.path))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn a_platform_needs_what_keeps_its_processes() {
        let cargo = Cargo::of(Path::new("/nowhere"));
        let lacks = |typed: &str| missing(&cargo, &programs::check(typed, &[]).unwrap());
        let told = Some("honcho is not installed here (cargo book fetch)".to_owned());
        assert_eq!(lacks("cargo run -q -p local -- platform --web 1"), told);
        assert_eq!(lacks("cargo run -q -p local -- dynamodb --port 8000"), None);
        assert_eq!(lacks("cargo run -q -p ch03-platform -- platform"), None);
    }

    #[test]
    fn cargo_lambda_is_not_expected_to_be_there() {
        let cargo = Cargo::of(Path::new("/nowhere"));
        let lacks = |typed: &str| missing(&cargo, &programs::check(typed, &[]).unwrap());
        let told = Some("cargo-lambda is not installed here (cargo book fetch)".to_owned());
        for typed in [
            "cargo lambda watch -q -p ch05-lambda",
            "cargo lambda invoke lambda-counter",
            "cargo lambda build -q --release -p ch05-lambda",
        ] {
            assert_eq!(lacks(typed), told, "{typed}");
        }
    }
}
