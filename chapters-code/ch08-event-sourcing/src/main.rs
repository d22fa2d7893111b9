//! Prepares the tables, or becomes chapter 7's host, which lies beside it: that starts the
//! functions.

use std::env;
use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::{Context, Result};
use aws_sdk_dynamodb::Client;
use ch03_platform::{config::Config, logs, table};
use event_store::Dynamo;

/// The table of the office, unless the environment names another one.
const OFFICE: &str = "office";

fn main() -> Result<()> {
    let words: Vec<String> = env::args().skip(1).collect();
    if words == ["release"] {
        return release();
    }
    let own = env::current_exe().context("this program is nowhere")?;
    let host = own.with_file_name("ch07-events");
    let error = Command::new(&host).args(words).exec();
    Err(error).with_context(|| host.display().to_string())
}

#[tokio::main(flavor = "current_thread")]
async fn release() -> Result<()> {
    let config = Config::from_env()?;
    logs::start(config.log);
    let office = env::var("OFFICE_TABLE").unwrap_or_else(|_| OFFICE.to_owned());
    let client = Client::new(&table::connect().await);
    Dynamo::make(&client, &config.table).await?;
    table::make(&client, &office).await?;
    println!(
        "the tables {} and {office} are there, one for streams and one for the office",
        config.table
    );
    Ok(())
}
