//! `cargo book measure`: takes the figures that the pages show.

use std::process::ExitCode;

use anyhow::{Context, Result};
use book::workspace::Workspace;
use clap::error::ErrorKind;
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
    /// Chapter 2: memory, throughput and writing beside chapter 1, slow clients. Three minutes after the build.
    #[command(name = "2")]
    Chapter2 {
        /// Go on although other processes keep the machine busy; the file then says so.
        #[arg(long)]
        anyway: bool,
    },
    /// Chapter 3: all three rungs beside each other; what the database takes for a sale; what happens without it. Five minutes after
    /// the build.
    #[command(name = "3")]
    Chapter3 {
        /// Go on although other processes keep the machine busy; the file then says so.
        #[arg(long)]
        anyway: bool,
    },
    /// Chapter 4: functions beside chapter 3's shop: an answer, a cold start, memory, adoptions. Four minutes after the build.
    #[command(name = "4")]
    Chapter4 {
        /// Go on although other processes keep the machine busy; the file then says so.
        #[arg(long)]
        anyway: bool,
    },
    /// Chapter 5: a cold start in its parts, an answer on four hosts, a sale. Three minutes after the build.
    #[command(name = "5")]
    Chapter5 {
        /// Go on although other processes keep the machine busy; the file then says so.
        #[arg(long)]
        anyway: bool,
    },
    /// Chapter 6: what things take of the table, in an empty shop and in a full one; designs; retries; a sale. Three minutes after the
    /// build.
    #[command(name = "6")]
    Chapter6 {
        /// Go on although other processes keep the machine busy; the file then says so.
        #[arg(long)]
        anyway: bool,
    },
    /// Chapter 7: what an outbox costs, when a letter is there, what the mapping brings, a record that nobody gets done; a sale. Four
    /// minutes after the build.
    #[command(name = "7")]
    Chapter7 {
        /// Go on although other processes keep the machine busy; the file then says so.
        #[arg(long)]
        anyway: bool,
    },
    /// Chapter 8: steps to the commit item; commands beside bare puts; a sale. Four minutes after the build.
    #[command(name = "8")]
    Chapter8 {
        /// Go on although other processes keep the machine busy; the file then says so.
        #[arg(long)]
        anyway: bool,
    },
    /// Chapter 9: a doorbell, questions to views, how late they are, how long they take to be made anew; a sale. Four minutes after the
    /// build.
    #[command(name = "9")]
    Chapter9 {
        /// Go on although other processes keep the machine busy; the file then says so.
        #[arg(long)]
        anyway: bool,
    },
    /// Chapter 10: what a checkout takes of the tables and of the time, a look each minute, a sale that is paid for. Five minutes after the
    /// build.
    #[command(name = "10")]
    Chapter10 {
        /// Go on although other processes keep the machine busy; the file then says so.
        #[arg(long)]
        anyway: bool,
    },
    /// Chapter 11: what it takes that names are sealed, a look each minute, a sale that is paid for. Four minutes after the build.
    #[command(name = "11")]
    Chapter11 {
        /// Go on although other processes keep the machine busy; the file then says so.
        #[arg(long)]
        anyway: bool,
    },
    /// Chapter 12: what a sale leaves on a machine, and what it writes into the busiest partition; who notices another value in a
    /// template. Ten minutes after the build.
    #[command(name = "12")]
    Chapter12 {
        /// Go on although other processes keep the machine busy; the file then says so.
        #[arg(long)]
        anyway: bool,
    },
    /// The fuzz targets of chapter 1; needs a nightly compiler and cargo-fuzz.
    Fuzz {
        /// How many inputs each target is to take.
        #[arg(long, default_value_t = 10_000_000)]
        runs: u64,
    },
    /// The ledger: lines, crates, processes of every rung.
    Ledger,
    /// The program of chapter 5's functions by the settings of the release profile. Seven whole builds, half an hour or more.
    Sizes {
        /// Go on although other processes keep the machine busy; the file then says so.
        #[arg(long)]
        anyway: bool,
    },
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
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return wrong_use(&error),
    };
    match run(&arguments.what) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("measure: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Help and version as clap gives them; of anything else one line, and status 2.
fn wrong_use(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        print!("{error}");
        return ExitCode::SUCCESS;
    }
    let told = error.to_string();
    let what = match error.kind() {
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand => {
            "nothing to measure is named"
        }
        _ => told
            .lines()
            .next()
            .unwrap_or_default()
            .trim_start_matches("error: "),
    };
    eprintln!(
        "measure: {what}; there are 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, fuzz, ledger, sizes and tools, see --help"
    );
    ExitCode::from(2)
}

fn run(what: &What) -> Result<()> {
    let workspace = Workspace::find()?;
    match *what {
        What::Chapter1 { anyway } => {
            measure::chapter1::measure(&workspace, anyway).context("chapter 1")
        }
        What::Chapter2 { anyway } => {
            measure::chapter2::measure(&workspace, anyway).context("chapter 2")
        }
        What::Chapter3 { anyway } => {
            measure::chapter3::measure(&workspace, anyway).context("chapter 3")
        }
        What::Chapter4 { anyway } => {
            measure::chapter4::measure(&workspace, anyway).context("chapter 4")
        }
        What::Chapter5 { anyway } => {
            measure::chapter5::measure(&workspace, anyway).context("chapter 5")
        }
        What::Chapter6 { anyway } => {
            measure::chapter6::measure(&workspace, anyway).context("chapter 6")
        }
        What::Chapter7 { anyway } => {
            measure::chapter7::measure(&workspace, anyway).context("chapter 7")
        }
        What::Chapter8 { anyway } => {
            measure::chapter8::measure(&workspace, anyway).context("chapter 8")
        }
        What::Chapter9 { anyway } => {
            measure::chapter9::measure(&workspace, anyway).context("chapter 9")
        }
        What::Chapter10 { anyway } => {
            measure::chapter10::measure(&workspace, anyway).context("chapter 10")
        }
        What::Chapter11 { anyway } => {
            measure::chapter11::measure(&workspace, anyway).context("chapter 11")
        }
        What::Chapter12 { anyway } => {
            measure::chapter12::measure(&workspace, anyway).context("chapter 12")
        }
        What::Fuzz { runs } => measure::fuzz::measure(&workspace, runs).context("the fuzz targets"),
        What::Ledger => measure::ledger(&workspace).context("the ledger"),
        What::Sizes { anyway } => measure::sizes::measure(&workspace, anyway).context("the sizes"),
        What::Tools { anyway, clone } => {
            let wishes = measure::tools::Wishes { anyway, clone };
            measure::tools::measure(&workspace, wishes).context("the tools")
        }
    }
}
