//! Which file cargo would start for a command of a page.
//!
//! `cargo run` looks at every file that a program is made of, finds that all is built, and becomes the program. Ten times a page that is a second, and
//! while another cargo is at work it waits. So what is built before the page runs is started without asking again, where it is certain which file
//! it is: cargo itself has named it, for the same package and the same kind of target. Only what cargo tells a program of its package
//! (`CARGO_PKG_NAME` and the like) is not told to it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use anyhow::Result;
use cargo_metadata::{Message, TargetKind};

use super::cargo::Cargo;
use super::programs::Uses;
use crate::whole;

/// A program that cargo has built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Built {
    /// The package that it is of.
    package: String,
    name: String,
    is_example: bool,
    /// Whether its package says that `cargo run` means this one.
    is_default: bool,
    file: PathBuf,
}

/// Words after `cargo`, and the file that cargo becomes when it is given them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Start {
    /// With a space between them.
    pub words: String,
    /// How many there are.
    pub skip: usize,
    pub file: PathBuf,
    /// Of tests: what they are told before that.
    pub told: Vec<String>,
    /// Of tests: where they are run.
    pub folder: Option<PathBuf>,
}

impl From<&whole::Built> for Built {
    fn from(built: &whole::Built) -> Self {
        let manifest = built.folder.join("Cargo.toml");
        Self {
            package: built.package.clone(),
            name: built.name.clone(),
            is_example: built.kind == whole::Kind::Example,
            is_default: default_run(&manifest).as_ref() == Some(&built.name),
            file: built.file.clone(),
        }
    }
}

/// For the page's `cargo build`: what it would build is built already, with all else.
pub(super) fn builds_of(uses: &Uses) -> Vec<Start> {
    let words = uses.cargo.iter().filter(|words| {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let (first, rest) = words.split_first().unwrap_or((&"", &[]));
        let is_named = |word: &&str| {
            !word.starts_with('-') || ["-q", "-p", "--bins", "--examples"].contains(word)
        };
        *first == "build" && rest.iter().all(is_named)
    });
    let words: BTreeSet<String> = words.map(|words| words.join(" ")).collect();
    let start = |words: String| Start {
        skip: 0,
        file: "true".into(),
        told: vec![],
        folder: None,
        words,
    };
    words.into_iter().map(start).collect()
}

/// What the page's `cargo test` starts, if that is the tests of one file or of one library, as cargo would start them.
pub(super) fn tests_of(uses: &Uses, built: &[whole::Built]) -> Vec<Start> {
    let mut starts: Vec<Start> = Vec::new();
    for words in &uses.cargo {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let words: Vec<&str> = words.into_iter().take_while(|word| *word != "--").collect();
        let (package, kind, name, told) = match words.as_slice() {
            ["test", "-q", "-p", package, "--lib", told @ ..] => {
                (package, whole::Kind::Lib, None, told)
            }
            ["test", "-q", "-p", package, "--test", name, told @ ..] => {
                (package, whole::Kind::Test, Some(name), told)
            }
            _ => continue,
        };
        let found = built.iter().find(|built| {
            let is_named = name.is_none_or(|name| built.name == *name);
            built.package == **package && built.kind == kind && is_named
        });
        let is_a_choice = told.iter().all(|word| !word.starts_with('-'));
        if let Some(found) = found
            && is_a_choice
        {
            let told = ["--quiet"].iter().chain(told);
            let start = Start {
                words: words.join(" "),
                skip: words.len(),
                file: found.file.clone(),
                told: told.map(ToString::to_string).collect(),
                folder: Some(found.folder.clone()),
            };
            if !starts.contains(&start) {
                starts.push(start);
            }
        }
    }
    starts
}

/// The programs of `package` in cargo's messages, in their JSON.
pub(super) fn programs_in(package: &str, messages: &[u8]) -> Result<Vec<Built>> {
    let mut programs = Vec::new();
    for message in Message::parse_stream(Cursor::new(messages)) {
        let Message::CompilerArtifact(artifact) = message? else {
            continue;
        };
        let is_example = artifact.target.kind == [TargetKind::Example];
        let is_program = is_example || artifact.target.kind == [TargetKind::Bin];
        // A program's own tests bear its name and are another file.
        if let Some(file) = artifact.executable
            && is_program
            && !artifact.profile.test
        {
            programs.push(Built {
                package: package.to_owned(),
                is_default: default_run(artifact.manifest_path.as_std_path()).as_ref()
                    == Some(&artifact.target.name),
                name: artifact.target.name,
                is_example,
                file: file.into(),
            });
        }
    }
    Ok(programs)
}

/// The `default-run` of a package, if its manifest names one.
fn default_run(manifest: &Path) -> Option<String> {
    let manifest: toml::Table = fs::read_to_string(manifest).ok()?.parse().ok()?;
    let name = manifest.get("package")?.get("default-run")?;
    name.as_str().map(str::to_owned)
}

