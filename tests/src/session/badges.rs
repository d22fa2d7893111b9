//! Makes sure of what the badges of a page claim.

use std::process::Command;

use anyhow::{Context, Result, bail};
use book::cargo::untold;
use book::page::{Badge, Listing};
use book::session::{Action, Status};
use book::workspace::Chapter;

use super::cargo::Cargo;
use super::compiler::Compiler;
use super::page::Page;
use super::programs;
use super::promised::promised;
use super::report::Failure;

/// Whether the claim of a listing holds.
///
/// # Errors
///
/// What is the case instead.
pub(super) fn check(
    cargo: &Cargo,
    compiler: &Compiler,
    page: &Page,
    listing: &Listing,
) -> Result<(), Failure> {
    let Some(badge) = &listing.badge else {
        return Ok(());
    };
    let failure = |message: String| Failure::new(listing.line, message);
    let target = Target::of(listing).ok_or_else(|| {
        failure(format!(
            "the badge {badge} needs a file of a crate of the workspace; {} is none",
            listing.path
        ))
    })?;
    let checked = match badge {
        Badge::Runs => runs(page, &target),
        Badge::Fails => fails(page, &target),
        Badge::Passes => passes(cargo, &target),
        Badge::Error(code) => compiles_not(cargo, compiler, &target, code),
        Badge::Keeps(promise) => promised(cargo, &target, promise, "kept"),
        Badge::Breaks(promise) => promised(cargo, &target, promise, "broken"),
    };
    checked.map_err(|error| failure(format!("{target} bears the badge “{badge}”, but {error:#}")))
}

/// What a listing is part of: an example, or the crate itself.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Target<'a> {
    pub package: &'a str,
    pub example: Option<&'a str>,
}

impl<'a> Target<'a> {
    pub fn of(listing: &'a Listing) -> Option<Self> {
        if let Some((package, example)) = listing.example() {
            return Some(Self {
                package,
                example: Some(example),
            });
        }
        let (folder, _) = listing
            .path
            .split_once("/src/")
            .or_else(|| listing.path.split_once("/tests/"))?;
        let package = folder.rsplit('/').next()?;
        Some(Self {
            package,
            example: None,
        })
    }

    /// Whether these words of cargo run it.
    fn is_run_by(&self, cargo: &[String]) -> bool {
        let words: Vec<&str> = cargo.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["run", ..] => {
                programs::package(&words) == Some(self.package)
                    && programs::example(&words) == self.example
            }
            ["lambda", "watch", ..] => {
                programs::package(&words) == Some(self.package) && self.example.is_none()
            }
            ["book", "run", number, ..] => {
                let chapter = Chapter::from_name(self.package);
                self.example.is_none()
                    && chapter.is_some_and(|chapter| number.parse() == Ok(chapter.number))
            }
            _ => false,
        }
    }
}

impl std::fmt::Display for Target<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.example {
            Some(example) => write!(f, "the example {example}"),
            None => write!(f, "{}", self.package),
        }
    }
}

/// What a page shows of a target.
#[derive(Debug, Default, PartialEq, Eq)]
struct Seen {
    /// A session runs it.
    runs: bool,
    /// It ends with a status other than 0, or something does while it runs.
    fails: bool,
}

fn seen(page: &Page, target: &Target) -> Seen {
    let mut seen = Seen::default();
    // The terminals in which the target was the last that was started.
    let mut terminals: Vec<Option<&str>> = Vec::new();
    for (_, terminal, commands) in page.consoles() {
        for command in commands {
            if let Action::Run(_) = &command.action {
                terminals.retain(|name| *name != terminal);
                let uses = programs::check(&command.text(), &[]).unwrap_or_default();
                if uses.cargo.iter().any(|words| target.is_run_by(words)) {
                    seen.runs = true;
                    terminals.push(terminal);
                }
            }
            let is_failure = !matches!(command.status, Status::Unsaid | Status::Code(0));
            if command.action == Action::Interrupt {
                terminals.retain(|name| *name != terminal);
            } else if is_failure && !terminals.is_empty() {
                seen.fails = true;
            }
        }
    }
    seen
}

fn runs(page: &Page, target: &Target) -> Result<()> {
    if !seen(page, target).runs {
        bail!("no session of the page runs it");
    }
    Ok(())
}

