//! The shop on a platform: instances that keep nothing, and one table elsewhere.

use std::env;
use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Result;
use aws_sdk_dynamodb::Client;
use ch02_virtual_server::api;
use ch03_platform::config::{self, Config};
use ch03_platform::{instance, logs, table};
use tokio::runtime::Runtime;
use tracing::info;

const USAGE: &str = "usage: ch03-platform [release]";

const HELP: &str = "
Without a word it is an instance of the shop. `release` makes the table, unless it is
there: what a platform does once before it starts the instances of a release.
";

// ANCHOR: main
fn main() -> ExitCode {
    let words: Vec<OsString> = env::args_os().skip(1).collect();
    let done = match words.as_slice() {
        [] => serve(),
        [word] if word == "release" => release(),
        [word] if word == "--help" => {
            println!("{USAGE}\n{HELP}\n{}", config::help());
            return ExitCode::SUCCESS;
        }
        wrong => {
            let wrong = wrong.join(" ".as_ref());
            eprintln!("`{}` is not understood; {USAGE}", wrong.display());
            return ExitCode::from(2);
        }
    };
    done.unwrap_or_else(|error| {
        let lines = format!("{error:#}");
        lines
            .lines()
            .for_each(|line| eprintln!("ch03-platform: {line}"));
        ExitCode::FAILURE
    })
}

fn serve() -> Result<ExitCode> {
    let config = Config::from_env()?;
    instance::run(&config, |store| api::router(Arc::new(store)))
}

fn release() -> Result<ExitCode> {
    let config = Config::from_env()?;
    logs::start(config.log);
    Runtime::new()?.block_on(async {
        let client = Client::new(&table::connect().await);
        table::make(&client, &config.table).await
    })?;
    info!(table = config.table, "the table is there");
    Ok(ExitCode::SUCCESS)
}
// ANCHOR_END: main
