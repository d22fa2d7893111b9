//! All programs of the workspace, built at once.
//!
//! A package by itself is built with the features that it alone asks for, and so is all that it shares with others, for each package once
//! more. Where the tests run over the whole workspace, its programs are built as the tests are, and most of that is there already. That
//! each chapter can be built by itself is asked in `.ci/run`.

use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use anyhow::{Context, Result, anyhow, ensure};
pub use book::cargo::WHOLE;
use book::cargo::{ALL_PROGRAMS, is_whole, untold};
use cargo_metadata::{Artifact, Message, TargetKind};

use crate::programs;

/// What a file of cargo's is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A program.
    Bin,
    /// An example.
    Example,
    /// The tests in a library.
    Lib,
    /// The tests in a file of their own.
    Test,
}

/// A file that cargo has built and that can be started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Built {
    /// The package that it is of.
    pub package: String,
    /// What its target is called.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// The folder of the package.
    pub folder: PathBuf,
    /// Where it is.
    pub file: PathBuf,
}

/// All programs and examples of the workspace, which are built first; nothing where the tests do not run over the whole of it.
///
/// # Errors
///
/// When one does not build.
pub fn programs() -> Result<Option<&'static [Built]>> {
    static BUILT: OnceLock<Result<Vec<Built>, String>> = OnceLock::new();
    let words = [&["build"][..], &ALL_PROGRAMS].concat();
    is_whole().then(|| once(&BUILT, &words)).transpose()
}

/// All tests of the workspace, likewise.
///
/// # Errors
///
/// As [`programs`].
pub fn tests() -> Result<Option<&'static [Built]>> {
    static BUILT: OnceLock<Result<Vec<Built>, String>> = OnceLock::new();
    let words = ["test", "--workspace", "--no-run"];
    is_whole().then(|| once(&BUILT, &words)).transpose()
}

/// The programs of a package, or its examples, likewise.
///
/// # Errors
///
/// As [`programs`].
pub fn programs_of(package: &str, kind: Kind) -> Result<Option<Vec<&'static Built>>> {
    let of_package = |built: &&Built| built.package == package && built.kind == kind;
    Ok(programs()?.map(|all| all.iter().filter(of_package).collect()))
}

/// Where one of them is, likewise.
///
/// # Errors
///
/// As [`programs`], and when the package has none of this name.
pub fn program(package: &str, kind: Kind, name: &str) -> Result<Option<PathBuf>> {
    let Some(programs) = programs_of(package, kind)? else {
        return Ok(None);
    };
    let program = programs.into_iter().find(|built| built.name == name);
    let program = program.with_context(|| format!("{package} has no {kind:?} {name}"))?;
    Ok(Some(program.file.clone()))
}

fn once(
    built: &'static OnceLock<Result<Vec<Built>, String>>,
    words: &[&str],
) -> Result<&'static [Built]> {
    let built = built.get_or_init(|| build(words).map_err(|error| format!("{error:#}")));
    let built = built.as_deref();
    built.map_err(|error| anyhow!("{error}"))
}

fn build(words: &[&str]) -> Result<Vec<Built>> {
    let output = untold(Command::new(book::cargo::program()))
        .current_dir(programs::root())
        .args(words)
        .args(["--quiet", "--message-format", "json-render-diagnostics"])
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .context("cargo cannot be started")?;
    let asked = words.join(" ");
    ensure!(output.status.success(), "cargo {asked}: {}", output.status);
    let mut all = vec![];
    for message in Message::parse_stream(Cursor::new(output.stdout)) {
        if let Message::CompilerArtifact(artifact) = message? {
            all.extend(built(artifact));
        }
    }
    Ok(all)
}

fn built(artifact: Artifact) -> Option<Built> {
    let folder = artifact.manifest_path.as_std_path().parent()?.to_owned();
    let kind = match artifact.target.kind.first()? {
        TargetKind::Test => Kind::Test,
        TargetKind::Lib if artifact.profile.test => Kind::Lib,
        // A program's own tests bear its name and are another file.
        TargetKind::Example if !artifact.profile.test => Kind::Example,
        TargetKind::Bin if !artifact.profile.test => Kind::Bin,
        _ => return None,
    };
    Some(Built {
        package: package(&artifact.package_id.repr, &folder)?,
        name: artifact.target.name,
        kind,
        folder,
        file: artifact.executable?.into(),
    })
}

/// The name in `path+file:///…/tests#less-to-run-tests@0.1.0`, which is that of the folder where there is none.
/// <https://doc.rust-lang.org/cargo/reference/pkgid-spec.html>
fn package(id: &str, folder: &Path) -> Option<String> {
    let (_, rest) = id.rsplit_once('#')?;
    match rest.split_once('@') {
        Some((name, _)) => Some(name.to_owned()),
        None => folder.file_name()?.to_str().map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_called_as_its_id_says_or_as_its_folder() {
        let of = |id, folder| package(id, Path::new(folder));
        let id = "path+file:///book/tests#less-to-run-tests@0.1.0";
        assert_eq!(of(id, "/book/tests").as_deref(), Some("less-to-run-tests"));
        let id = "path+file:///book/tools/local#0.1.0";
        assert_eq!(of(id, "/book/tools/local").as_deref(), Some("local"));
    }
}
