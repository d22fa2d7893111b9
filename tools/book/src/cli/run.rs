//! `cargo book run`: a chapter's system in this terminal.

mod database;

use std::collections::BTreeMap;
use std::fs;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use self::database::Kind;
use super::serve::listen;
use super::{WrongUse, process};
use crate::cargo;
use crate::workspace::{Chapter, Workspace};

/// The port on which every chapter's program listens when it is told none, and that `try` lines name.
const PORT: u16 = 8080;

/// What stands in `try` lines for the address of the database.
const DATABASE: &str = "{database}";

/// `[package.metadata.book]` in the Cargo.toml of a chapter.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Metadata {
    /// What runs, in a sentence.
    about: String,
    /// Lines to type in another terminal, with port 8080 wherever the shop's is meant, and `{database}` for the address of the
    /// database.
    r#try: Vec<String>,
    /// The package whose program starts the chapter's, where they do not start by themselves.
    #[serde(default)]
    host: Option<String>,
    /// Packages whose programs it starts besides.
    #[serde(default)]
    beside: Vec<String>,
    /// What it needs beside itself.
    #[serde(default)]
    database: Option<Kind>,
    /// The arguments with which its program prepares the database, if it does.
    #[serde(default)]
    release: Vec<String>,
    /// What its program is told besides, where our own environment says nothing else of it. `{root}` is the workspace.
    #[serde(default)]
    environment: BTreeMap<String, String>,
    /// Files that have no I/O; a test holds them to it.
    #[serde(default, rename = "pure")]
    _pure: Vec<String>,
}

/// Builds the chapter's program and becomes it; or, if it needs a database, starts that and runs the program beside it.
pub(super) fn run(workspace: &Workspace, number: u8, port: Option<u16>) -> Result<ExitCode> {
    let chapter = chapter(workspace, number)?;
    let folder = workspace.root().join("chapters-code").join(&chapter.name);
    let metadata = metadata(&folder.join("Cargo.toml"))?;
    // Taken before the build, so that a port that cannot be had is told at once; given back for the program.
    let listener = listen(port.or(port_of_environment()?), PORT)?;
    let port = listener.local_addr()?.port();

    let mut programs = BTreeMap::new();
    let packages = metadata.host.iter().chain(&metadata.beside);
    for package in packages.chain([&chapter.name]) {
        match build(workspace, package)? {
            Ok(built) => programs.extend(built),
            Err(status) => return Ok(process::exit_code(status)),
        }
    }
    // What the chapter has under its own name becomes the host.
    let host = metadata.host.as_ref().unwrap_or(&chapter.name);
    let own = programs.remove(&chapter.name);
    let shop = own.map_or_else(|| named(programs, host), Ok)?;
    let introduce = |database: Option<&str>| {
        let (number, about) = (chapter.number, &metadata.about);
        println!("Chapter {number}: {about} Ctrl-C ends it.");
        if let Some(url) = database {
            println!("{}", database::told(url));
        }
        println!("Try, in another terminal:\n");
        for line in &metadata.r#try {
            let line = line.replace(&PORT.to_string(), &port.to_string());
            println!("  {}", line.replace(DATABASE, database.unwrap_or_default()));
        }
        println!();
        drop(listener);
    };
    let mut command = Command::new(&shop);
    command.env("PORT", port.to_string());
    let of_ours = |name: &str| std::env::var_os(name).is_some();
    for (name, text) in (metadata.environment.iter()).filter(|(name, _)| !of_ours(name)) {
        command.env(name, workspace.told(text));
    }
    let Some(kind) = metadata.database else {
        introduce(None);
        return Err(process::become_program(command));
    };
    let database = match build(workspace, kind.package())? {
        Ok(programs) => named(programs, kind.package())?,
        Err(status) => return Ok(process::exit_code(status)),
    };
    let tell = |url: &str| introduce(Some(url));
    database::run(&database, command, &metadata.release, tell)
}

/// Builds the programs of a package, of which one may start the others that lie beside it, and gives them by name; or says how cargo failed.
fn build(
    workspace: &Workspace,
    package: &str,
) -> Result<Result<BTreeMap<String, PathBuf>, ExitStatus>> {
    let mut build = process::cargo(workspace);
    build.arg("build");
    if cargo::is_whole() {
        build.args(cargo::ALL_PROGRAMS);
    } else {
        build.args(["--package", package, "--bins"]);
    }
    build.args(["--message-format", "json-render-diagnostics"]);
    if !std::io::stderr().is_terminal() {
        // Nobody waits and watches; what is compiled differs from time to time.
        build.arg("--quiet");
    }
    let mut programs = BTreeMap::new();
    let mut find = |line: &str| programs.extend(executable(line));
    let status = process::finish(build, Some(&mut find))?;
    Ok(if status.success() {
        Ok(programs)
    } else {
        Err(status)
    })
}

/// The program among these that bears its package's name.
fn named(mut programs: BTreeMap<String, PathBuf>, package: &str) -> Result<PathBuf> {
    let program = programs.remove(package);
    program.with_context(|| {
        format!("{package} has no program of this name, so there is nothing to run")
    })
}

/// `PORT`, which the program would read: whoever sets it insists on it as well.
fn port_of_environment() -> Result<Option<u16>> {
    let Some(port) = std::env::var_os("PORT") else {
        return Ok(None);
    };
    let number = port.to_str().and_then(|port| port.parse().ok());
    match number {
        Some(number) => Ok(Some(number)),
        None => bail!(WrongUse(format!(
            "PORT={} in the environment is no port",
            port.display()
        ))),
    }
}

/// The chapter of this number, or an explanation that names the ones there are.
pub(super) fn chapter(workspace: &Workspace, number: u8) -> Result<Chapter> {
    match pages_of(workspace, number)? {
        (_, Some(chapter)) => Ok(chapter),
        (_, None) => bail!(WrongUse(format!(
            "chapter {number} has pages alone, and nothing to start; `cargo book test {number}` checks them"
        ))),
    }
}

/// The same of a chapter that may have pages alone.
pub(super) fn pages_of(workspace: &Workspace, number: u8) -> Result<(u8, Option<Chapter>)> {
    workspace
        .pages_of(number)
        .map_err(|error| WrongUse(format!("{error:#}")).into())
}

/// The program that a line of cargo's JSON tells of, if it does, by its name.
fn executable(line: &str) -> Option<(String, PathBuf)> {
    let message: serde_json::Value = serde_json::from_str(line).ok()?;
    let name = message["target"]["name"].as_str()?;
    let file = message["executable"].as_str()?;
    Some((name.to_owned(), file.into()))
}

fn metadata(manifest: &Path) -> Result<Metadata> {
    #[derive(Deserialize)]
    struct Manifest {
        package: Package,
    }
    #[derive(Deserialize)]
    struct Package {
        #[serde(default)]
        metadata: Tables,
    }
    #[derive(Deserialize, Default)]
    struct Tables {
        book: Option<Metadata>,
    }
    let text = fs::read_to_string(manifest)
        .with_context(|| format!("{} cannot be read", manifest.display()))?;
    let manifest_of = || format!("{}", manifest.display());
    let parsed: Manifest = toml::from_str(&text).with_context(manifest_of)?;
    let metadata = parsed
        .package
        .metadata
        .book
        .with_context(|| format!("{} has no [package.metadata.book]", manifest.display()))?;
    ensure!(
        !metadata.r#try.is_empty(),
        "{}: `try` in [package.metadata.book] is empty",
        manifest.display()
    );
    Ok(metadata)
}
