//! `cargo book events`: holds recorded events to the catalogue, or the catalogue to the rules.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use book::catalogue::folder;
use book::cli::tell;
use book::workspace::Workspace;
use clap::Parser;
use less_to_run_tests::catalogue::{Catalogue, TABLE};
use less_to_run_tests::verdict;

/// Holds recorded events to the catalogue, and names the consumers that they would break.
///
/// A recorded event is an envelope with its detail, as a bus delivers it, in JSON. Without one, the catalogue is held to the rules
/// that call its consumers, and to the event of each kind that was recorded.
///
/// The exit status is 0 when all contracts are kept, 1 when one is broken, 2 for wrong use.
#[derive(Debug, Parser)]
#[command(bin_name = "cargo book events")]
struct Arguments {
    /// The folder of the catalogue [default: the book's, tests/catalogue]
    #[arg(long, value_name = "FOLDER")]
    catalogue: Option<PathBuf>,

    /// The table with the rules [default: the book's, infra/ch04-functions/functions.toml]
    #[arg(long, value_name = "FILE")]
    functions: Option<PathBuf>,

    /// Recorded events; `-` is standard input
    #[arg(value_name = "EVENT")]
    events: Vec<PathBuf>,
}

fn main() -> ExitCode {
    verdict::give("events", run)
}

/// Says what was found, and whether all is well.
fn run(arguments: &Arguments) -> Result<bool> {
    let workspace = Workspace::find()?;
    let default = folder(&workspace);
    let kept = arguments.catalogue.as_ref().unwrap_or(&default);
    let default = workspace.root().join(TABLE);
    let table = arguments.functions.as_ref().unwrap_or(&default);
    let catalogue = Catalogue::read(kept, table)?;
    if arguments.events.is_empty() {
        return upkeep(&catalogue);
    }
    let mut kept = true;
    for path in &arguments.events {
        kept &= event(&catalogue, path)?;
    }
    Ok(kept)
}

fn upkeep(catalogue: &Catalogue) -> Result<bool> {
    let problems = catalogue.problems()?;
    let well = problems.is_empty();
    let lines = if well {
        catalogue.told().collect()
    } else {
        problems
    };
    tell(&(lines.join("\n") + "\n"))?;
    Ok(well)
}

fn event(catalogue: &Catalogue, path: &Path) -> Result<bool> {
    let (name, text) = if path == "-" {
        let mut text = String::new();
        io::stdin()
            .read_to_string(&mut text)
            .context("standard input cannot be read")?;
        ("standard input".to_owned(), text)
    } else {
        let name = path.display().to_string();
        let text = fs::read_to_string(path).with_context(|| format!("{name} cannot be read"))?;
        (name, text)
    };
    let envelope = serde_json::from_str(&text).with_context(|| name.clone())?;
    let finding = catalogue.check(&envelope).with_context(|| name.clone())?;
    tell(&(finding.told(&name).join("\n") + "\n"))?;
    Ok(finding.keeps())
}
