//! `local`: what the book uses of other people's machines, on this one.

mod faults;

use std::ffi::OsString;
use std::future::Future;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::str::FromStr;

use clap::error::ErrorKind;
use clap::{Parser, Subcommand};
use local::Local;
use local::platform::{self, Options, Order, Setting};
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{SignalKind, signal};

/// Serves on this machine what the book uses of others
#[derive(Debug, Parser)]
struct Line {
    #[command(subcommand)]
    service: Service,
}

#[derive(Debug, Subcommand)]
enum Service {
    /// Serves `DynamoDB` until it is told to stop
    Dynamodb {
        /// Where on 127.0.0.1; 0 takes any free port
        #[arg(long, default_value_t = 8000)]
        port: u16,
        /// Where the tables are kept; in memory by default
        #[arg(long)]
        file: Option<PathBuf>,
        #[command(flatten)]
        faults: faults::Options,
    },
    /// Runs what is deployed and routes to it, until it is told to stop
    Platform(Options),
    /// Makes a release of a folder that holds a Procfile
    Deploy {
        /// The folder
        folder: PathBuf,
        /// Programs that the release has besides those that the Procfile names
        #[arg(long, value_name = "PROGRAM", num_args = 1..)]
        with: Vec<String>,
    },
    /// Sets variables of the next release
    Set {
        /// Each as NAME=VALUE
        #[arg(required = true, value_name = "NAME=VALUE", value_parser = Setting::from_str)]
        settings: Vec<Setting>,
    },
    /// Sets the variables by which the next release finds a `DynamoDB`
    Attach {
        /// The address that `local dynamodb` prints
        url: String,
    },
    /// Becomes a program that is told to stop when its parent is gone
    #[command(hide = true)]
    Keep {
        /// The parent
        parent: u32,
        /// The program and its words
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
        words: Vec<OsString>,
    },
}

fn main() -> ExitCode {
    let line = match Line::try_parse() {
        Ok(line) => line,
        Err(error) if error.kind() == ErrorKind::DisplayHelp => {
            print!("{error}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("local: {}", in_one_line(&error));
            return ExitCode::from(2);
        }
    };
    match carry_out(line.service) {
        Ok(true) => ExitCode::SUCCESS,
        // The platform has said why.
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("local: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Whether it was done.
fn carry_out(service: Service) -> anyhow::Result<bool> {
    match service {
        Service::Dynamodb { port, file, faults } => dynamodb(port, file.as_deref(), &faults)?,
        Service::Platform(options) => {
            // On one thread a request is routed at once: it is with its process before
            // anybody tells that one to stop.
            let runtime = Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async { platform::run(&options, told_to_stop()?).await })?;
        }
        Service::Deploy { folder, with } => {
            return platform::ask(&Order::deploy(&folder, &with)?);
        }
        Service::Set { settings } => return platform::ask(&Order::Set(settings)),
        Service::Attach { url } => return platform::ask(&Order::attach(&url)?),
        Service::Keep { parent, words } => platform::keep(parent, &words)?,
    }
    Ok(true)
}

fn dynamodb(port: u16, file: Option<&Path>, faults: &faults::Options) -> anyhow::Result<()> {
    let runtime = Runtime::new()?;
    let stopped = runtime.block_on(async { told_to_stop() })?;
    if faults.are_given() {
        return faults::serve(&runtime, faults, port, file, stopped);
    }
    let database = Local::start(port, file)?;
    println!("DynamoDB listening on {}", database.url());
    io::stdout().flush()?;
    runtime.block_on(stopped);
    Ok(())
}

/// Comes back at SIGTERM or Ctrl-C. From here on these end it politely.
fn told_to_stop() -> io::Result<impl Future<Output = ()>> {
    let mut term = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

fn in_one_line(error: &clap::Error) -> String {
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return "say what to do: local dynamodb | platform | deploy | set | attach; --help explains them"
            .to_owned();
    }
    let text = error.to_string();
    let (what, _) = text.split_once("\n\n").unwrap_or((&text, ""));
    let what = what.trim_start_matches("error: ");
    what.split_whitespace().collect::<Vec<_>>().join(" ")
}
