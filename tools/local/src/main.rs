//! `local dynamodb`: serves an embedded `DynamoDB` on this machine.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Parser, Subcommand};
use local::Local;
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};

/// Serves on this machine what the book uses of AWS
#[derive(Debug, Parser)]
struct Options {
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
    },
}

fn main() -> ExitCode {
    let options = match Options::try_parse() {
        Ok(options) => options,
        Err(error) if error.kind() == ErrorKind::DisplayHelp => {
            print!("{error}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("local: {}", in_one_line(&error));
            return ExitCode::from(2);
        }
    };
    let Service::Dynamodb { port, file } = options.service;
    match serve(port, file.as_deref()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("local: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn serve(port: u16, file: Option<&Path>) -> anyhow::Result<()> {
    let runtime = Runtime::new()?;
    let stopped = runtime.block_on(async {
        // From here on a signal ends it politely.
        let mut term = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        io::Result::Ok(async move {
            tokio::select! {
                _ = term.recv() => {}
                _ = interrupt.recv() => {}
            }
        })
    })?;
    let database = Local::start(port, file)?;
    println!("DynamoDB listening on {}", database.url());
    io::stdout().flush()?;
    runtime.block_on(stopped);
    Ok(())
}

fn in_one_line(error: &clap::Error) -> String {
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return "say what to serve: local dynamodb [--port PORT] [--file FILE]".to_owned();
    }
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    line.trim_start_matches("error: ").to_owned()
}
