//! Builds what a page runs before it is run, so that no transcript waits for a compiler.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use book::page::Badge;
use book::workspace::Chapter;

use super::badges::Target;
use super::cargo::Cargo;
use super::page::Page;
use super::programs::{self, Uses};

/// The program that puts promises to a shop.
const PROMISES: [&str; 5] = ["build", "-p", "less-to-run-tests", "--bin", "promises"];

/// What is built already, as cargo was asked for it, and what came of it.
#[derive(Debug, Default)]
pub(super) struct Builds {
    done: Mutex<BTreeMap<String, Result<(), String>>>,
}

impl Builds {
    /// Builds what the page's commands and badges need, one after the other, each once.
    pub fn build(
        &self,
        cargo: &Cargo,
        chapters: &[Chapter],
        page: &Page,
        uses: &Uses,
    ) -> Result<()> {
        let wanted = wanted(chapters, page, uses)?;
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        for words in wanted {
            let built = done
                .entry(words.join(" "))
                .or_insert_with(|| quietly(cargo, &words).map_err(|error| format!("{error:#}")));
            if let Err(error) = built {
                bail!("{error}");
            }
        }
        Ok(())
    }
}

/// What to ask cargo for.
fn wanted<'a>(
    chapters: &'a [Chapter],
    page: &'a Page,
    uses: &'a Uses,
) -> Result<Vec<Vec<&'a str>>> {
    let programs_of = |package| vec!["build", "-p", package, "--bins", "--examples"];
    let mut wanted = Vec::new();
    for words in &uses.cargo {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let package = || {
            let package = programs::package(&words);
            package.with_context(|| format!("`cargo {}` needs `-p` and a package", words.join(" ")))
        };
        match words.as_slice() {
            ["book", "promises", ..] => {
                wanted.extend([vec!["build", "-p", "book"], PROMISES.to_vec()]);
            }
            ["book", "run", number, ..] => {
                wanted.push(vec!["build", "-p", "book"]);
                let chapter = chapters
                    .iter()
                    .find(|chapter| number.parse() == Ok(chapter.number));
                wanted.extend(chapter.map(|chapter| programs_of(&chapter.name)));
            }
            ["book", ..] => wanted.push(vec!["build", "-p", "book"]),
            ["test", ..] => wanted.push(vec!["test", "--no-run", "-p", package()?]),
            ["check", ..] => wanted.push(vec!["check", "-p", package()?, "--bins", "--examples"]),
            _ => wanted.push(programs_of(package()?)),
        }
    }
    for listing in &page.badged {
        let Some(target) = Target::of(listing) else {
            continue;
        };
        match listing.badge {
            Some(Badge::Keeps(_) | Badge::Breaks(_)) => {
                wanted.extend([PROMISES.to_vec(), programs_of(target.package)]);
            }
            Some(Badge::Passes) => {
                let mut words = vec!["test", "--no-run", "-p", target.package];
                match target.example {
                    Some(example) => words.extend(["--example", example]),
                    None => words.extend(["--lib", "--bins"]),
                }
                wanted.push(words);
            }
            _ => {}
        }
    }
    Ok(wanted)
}

fn quietly(cargo: &Cargo, words: &[&str]) -> Result<()> {
    let asked = format!("cargo {}", words.join(" "));
    let mut command = Command::new(&cargo.program);
    command
        .current_dir(&cargo.root)
        .env("CARGO_TARGET_DIR", &cargo.target)
        .args(words)
        .arg("-q");
    let (done, is_done) = mpsc::channel::<()>();
    let told = &asked;
    let output = thread::scope(|scope| {
        scope.spawn(move || {
            // Most of the time everything is built, and there is nothing to tell.
            if is_done.recv_timeout(Duration::from_secs(3)) == Err(RecvTimeoutError::Timeout) {
                eprintln!("building what the pages run: {told}");
            }
        });
        let output = command.output();
        drop(done);
        output
    });
    let output = output.with_context(|| format!("{} cannot be run", cargo.program.display()))?;
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        bail!(
            "what the page runs does not build: {asked}\n{}",
            errors.trim_end()
        );
    }
    Ok(())
}
