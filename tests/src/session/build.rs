//! Builds what a page runs before it is run, so that no transcript waits for a compiler.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use book::cargo::untold;
use book::page::Badge;
use book::session::Kind;
use book::workspace::Chapter;

use super::badges::Target;
use super::built::{Built, Start, builds_of, for_cargo, programs_in, starts, tests_of};
use super::cargo::Cargo;
use super::lambda;
use super::page::Page;
use super::programs::{self, Uses};
use crate::whole;

/// The program that puts promises to a shop.
const PROMISES: [&str; 5] = ["build", "-p", "less-to-run-tests", "--bin", "promises"];

/// The program that holds events to the catalogue.
const EVENTS: [&str; 5] = ["build", "-p", "less-to-run-tests", "--bin", "catalogue"];

/// What is built already, as cargo was asked for it, and what came of it.
#[derive(Debug, Default)]
pub(super) struct Builds {
    done: Mutex<BTreeMap<String, Result<Vec<Built>, String>>>,
}

impl Builds {
    /// Builds what the page's commands and badges need, one after the other, each once; which programs the commands start.
    pub fn build(
        &self,
        cargo: &Cargo,
        chapters: &[Chapter],
        page: &Page,
        uses: &Uses,
    ) -> Result<Vec<Start>> {
        let wanted = wanted(cargo, chapters, page, uses)?;
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        let mut programs = Vec::new();
        for words in wanted {
            let built = done.entry(words.join(" ")).or_insert_with(|| {
                let built = together(cargo, &words).and_then(|built| match built {
                    Some(built) => Ok(built),
                    None => quietly(cargo, &words),
                });
                built.map_err(|error| format!("{error:#}"))
            });
            match built {
                Ok(built) => programs.extend_from_slice(built),
                Err(error) => bail!("{error}"),
            }
        }
        let mut starts = starts(cargo, uses, &programs);
        if is_ours(cargo)
            && let Some(tests) = whole::tests()?
        {
            let is_for_cargo = |words: &&Vec<String>| {
                let words: Vec<&str> = words.iter().map(String::as_str).collect();
                let asked = for_cargo(&words).join(" ");
                words.first() == Some(&"run") && starts.iter().all(|start| start.words != asked)
            };
            // It would be built once more, by itself, while the page waits, and other pages with it.
            if let Some(words) = uses.cargo.iter().find(is_for_cargo) {
                bail!(
                    "it is not certain which program `cargo {}` starts; name it",
                    words.join(" ")
                );
            }
            starts.extend(tests_of(uses, tests));
            starts.extend(builds_of(uses));
        }
        Ok(starts)
    }
}