fn fails(page: &Page, target: &Target) -> Result<()> {
    runs(page, target)?;
    if !seen(page, target).fails {
        bail!("no session of the page shows a failure of it, with `? 1` or another status");
    }
    Ok(())
}

fn passes(cargo: &Cargo, target: &Target) -> Result<()> {
    let mut command = untold(Command::new(&cargo.program));
    command
        .current_dir(&cargo.root)
        .env("CARGO_TARGET_DIR", &cargo.target)
        .args(["test", "-q", "-p", target.package]);
    match target.example {
        Some(example) => command.args(["--example", example]),
        None => command.args(["--lib", "--bins"]),
    };
    let output = command.output().context("cargo cannot be run")?;
    let printed = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        bail!(
            "its tests do not pass:\n{}\n{}",
            printed.trim_end(),
            errors.trim_end()
        );
    }
    if count_passed(&printed) == 0 {
        bail!("it has no test");
    }
    Ok(())
}

/// How many tests passed, from what the test programs print.
fn count_passed(printed: &str) -> usize {
    printed
        .lines()
        .filter_map(|line| {
            line.strip_prefix("test result: ok. ")?
                .split(' ')
                .next()?
                .parse::<usize>()
                .ok()
        })
        .sum()
}

fn compiles_not(cargo: &Cargo, compiler: &Compiler, target: &Target, code: &str) -> Result<()> {
    let example = target
        .example
        .context("only an example may fail to compile")?;
    let verdict = compiler.ask(cargo, target.package, example)?;
    if !verdict.is_exactly(code) {
        bail!("{}", verdict.told());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn page(text: &str) -> Page {
        let chapters = [Chapter::from_name("ch01-bare-server").unwrap()];
        Page::new(
            Path::new("book/ch01-bare-server.md"),
            text.to_owned(),
            &chapters,
        )
    }

    const TARGET: Target = Target {
        package: "ch01-bare-server",
        example: Some("two"),
    };

    #[test]
    fn runs_needs_a_session_that_runs_it() {
        let run = page(
            "```console,terminal=a\n$ PORT=1 cargo run -q -p ch01-bare-server --example two\n```\n",
        );
        assert!(runs(&run, &TARGET).is_ok());
        for other in ["--example one", "", "-- --example two"] {
            let page = page(&format!(
                "```console\n$ cargo run -q -p ch01-bare-server {other}\n```\n"
            ));
            let error = runs(&page, &TARGET).unwrap_err();
            assert_eq!(
                error.to_string(),
                "no session of the page runs it",
                "{other}"
            );
        }
        let shop = Target {
            example: None,
            ..TARGET
        };
        assert!(
            runs(
                &page("```console,terminal=a\n$ cargo book run 1\n```\n"),
                &shop
            )
            .is_ok()
        );
        assert!(
            runs(
                &page("```console,terminal=a\n$ cargo book run 2\n```\n"),
                &shop
            )
            .is_err()
        );
    }

    #[test]
    fn fails_needs_a_status_on_the_page() {
        let run = "$ cargo run -q -p ch01-bare-server --example two\n";
        let server = format!("```console,terminal=a\n{run}```\n");
        for (sessions, is_shown) in [
            (format!("```console\n{run}? 1\n```\n"), true),
            (format!("```console\n{run}```\n"), false),
            (format!("{server}```console,terminal=a\n? 134\n```\n"), true),
            (format!("{server}```console\n$ curl x\n? 1\n```\n"), true),
            (format!("```console\n$ curl x\n? 1\n```\n{server}"), false),
            (
                format!("{server}```console,terminal=a\n^C\n? 130\n```\n"),
                false,
            ),
            (
                format!("{server}```console,terminal=a\n^C\n$ ls\n? 1\n```\n"),
                false,
            ),
        ] {
            assert_eq!(
                fails(&page(&sessions), &TARGET).is_ok(),
                is_shown,
                "{sessions}"
            );
        }
    }

    #[test]
    fn tests_are_counted_from_what_they_print() {
        let printed = "\nrunning 2 tests\n..\ntest result: ok. 2 passed; 0 failed\n\ntest result: ok. 3 passed; 0\n";
        assert_eq!((count_passed(printed), count_passed("")), (5, 0));
    }
}
