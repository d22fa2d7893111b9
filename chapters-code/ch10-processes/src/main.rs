//! Prepares the tables, looks after all checkouts, or becomes chapter 7's host, which lies beside
//! it: that starts the functions. If nobody says where the payment provider is, it starts the fake
//! one beside it.

use std::env;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use aws_sdk_dynamodb::Client;
use ch03_platform::config::Config;
use ch03_platform::{logs, table};
use ch09_projections::kept::{self, Views};
use ch09_projections::table as views;
use ch10_processes::{due, keeper, settings};
use event_store::Dynamo;

/// The table of the office, unless the environment names another one.
const OFFICE: &str = "office";

/// Whom the fake provider knows, and what they have.
const CARDS: &str = "ada=100000,ben=100000,poor=0";

fn main() -> Result<()> {
    let words: Vec<String> = env::args().skip(1).collect();
    match words
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .as_slice()
    {
        ["release"] => return release(),
        ["sweep"] => return sweep(),
        _ => {}
    }
    let own = env::current_exe().context("this program is nowhere")?;
    let host = own.with_file_name("ch07-events");
    let mut command = Command::new(&host);
    command.args(&words);
    if words.is_empty() && env::var_os("PAYMENTS_URL").is_none() {
        command.env("PAYMENTS_URL", provider(&own.with_file_name("payments"))?);
    }
    Err(command.exec()).with_context(|| host.display().to_string())
}

/// Makes the tables that are not there. Where the views are new, the streams may not be.
#[tokio::main(flavor = "current_thread")]
async fn release() -> Result<()> {
    let config = Config::from_env()?;
    logs::start(config.log);
    let office = env::var("OFFICE_TABLE").unwrap_or_else(|_| OFFICE.to_owned());
    let (streams, named, checkouts) = (&config.table, kept::table(), settings::table());
    let sdk = table::connect().await;
    let client = Client::new(&sdk);
    Dynamo::make(&client, streams).await?;
    Dynamo::make(&client, &checkouts).await?;
    table::make(&client, &office).await?;
    if views::make(&client, &named).await? {
        Views::new(&sdk, streams, &named).sweep().await?;
    }
    println!(
        "the tables {streams}, {checkouts}, {office} and {named} are there, two for streams, one for the office and one for views"
    );
    Ok(())
}

/// Looks after the checkouts of the last month, as a function does each night.
#[tokio::main(flavor = "current_thread")]
async fn sweep() -> Result<()> {
    let config = Config::from_env()?;
    logs::start(config.log);
    let performer = settings::performer(&table::connect().await, &config.table)?;
    println!("{}", keeper::look_back(&performer, due::MONTH).await?);
    Ok(())
}

/// Starts the fake provider, which ends with this process. Says where it is.
fn provider(program: &Path) -> Result<String> {
    let port = env::var("PORT").unwrap_or_else(|_| "8080".to_owned());
    let mut provider = Command::new(program);
    provider
        .arg("with-its-parent")
        .env("PORT", "0")
        .env("CARDS", CARDS)
        .env(
            "WEBHOOK_URL",
            format!("http://127.0.0.1:{port}/payments/notices"),
        )
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    let mut child = provider.spawn();
    let child = child
        .as_mut()
        .map_err(|why| anyhow::anyhow!("{}: {why}", program.display()))?;
    let printed = child.stdout.take().context("its output is a pipe")?;
    let mut line = String::new();
    BufReader::new(printed).read_line(&mut line)?;
    println!("{}", line.trim_end());
    let (_, url) = line
        .split_once("http://")
        .context("the provider has not started")?;
    Ok(format!("http://{}", url.trim()))
}
