//! The workspace's own programs, built before a test starts them.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::OnceLock;

use anyhow::{Context, Result, bail, ensure};

use crate::whole;

/// The root of the workspace.
///
/// # Panics
///
/// When this package lies elsewhere than one folder below it.
#[must_use]
pub fn root() -> PathBuf {
    let package = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    package.parent().expect("a folder above tests/").to_owned()
}

/// The `book` program. `cargo test` does not build it for the tests of another package, so this does, once
/// for each process.
///
/// # Panics
///
/// When it cannot be built: then no test that asked for it can go on.
#[must_use]
pub fn book() -> PathBuf {
    static BOOK: OnceLock<PathBuf> = OnceLock::new();
    BOOK.get_or_init(|| build("book", "book").expect("the book program is built"))
        .clone()
}

/// Where the program `name` of this machine is, or of the folder `fetched`. Debian keeps some in the `sbin` beside a
/// `bin`, and only the latter is on everybody's path.
#[must_use]
pub fn find(name: &str, fetched: Option<&Path>) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&path);
    let folders = folders.flat_map(|folder| [folder.with_file_name("sbin"), folder]);
    let mut files = folders
        .chain(fetched.map(Path::to_owned))
        .map(|folder| folder.join(name));
    files.find(|file| file.is_file())
}

/// What cannot be checked here is left out, and `why` says what is missing and how to get it.
///
/// # Errors
///
/// When `BOOK_REQUIRE_ALL=1` asks for everything.
pub fn left_out(why: &str) -> Result<()> {
    if env::var_os("BOOK_REQUIRE_ALL").is_some_and(|value| value == "1") {
        bail!("{why}, and BOOK_REQUIRE_ALL=1 requires it");
    }
    Ok(())
}

/// Builds the program `bin` of `package` and says where it is. One that bears the package's name may start the package's other programs, which
/// are built with it.
///
/// # Errors
///
/// When cargo fails; what it says goes to stderr.
pub fn build(package: &str, bin: &str) -> Result<PathBuf> {
    match whole::program(package, whole::Kind::Bin, bin)? {
        Some(file) => Ok(file),
        None => build_by_itself(package, bin),
    }
}

/// The same of an example.
///
/// # Errors
///
/// As [`build`].
pub fn build_example(package: &str, example: &str) -> Result<PathBuf> {
    match whole::program(package, whole::Kind::Example, example)? {
        Some(file) => Ok(file),
        None => built_by_cargo(package, &["--example", example], example),
    }
}

/// The same with the features for which the package asks by itself, also where the tests run over the whole workspace: for whoever is
/// about to ask cargo for that.
///
/// # Errors
///
/// As [`build`].
pub fn build_by_itself(package: &str, bin: &str) -> Result<PathBuf> {
    let which = if bin == package {
        &["--bins"][..]
    } else {
        &["--bin", bin]
    };
    built_by_cargo(package, which, bin)
}

fn built_by_cargo(package: &str, which: &[&str], name: &str) -> Result<PathBuf> {
    let output = book::cargo::command()
        .current_dir(root())
        .args(["build", "--quiet", "--package", package])
        .args(which)
        .args(["--message-format", "json-render-diagnostics"])
        .stderr(Stdio::inherit())
        .output()
        .context("cargo cannot be started")?;
    ensure!(
        output.status.success(),
        "cargo build {}: {}",
        which.join(" "),
        output.status
    );
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|message| message["target"]["name"] == name)
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .with_context(|| format!("cargo built {name} and named no file"))
}