/// What the page's commands start, where it is certain which file that is. The rest is for cargo to say.
pub(super) fn starts(cargo: &Cargo, uses: &Uses, built: &[Built]) -> Vec<Start> {
    let mut starts: Vec<Start> = Vec::new();
    for words in &uses.cargo {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let manifest = cargo.root.join("Cargo.toml").display().to_string();
        // As `book` goes on to ask for it.
        let of_the_tests = |bin| {
            let mut asked = vec!["run", "--quiet", "--manifest-path", &manifest];
            asked.extend(["--package", "less-to-run-tests", "--bin", bin]);
            asked
        };
        let asked = match words.as_slice() {
            ["book", "promises", ..] => of_the_tests("promises"),
            ["book", "events", ..] => of_the_tests("catalogue"),
            ["run", ..] => for_cargo(&words),
            _ => continue,
        };
        if let Some(file) = file_of(&asked, built) {
            let words = asked.join(" ");
            let start = Start {
                words,
                skip: asked.len(),
                file,
                told: vec![],
                folder: None,
            };
            if !starts.contains(&start) {
                starts.push(start);
            }
        }
    }
    starts
}

/// The words of `cargo run` that are for cargo: the program's own begin after `--`, or with the first that is neither an option nor its value.
pub(super) fn for_cargo<'a>(words: &[&'a str]) -> Vec<&'a str> {
    let mut asked = vec!["run"];
    let mut rest = words.iter().copied().skip(1);
    while let Some(word) = rest.next() {
        if word == "--" || !word.starts_with('-') {
            break;
        }
        asked.push(word);
        if ["-p", "--package", "--example", "--bin", "--manifest-path"].contains(&word) {
            asked.extend(rest.next());
        }
    }
    asked
}

/// The file that these words start: if they say nothing but what is to run, and there is one such.
fn file_of(words: &[&str], built: &[Built]) -> Option<PathBuf> {
    let mut names = BTreeMap::new();
    let mut rest = words.iter().skip(1);
    while let Some(word) = rest.next() {
        let (option, value) = word
            .split_once('=')
            .map_or((*word, None), |(option, value)| (option, Some(value)));
        let option = match option {
            "-q" | "--quiet" if value.is_none() => continue,
            "-p" => "--package",
            "--package" | "--example" | "--bin" | "--manifest-path" => option,
            _ => return None,
        };
        let value = value.or_else(|| rest.next().copied())?;
        if names.insert(option, value).is_some() {
            return None;
        }
    }
    let package = names.get("--package")?;
    let name = match (names.get("--example"), names.get("--bin")) {
        (Some(_), Some(_)) => return None,
        (example, bin) => example.or(bin),
    };
    let of_kind = built.iter().filter(|program| {
        program.package == *package && program.is_example == names.contains_key("--example")
    });
    let mut found: Vec<&Built> = of_kind
        .filter(|program| name.is_none_or(|name| program.name == *name))
        .collect();
    if name.is_none() && found.iter().any(|program| program.is_default) {
        found.retain(|program| program.is_default);
    }
    let mut files: Vec<&PathBuf> = found.iter().map(|program| &program.file).collect();
    files.dedup();
    match files.as_slice() {
        [file] => Some((*file).clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built(package: &str, name: &str, is_example: bool) -> Built {
        Built {
            package: package.to_owned(),
            name: name.to_owned(),
            is_example,
            is_default: package == "three" && name == "host",
            file: format!("{package}/{name}/{is_example}").into(),
        }
    }

    #[test]
    fn the_words_of_a_program_are_not_for_cargo() {
        for (words, asked) in [
            ("run -q -p one", "run -q -p one"),
            ("run -q -p one -- two", "run -q -p one"),
            ("run -q -p one two --three", "run -q -p one"),
            (
                "run --example greet --package=one hello -p two",
                "run --example greet --package=one",
            ),
            ("run -p", "run -p"),
        ] {
            let words: Vec<&str> = words.split(' ').collect();
            assert_eq!(for_cargo(&words).join(" "), asked, "{words:?}");
        }
    }

    #[test]
    fn a_file_is_started_where_it_is_certain_which_one() {
        let built = [
            built("one", "one", false),
            built("one", "greet", true),
            built("one", "greet", false),
            built("two", "two", false),
            built("three", "host", false),
            built("three", "function", false),
        ];
        for (words, file) in [
            ("run -q -p two", Some("two/two/false")),
            ("run --quiet --package=two --bin two", Some("two/two/false")),
            ("run -q -p one --example greet", Some("one/greet/true")),
            ("run -q -p one --example=greet", Some("one/greet/true")),
            ("run -q -p one --bin greet", Some("one/greet/false")),
            ("run -q -p three", Some("three/host/false")),
            (
                "run -q -p three --bin function",
                Some("three/function/false"),
            ),
            // Two programs: which one is the default stands in the manifest, and cargo reads that.
            ("run -q -p one", None),
            ("run -q -p one --example one", None),
            ("run -q -p one --example greet --bin one", None),
            ("run -q -p two --features x", None),
            ("run -q -p two -p one", None),
            ("run -q -p two --all-features", None),
            ("run -q", None),
            ("run -q -p", None),
        ] {
            let words: Vec<&str> = words.split(' ').collect();
            assert_eq!(
                file_of(&words, &built),
                file.map(PathBuf::from),
                "{words:?}"
            );
        }
    }
}
