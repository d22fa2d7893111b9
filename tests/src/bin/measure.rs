//! `cargo book measure`: takes the figures that the pages show.

use std::process::ExitCode;

use anyhow::{Context, Result};
use book::workspace::Workspace;
use clap::{Parser, Subcommand};
use less_to_run_tests::measure;

/// Takes the figures that the pages show, and writes them to book/measured/.
#[derive(Debug, Parser)]
#[command(name = "measure", version, disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Chapter 1: memory, throughput beside other servers, writing, slow clients. Three minutes after the build.
    #[command(name = "1")]
    Chapter1 {
        /// Go on although other processes keep the machine busy; the file then says so.
        #[arg(long)]
        anyway: bool,
    },
    /// The ledger: lines, crates, processes of every rung.
    Ledger,
    /// The tools: the build of the book, the check of a page.
    Tools {
        /// Go on although other processes keep the machine busy; the file then says so.
        #[arg(long)]
        anyway: bool,
        /// Also build the book from a clean clone, which takes minutes.
        #[arg(long)]
        clone: bool,
    },
}

fn main() -> ExitCode {
    // Wrong use: clap says it in a line or two and ends with status 2.
    let arguments = Arguments::parse();
    match run(&arguments.what) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("measure: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(what: &What) -> Result<()> {
    let workspace = Workspace::find()?;
    match *what {
        What::Chapter1 { anyway } => {
            measure::chapter1::measure(&workspace, anyway).context("chapter 1")
        }
        What::Ledger => measure::ledger(&workspace).context("the ledger"),
        What::Tools { anyway, clone } => {
            let wishes = measure::tools::Wishes { anyway, clone };
            measure::tools::measure(&workspace, wishes).context("the tools")
        }
    }
}
