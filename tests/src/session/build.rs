//! Builds what a page runs before it is run, so that no transcript waits for a compiler.

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, bail};
use book::page::Badge;

use super::badges::Target;
use super::cargo::Cargo;
use super::page::Page;
use super::programs::{self, Uses};

/// The program that puts promises to a shop.
const PROMISES: [&str; 5] = ["build", "-p", "less-to-run-tests", "--bin", "promises"];

/// What is built already, as cargo was asked for it.
#[derive(Debug, Default)]
pub(super) struct Builds {
    done: Mutex<BTreeSet<Vec<String>>>,
}

impl Builds {
    /// Builds what the page's commands and badges need, one after the other, each once.
    pub fn build(&self, cargo: &Cargo, page: &Page, uses: &Uses) -> Result<()> {
        let wanted = wanted(page, uses);
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        for words in wanted {
            let words: Vec<String> = words.into_iter().map(str::to_owned).collect();
            if !done.contains(&words) {
                quietly(cargo, &words)?;
                done.insert(words);
            }
        }
        Ok(())
    }
}

/// What to ask cargo for.
fn wanted<'a>(page: &'a Page, uses: &'a Uses) -> Vec<Vec<&'a str>> {
    let chapter = page
        .chapter
        .as_ref()
        .map_or("", |chapter| chapter.name.as_str());
    let programs_of = |package| vec!["build", "-p", package, "--bins", "--examples"];
    let mut wanted = Vec::new();
    for words in &uses.cargo {
        let package = programs::package(words).unwrap_or(chapter);
        match words[0].as_str() {
            "book" => {
                wanted.push(vec!["build", "-p", "book"]);
                match words.get(1).map(String::as_str) {
                    Some("promises") => wanted.push(PROMISES.to_vec()),
                    Some("run") => wanted.push(programs_of(chapter)),
                    _ => {}
                }
            }
            "test" => wanted.push(vec!["test", "--no-run", "-p", package]),
            "check" => wanted.push(vec!["check", "-p", package, "--bins", "--examples"]),
            _ => wanted.push(programs_of(package)),
        }
    }
    for listing in &page.badged {
        if let Some(Badge::Keeps(_) | Badge::Breaks(_)) = listing.badge
            && let Some(target) = Target::of(listing)
        {
            wanted.push(PROMISES.to_vec());
            wanted.push(programs_of(target.package));
        }
    }
    wanted
}

fn quietly(cargo: &Cargo, words: &[String]) -> Result<()> {
    let output = Command::new(&cargo.program)
        .current_dir(&cargo.root)
        .env("CARGO_TARGET_DIR", &cargo.target)
        .args(words)
        .arg("-q")
        .output()
        .with_context(|| format!("{} cannot be run", cargo.program.display()))?;
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        bail!(
            "what the page runs does not build: cargo {}\n{}",
            words.join(" "),
            errors.trim_end()
        );
    }
    Ok(())
}
