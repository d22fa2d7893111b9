//! The function host.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use aws_sdk_dynamodb::Client;
use ch03_platform::config::{self, Config};
use ch03_platform::{logs, table};
use ch04_functions::bus::Rules;
use ch04_functions::host::{self, Host};
use serde_json::Value;
use tokio::runtime::Runtime;
use tracing::info;

const USAGE: &str = "usage: ch04-functions [release | check | invoke NAME FILE | match FILE]";

const HELP: &str = "
Without a word it is a host: it answers requests with functions, and brings events from
one to the other.

release           make the table of the pets, unless it is there
check             read the table of functions, and say what it holds
invoke NAME FILE  have the function NAME answer the event in FILE once
match FILE        say which rules the event in FILE meets

FUNCTIONS                  the table of functions [functions.toml]
DELIVERIES                 how often every event is delivered, 1 to 3 [1]";

// ANCHOR: main
fn main() -> ExitCode {
    if let Some(name) = env::var_os("AWS_LAMBDA_FUNCTION_NAME") {
        // It would start itself for ever.
        let name = name.display();
        eprintln!("ch04-functions: it is a host, and cannot be the function {name} of one");
        return ExitCode::FAILURE;
    }
    let words: Vec<OsString> = env::args_os().skip(1).collect();
    let texts: Vec<&str> = words.iter().filter_map(|word| word.to_str()).collect();
    let done = match texts.as_slice() {
        [] if words.is_empty() => serve(),
        ["release"] => release(),
        ["check"] => check(),
        ["invoke", name, file] => invoke(name, file),
        ["match", file] => find_rules(file),
        ["--help"] => {
            println!("{USAGE}\n{HELP}\n{}", config::help());
            return ExitCode::SUCCESS;
        }
        _ => {
            let wrong = words.join(OsStr::new(" "));
            eprintln!("`{}` is not understood; {USAGE}", wrong.display());
            return ExitCode::from(2);
        }
    };
    done.unwrap_or_else(|error| {
        let lines = format!("{error:#}");
        lines
            .lines()
            .for_each(|line| eprintln!("ch04-functions: {line}"));
        ExitCode::FAILURE
    })
}

fn serve() -> Result<ExitCode> {
    host::run(&Config::from_env()?, &host::table()?)
}
// ANCHOR_END: main

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

fn check() -> Result<ExitCode> {
    let table = host::table()?;
    let counts = [
        (table.functions.len(), "functions"),
        (table.routes.len(), "routes"),
        (table.rules.len(), "rules"),
    ];
    let counts = counts.map(|(count, what)| format!("{count} {what}"));
    println!("{}: {}", host::file().display(), counts.join(", "));
    Ok(ExitCode::SUCCESS)
}

// ANCHOR: invoke
/// What functions print goes to standard error: standard output is for the answer.
fn invoke(name: &str, file: &str) -> Result<ExitCode> {
    let table = host::table()?;
    let event = fs::read(file).with_context(|| file.to_owned())?;
    let runtime = Runtime::new()?;
    let answer = runtime.block_on(async {
        let host = Host::open(&table, |line| eprintln!("{line}")).await?;
        let invoked = host
            .function(name)?
            .invoke(event.into(), Duration::MAX)
            .await;
        host.delivered().await;
        host.end().await;
        invoked.with_context(|| name.to_owned())
    })?;
    let answer: Value = serde_json::from_slice(&answer)?;
    println!("{answer:#}");
    Ok(ExitCode::SUCCESS)
}
// ANCHOR_END: invoke

/// An event is an envelope of `EventBridge`.
fn find_rules(file: &str) -> Result<ExitCode> {
    let rules = Rules::new(&host::table()?)?;
    let event = fs::read(file).with_context(|| file.to_owned())?;
    for rule in rules.met(&event).with_context(|| file.to_owned())? {
        println!("{} -> {}", rule.name, rule.function);
    }
    Ok(ExitCode::SUCCESS)
}
