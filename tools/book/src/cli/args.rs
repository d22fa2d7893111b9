//! The commands and their options, with the words that `--help` says about them.

#![expect(
    clippy::doc_markdown,
    reason = "these comments are shown in a terminal, as they stand"
)]

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Parser, Subcommand};

use super::exercise::Wanted;
use super::test::Chapters;
use crate::bill::Pace;

/// Reads, runs and checks the book Less to Run.
///
/// Without a command it builds the book and serves it on this machine, and the page in your browser
/// follows what you change.
#[derive(Debug, Parser)]
#[command(
    name = "cargo book",
    bin_name = "cargo book",
    disable_version_flag = true
)]
#[command(args_conflicts_with_subcommands = true)]
#[command(after_help = "Example: cargo book run 1")]
pub(super) struct Args {
    #[command(flatten)]
    pub serve: ServeOptions,
    #[command(subcommand)]
    pub verb: Option<Verb>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Build the book, serve it, and reload the page when a source file changes
    ///
    /// Needs nothing but this program: no chapter is compiled. A page that cannot be built leaves the
    /// last good one in place and shows its problems in the terminal and in the browser. Ctrl-C ends it.
    #[command(after_help = "Example: cargo book serve --open")]
    Serve(ServeOptions),

    /// Write the book as a site into target/book/
    ///
    /// The site is built beside its place and put there when it is whole. A page that shows what is not
    /// there, such as a listing whose file is gone, is a failure.
    #[command(after_help = "Example: cargo book build --dest /tmp/site")]
    Build {
        /// Write the site here; a folder that holds something else is left alone
        #[arg(long, value_name = "FOLDER")]
        dest: Option<PathBuf>,
    },

    /// Set up what the tests need, and run them
    ///
    /// All tests of the workspace, or those of chapters: of their crates, of their promises and of their pages.
    /// What a test needs and does not find on this machine it names; BOOK_REQUIRE_ALL=1 makes that a failure.
    #[command(after_help = "Example: cargo book test 1 --page")]
    Test {
        /// The number of a chapter, or 8-11 for some in a row
        chapters: Option<Chapters>,
        /// Only the pages: what they show is run and compared
        #[arg(long)]
        page: bool,
    },

    /// Start a chapter's system, and say what to try with it
    ///
    /// It runs in this terminal until Ctrl-C, with the database that it may need beside itself, and keeps its
    /// data in the folder in which you are. What its own settings are, such as SHOP_DATA, the chapter tells; they go on to it.
    #[command(after_help = "Example: cargo book run 1 --port 8081")]
    Run {
        /// The number of a chapter
        #[arg(value_parser = number)]
        chapter: u8,
        /// Listen on this port or not at all [default: PORT, or else 8080 or the next free one]
        #[arg(long)]
        port: Option<u16>,
    },

    /// List the exercises, or get one to work at, and have it checked
    ///
    /// You get a sheet in exercises/, which git ignores: with the session of the answer, in which you say what you expect, or with a
    /// program in which something is missing, and what has to come of it. --check plays the page up to there and goes on
    /// with yours.
    #[command(after_help = "Example: cargo book exercise 2.4 --check")]
    Exercise {
        /// The number of a chapter, or of an exercise, such as 2.4
        #[arg(value_name = "NUMBER")]
        number: Option<Wanted>,
        /// Run what you have made of it, and compare
        #[arg(long)]
        check: bool,
    },

    /// Put a chapter back as it is in the last commit, and keep what was there
    ///
    /// Its crate, its files in infra/, its pages, the sheets of its exercises, and the data that programs have left
    /// in the clone's folder. What is taken away is in exercises/kept/ afterwards.
    #[command(after_help = "Example: cargo book reset 2")]
    Reset {
        /// The number of a chapter
        #[arg(value_parser = number)]
        chapter: u8,
    },

    /// Say what a month costs on each rung, in a shop of this size
    ///
    /// Computed from the price list and from measured figures: what is paid by the month, what the sales take, what is
    /// sent and what is kept. Nothing is run.
    #[command(after_help = "Example: cargo book bill 20/day")]
    Bill {
        /// Sales: 0, 500/month, 20/day, 1/h or 1000/s [default: four sizes, one after the other]
        pace: Option<Pace>,
    },

    /// Say what is on this machine, and how to install what is not
    ///
    /// Ends with status 1 when something is missing that every command needs.
    #[command(after_help = "Example: cargo book doctor")]
    Doctor,

    /// Bring everything that is needed to go on without a network
    ///
    /// Crates for the workspace and for what is measured beside it, packages for the browser checks, and the
    /// client of the shop's contract.
    /// Cargo stays off the network afterwards when CARGO_NET_OFFLINE=true is set.
    #[command(after_help = "Example: cargo book fetch")]
    Fetch,

    /// Run the pages, rewrite the outputs that they show, and print what changed
    ///
    /// Only output lines of sessions and of compiler messages are rewritten. A page that does not run to its
    /// end is left as it is.
    #[command(after_help = "Example: cargo book update 1")]
    Update {
        /// The number of a chapter; without it, all pages
        #[arg(value_parser = number)]
        chapter: Option<u8>,
    },

    /// Measure what the pages tell, and write it to book/measured/
    ///
    /// `1` to `12` measure the figures of a chapter, `sizes` a program by how it is built, `tools` the speed of the
    /// book's own tools, `ledger` counts what each rung runs.
    #[command(after_help = "Example: cargo book measure 1")]
    Measure {
        /// What to measure
        #[arg(required = true, value_name = "NAME")]
        names: Vec<OsString>,
    },

    /// Put a running shop to the promises, in whatever language it is written
    ///
    /// All arguments go to the suite, which has a --help of its own.
    #[command(after_help = "Example: cargo book promises --at http://127.0.0.1:8080 P3")]
    #[command(disable_help_flag = true)]
    Promises {
        /// What to ask of whom
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },

    /// Hold a recorded event to the catalogue, and name the consumers that it would break
    ///
    /// All arguments go to the checker, which has a --help of its own.
    #[command(after_help = "Example: cargo book events recorded.json")]
    #[command(disable_help_flag = true)]
    Events {
        /// Which events
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
}

#[derive(Debug, clap::Args)]
pub(super) struct ServeOptions {
    /// Serve on this port or not at all [default: 3000, or the next free one]
    #[arg(long)]
    pub port: Option<u16>,
    /// Open the book in the browser
    #[arg(long)]
    pub open: bool,
}

fn number(text: &str) -> Result<u8, &'static str> {
    text.parse()
        .map_err(|_| "a chapter is meant by its number, such as 1")
}
