//! How long the tools take: the build of a book, the check of a page, the first hour of a newcomer.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use book::measured::Measured;
use book::workspace::Workspace;

use super::programs::{build, built, data_folder};
use super::rounds::Rounds;
use super::{quiet, saved, summary};

const COMMAND: &str = "cargo book measure tools";
/// Rounds of what takes a second, and of what takes ten; the median counts.
const BUILDS: usize = 5;
const CHECKS: usize = 3;
/// Chapters of the made-up book: as many as the real one is planned to have.
const CHAPTERS: u8 = 12;

/// What the figures depend on. A build and a check of a book run the engine: its reading of pages, its generated parts, and the measured files whose
/// hashes it takes. A page's check runs sessions, and waits for the two promises that chapter 1 puts to its shops. The crates of the first build stand in
/// the engine's manifest. Other promises, other tests and the rest of `cargo book` take no part in what is timed here.
const SOURCES: [&str; 16] = [
    "tests/src/bin/pages.rs",
    "tests/src/measure/tools.rs",
    "tests/src/promises/p03_never_twice.rs",
    "tests/src/promises/p05_slow_clients.rs",
    "tests/src/session",
    "tools/book/Cargo.toml",
    "tools/book/src/cli/build.rs",
    "tools/book/src/generated",
    "tools/book/src/generated.rs",
    "tools/book/src/measured",
    "tools/book/src/measured.rs",
    "tools/book/src/page",
    "tools/book/src/page.rs",
    "tools/book/src/session",
    "tools/book/src/session.rs",
    "tools/book/src/synthetic.rs",
];

/// What to measure besides.
#[derive(Debug, Clone, Copy)]
pub struct Wishes {
    /// Go on although the machine is busy.
    pub anyway: bool,
    /// Clone the workspace and build the book from nothing: several minutes.
    pub clone: bool,
}

/// Takes the figures and writes them.
///
/// # Errors
///
/// When the machine is busy and that is not wished away, or when a tool fails.
pub fn measure(workspace: &Workspace, wishes: Wishes) -> Result<()> {
    build(
        workspace.root(),
        &[
            "--locked",
            "--package",
            "book",
            "--package",
            "less-to-run-tests",
        ],
    )?;
    let target = workspace.root().join("target");
    let remark = quiet::check(wishes.anyway)?;
    let mut file = Measured::begin(workspace, COMMAND, &SOURCES)?;
    if let Some(remark) = remark {
        file.machine = format!("{}, {remark}", file.machine);
    }
    let book = built(&target, "debug", "book");
    let made_up = data_folder(&target)?;
    book::synthetic::write(made_up.path(), CHAPTERS)?;
    let twelve = rounds(BUILDS, || run(&book, &["build"], made_up.path()))?;
    file.put(
        "twelve_chapters_s",
        twelve,
        "s",
        &format!("building a made-up book of {CHAPTERS} chapters, pages and checks, with the program as `cargo book` builds it"),
    );
    let whole = rounds(BUILDS, || run(&book, &["build"], workspace.root()))?;
    file.put("build_s", whole, "s", "building the book as it is");
    let pages = built(&target, "debug", "pages");
    let page = rounds(CHECKS, || run(&pages, &["1"], workspace.root()))?;
    file.put(
        "page_s",
        page,
        "s",
        "checking the pages of chapter 1 when nothing has to be compiled",
    );
    if wishes.clone {
        clean_clone(workspace, &mut file)?;
    }
    summary(&file);
    saved(workspace, &file.save(workspace, "tools")?);
    Ok(())
}

/// Builds the book from a clean clone, into a folder of its own, with the crates that have been fetched.
fn clean_clone(workspace: &Workspace, file: &mut Measured) -> Result<()> {
    let folder = data_folder(&workspace.root().join("target"))?;
    let clone = folder.path().join("clone");
    let status = Command::new("git")
        .args(["clone", "--quiet", "--no-local"])
        .args([workspace.root(), &clone])
        .status()
        .context("git cannot be started")?;
    ensure!(status.success(), "git clone failed");
    let cargo = book::cargo::program();
    let first = run(
        Path::new(&cargo),
        &["run", "--quiet", "--package", "book", "--", "build"],
        &clone,
    )?;
    file.put(
        "clone_build_s",
        first.as_secs_f64(),
        "s",
        "from a clean clone to the built book, its crates fetched before",
    );
    let again = run(
        Path::new(&cargo),
        &["run", "--quiet", "--package", "book", "--", "build"],
        &clone,
    )?;
    file.put(
        "clone_again_s",
        again.as_secs_f64(),
        "s",
        "building the book once more in that clone",
    );
    Ok(())
}

fn rounds(number: usize, mut round: impl FnMut() -> Result<Duration>) -> Result<f64> {
    let mut rounds = Rounds::default();
    for _ in 0..number {
        rounds.add(round()?.as_secs_f64());
    }
    Ok(rounds.median())
}

fn run(program: &Path, arguments: &[&str], root: &Path) -> Result<Duration> {
    let begin = Instant::now();
    let output = Command::new(program)
        .args(arguments)
        .current_dir(root)
        .env("BOOK_ROOT", root)
        .env_remove("CARGO_TARGET_DIR")
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("{} cannot be started", program.display()))?;
    let told = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.success(),
        "{} {} failed: {}",
        program.display(),
        arguments.join(" "),
        told.trim()
    );
    Ok(begin.elapsed())
}