/// What to ask cargo for.
fn wanted<'a>(
    cargo: &Cargo,
    chapters: &'a [Chapter],
    page: &'a Page,
    uses: &'a Uses,
) -> Result<Vec<Vec<&'a str>>> {
    // Apart, because the features of what an example needs for its tests are not those of what a program runs with.
    let programs_of = |package| vec!["build", "-p", package, "--bins"];
    let examples_of = |package| vec!["build", "-p", package, "--examples"];
    // An example that must not compile waits for what it uses; what the compiler says of it is asked for while the page runs.
    let used_by_examples = |package| vec!["check", "-p", package, "--examples"];
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
            ["book", "events", ..] => {
                wanted.extend([vec!["build", "-p", "book"], EVENTS.to_vec()]);
            }
            ["book", "run", number, ..] => {
                wanted.push(vec!["build", "-p", "book"]);
                let chapter = chapters
                    .iter()
                    .find(|chapter| number.parse() == Ok(chapter.number));
                wanted.extend(chapter.map(|chapter| programs_of(&chapter.name)));
                let others = chapter.map(|chapter| others(cargo, chapters, &chapter.name));
                wanted.extend(others.into_iter().flatten().map(programs_of));
                if chapter.is_some_and(|chapter| has_a_database(cargo, &chapter.name)) {
                    wanted.push(programs_of("local"));
                }
            }
            ["lambda", "invoke", ..] => {}
            // It asks cargo for the package by itself, and so it is built by itself.
            ["lambda", "watch", ..] => {
                wanted.push(vec!["build", "--package", package()?, "--bins"]);
            }
            ["lambda", "build", ..] => wanted.push(words.clone()),
            ["book", ..] => wanted.push(vec!["build", "-p", "book"]),
            ["test", ..] => {
                let mut build = vec!["test", "--no-run", "-p", package()?];
                build.extend(targets(&words));
                wanted.push(build);
            }
            ["check", ..] => wanted.push(vec!["check", "-p", package()?, "--bins", "--examples"]),
            _ if programs::example(&words).is_some() => wanted.push(examples_of(package()?)),
            _ => wanted.push(programs_of(package()?)),
        }
    }
    let own = page.chapter.as_ref().map(|chapter| &chapter.name);
    for block in &page.blocks {
        if let Kind::Compiler { package, .. } = &block.kind {
            // A package that is none is told of with the block.
            let package = package.as_ref().or(own);
            let package =
                package.filter(|name| chapters.iter().any(|chapter| chapter.name == **name));
            wanted.extend(package.map(|package| used_by_examples(package)));
        }
    }
    for listing in &page.badged {
        let Some(target) = Target::of(listing) else {
            continue;
        };
        match listing.badge {
            Some(Badge::Keeps(_) | Badge::Breaks(_)) => {
                let of_target = match target.example {
                    Some(_) => examples_of(target.package),
                    None => programs_of(target.package),
                };
                wanted.extend([PROMISES.to_vec(), of_target]);
                if has_a_database(cargo, target.package) {
                    // It prepares that for the example.
                    wanted.push(programs_of(target.package));
                }
                wanted.extend(others(cargo, chapters, target.package).map(programs_of));
            }
            Some(Badge::Error(_)) => wanted.push(used_by_examples(target.package)),
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

/// Whether `book run` starts a database beside the program of this chapter.
fn has_a_database(cargo: &Cargo, package: &str) -> bool {
    metadata(cargo, package, "database").is_some()
}

/// The other chapters whose programs run with those of this one: the host that starts them, and those beside it.
fn others<'a>(
    cargo: &Cargo,
    chapters: &'a [Chapter],
    package: &str,
) -> impl Iterator<Item = &'a str> + use<'a> {
    let keys = ["host", "beside"].map(|key| metadata(cargo, package, key));
    let names = keys.into_iter().flatten().flat_map(|named| match named {
        toml::Value::Array(names) => names,
        name => vec![name],
    });
    let names: Vec<_> = names.collect();
    let chapters = chapters.iter().map(|chapter| chapter.name.as_str());
    chapters.filter(move |chapter| names.iter().any(|name| name.as_str() == Some(chapter)))
}

/// What the manifest of a chapter says in `[package.metadata.book]`. One that cannot be read is told of by cargo.
fn metadata(cargo: &Cargo, package: &str, key: &str) -> Option<toml::Value> {
    let manifest = cargo.root.join("chapters-code").join(package);
    let manifest = fs::read_to_string(manifest.join("Cargo.toml")).unwrap_or_default();
    let manifest: toml::Table = toml::from_str(&manifest).unwrap_or_default();
    let metadata = manifest.get("package")?.get("metadata")?;
    metadata.get("book")?.get(key).cloned()
}

/// What a command chooses of a package, as in `cargo test -p shop --test prices cheap`.
fn targets<'a>(words: &[&'a str]) -> Vec<&'a str> {
    let mut chosen = Vec::new();
    let mut words = words.iter().take_while(|word| **word != "--");
    while let Some(word) = words.next() {
        match *word {
            "--lib" | "--bins" => chosen.push(*word),
            "--test" | "--bin" | "--example" => {
                chosen.push(*word);
                chosen.extend(words.next());
            }
            _ => {}
        }
    }
    chosen
}

/// Whether it is for the workspace that these tests are of.
fn is_ours(cargo: &Cargo) -> bool {
    cargo.root == crate::programs::root()
}

/// The programs that these words build, where all of the workspace are built at once.
fn together(cargo: &Cargo, words: &[&str]) -> Result<Option<Vec<Built>>> {
    if !is_ours(cargo) {
        return Ok(None);
    }
    let (package, kind) = match words {
        // They are there already, with all others.
        ["test", "--no-run", ..] => return Ok(whole::tests()?.map(|_| vec![])),
        ["build", "-p", package, "--examples"] => (package, whole::Kind::Example),
        ["build", "-p", package] | ["build", "-p", package, "--bins" | "--bin", ..] => {
            (package, whole::Kind::Bin)
        }
        _ => return Ok(None),
    };
    let programs = whole::programs_of(package, kind)?;
    Ok(programs.map(|programs| programs.into_iter().map(Built::from).collect()))
}

/// Asks cargo, and gives the programs that came of it.
fn quietly(cargo: &Cargo, words: &[&str]) -> Result<Vec<Built>> {
    let asked = format!("cargo {}", words.join(" "));
    let mut command = if words.first() == Some(&"lambda") {
        untold(lambda::command(cargo, words))
    } else {
        let mut command = untold(Command::new(&cargo.program));
        command
            .args(words)
            .args(["-q", "--message-format", "json-render-diagnostics"]);
        command
    };
    command
        .current_dir(&cargo.root)
        .env("CARGO_TARGET_DIR", &cargo.target);
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
    programs_in(programs::package(words).unwrap_or_default(), &output.stdout)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_command_chooses_is_built_for_it() {
        let chosen = |words: &str| targets(&words.split(' ').collect::<Vec<_>>()).join(" ");
        assert_eq!(
            chosen("test -q -p shop --test prices cheap"),
            "--test prices"
        );
        assert_eq!(chosen("test -q -p shop --lib shop::"), "--lib");
        assert_eq!(chosen("test -q -p shop -- --lib"), "");
    }
}
