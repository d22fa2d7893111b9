//! Prepares the table, or becomes chapter 4's host, which lies beside it: that starts the
//! functions.

use std::env;
use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::{Context, Result};
use aws_sdk_dynamodb::Client;
use ch03_platform::{config::Config, logs, table};
use ch06_state::index;

fn main() -> Result<()> {
    let words: Vec<String> = env::args().skip(1).collect();
    if words == ["release"] {
        return release();
    }
    let own = env::current_exe().context("this program is nowhere")?;
    let host = own.with_file_name("ch04-functions");
    let error = Command::new(&host).args(words).exec();
    Err(error).with_context(|| host.display().to_string())
}

#[tokio::main(flavor = "current_thread")]
async fn release() -> Result<()> {
    let config = Config::from_env()?;
    logs::start(config.log);
    let client = Client::new(&table::connect().await);
    index::make(&client, &config.table).await?;
    println!("the table {} is there, with its index", config.table);
    Ok(())
}
