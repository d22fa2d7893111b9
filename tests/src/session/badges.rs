//! Makes sure of what the badges of a page claim.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use book::page::{Badge, Listing};
use book::session::{Action, Status};
use serde::Deserialize;

use super::cargo::Cargo;
use super::compiler;
use super::page::Page;
use super::programs;
use super::report::Failure;

/// Whether the claim of a listing holds.
///
/// # Errors
///
/// What is the case instead.
pub(super) fn check(cargo: &Cargo, page: &Page, listing: &Listing) -> Result<(), Failure> {
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
        Badge::Error(code) => compiles_not(cargo, &target, code),
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
    fn is_run_by(&self, cargo: &[String], chapter: Option<u8>) -> bool {
        match cargo {
            [run, ..] if run == "run" => {
                programs::package(cargo) == Some(self.package)
                    && programs::example(cargo) == self.example
            }
            [book, run, number, ..] if book == "book" && run == "run" => {
                self.example.is_none()
                    && chapter.is_some_and(|chapter| number.parse() == Ok(chapter))
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

/// For each command of the page that runs the target, the status that the page shows of it.
fn shown_runs(page: &Page, target: &Target) -> Vec<Status> {
    let chapter = page.chapter.as_ref().map(|chapter| chapter.number);
    let mut runs = Vec::new();
    let mut last: Vec<(Option<&str>, Option<usize>)> = Vec::new();
    for (_, terminal, commands) in page.consoles() {
        for command in commands {
            let running = last.iter().position(|(name, _)| *name == terminal);
            match &command.action {
                Action::Run(_) => {
                    let uses = programs::check(&command.text(), &[]).unwrap_or_default();
                    let is_run = uses
                        .cargo
                        .iter()
                        .any(|words| target.is_run_by(words, chapter));
                    last.retain(|(name, _)| *name != terminal);
                    last.push((terminal, is_run.then_some(runs.len())));
                    if is_run {
                        runs.push(command.status);
                    }
                }
                Action::Listen => {
                    if let Some(run) = running.and_then(|at| last[at].1)
                        && command.status != Status::Unsaid
                    {
                        runs[run] = command.status;
                    }
                }
                Action::Interrupt => {}
            }
        }
    }
    runs
}

fn runs(page: &Page, target: &Target) -> Result<()> {
    if shown_runs(page, target).is_empty() {
        bail!("no session of the page runs it");
    }
    Ok(())
}

fn fails(page: &Page, target: &Target) -> Result<()> {
    let runs = shown_runs(page, target);
    if runs.is_empty() {
        bail!("no session of the page runs it");
    }
    if runs
        .iter()
        .all(|status| matches!(status, Status::Unsaid | Status::Code(0)))
    {
        bail!("no session of the page shows it fail, with `? 1` or another status");
    }
    Ok(())
}

fn passes(cargo: &Cargo, target: &Target) -> Result<()> {
    let mut command = Command::new(&cargo.program);
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

fn compiles_not(cargo: &Cargo, target: &Target, code: &str) -> Result<()> {
    let example = target
        .example
        .context("only an example may fail to compile")?;
    let verdict = compiler::ask(cargo, target.package, example)?;
    if !verdict.is_exactly(code) {
        bail!("{}", verdict.told());
    }
    Ok(())
}

/// What the program `promises` says of one promise.
#[derive(Deserialize)]
struct Answer {
    promise: String,
    seen: String,
    lines: Vec<String>,
}

fn promised(cargo: &Cargo, target: &Target, promise: &str, claim: &str) -> Result<()> {
    let promises = cargo.target.join("debug/promises");
    if !promises.is_file() {
        bail!("the program `promises` is not built, so nothing can be put to it");
    }
    let server = Server::start(cargo, target)?;
    let output = Command::new(promises)
        .env("BOOK_ROOT", &cargo.root)
        .args(["--at", &server.address, promise, "--json"])
        .output()
        .context("`promises` cannot be run")?;
    let answers: Vec<Answer> = serde_json::from_slice(&output.stdout).with_context(|| {
        format!(
            "`promises` did not answer in JSON: {}",
            String::from_utf8_lossy(&output.stderr).trim_end()
        )
    })?;
    let Some(answer) = answers.into_iter().find(|answer| answer.promise == promise) else {
        bail!("`promises` does not know {promise}");
    };
    if answer.seen != claim {
        bail!(
            "it was seen to be {}: {}",
            answer.seen,
            answer.lines.join(" ")
        );
    }
    Ok(())
}

/// A shop that runs until this is dropped.
struct Server {
    child: Child,
    address: String,
    _data: tempfile::TempDir,
}

impl Server {
    fn start(cargo: &Cargo, target: &Target) -> Result<Self> {
        let name = match target.example {
            Some(example) => format!("debug/examples/{example}"),
            None => format!("debug/{}", target.package),
        };
        let data = tempfile::tempdir()?;
        let mut child = Command::new(cargo.target.join(&name))
            .current_dir(data.path())
            .env("PORT", "0")
            .env("SHOP_DATA", data.path().join("shop"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("{name} cannot be started"))?;
        let stdout = child.stdout.take();
        let mut server = Self {
            child,
            address: String::new(),
            _data: data,
        };
        let (send, receive) = mpsc::channel();
        thread::spawn(move || {
            for line in stdout
                .into_iter()
                .flat_map(|stdout| BufReader::new(stdout).lines())
            {
                // Once the address is known nobody listens any more; the pipe is still emptied.
                let _ = line.map(|line| send.send(line));
            }
        });
        let line = receive
            .recv_timeout(Duration::from_mins(1))
            .context("it does not come up")?;
        let Some(address) = line.strip_prefix("listening on ") else {
            bail!("its first line is `{line}`, not `listening on http://…`");
        };
        address.clone_into(&mut server.address);
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use book::workspace::Chapter;

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
        for (sessions, is_shown) in [
            (format!("```console\n{run}? 1\n```\n"), true),
            (format!("```console\n{run}```\n"), false),
            (
                format!("```console,terminal=a\n{run}```\n```console,terminal=a\n? 134\n```\n"),
                true,
            ),
            (
                format!("```console,terminal=a\n{run}```\n```console,terminal=b\n$ ls\n? 1\n```\n"),
                false,
            ),
            (
                format!("```console,terminal=a\n{run}```\n```console,terminal=a\n$ ls\n? 1\n```\n"),
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
