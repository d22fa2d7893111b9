//! Exercise: a function that counts its calls in a `static`. It is its own host.

use std::env;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use ch03_platform::config::Config;
use ch04_functions::table::Table;
use ch04_functions::{host, runtime};
use serde_json::{Value, json};
use tokio::time::sleep;

fn main() -> Result<ExitCode> {
    if env::var_os("AWS_LAMBDA_RUNTIME_API").is_some() {
        return count().map(|()| ExitCode::SUCCESS);
    }
    let program = env::current_exe()?;
    let folder = program.parent().context("it is in a folder")?;
    let table = include_str!("static_counter.toml");
    let table = Table::parse(table, Path::new("static_counter.toml"), folder)?;
    host::run(&Config::from_env()?, &table)
}

// ANCHOR: count
static CALLS: AtomicU64 = AtomicU64::new(0);

#[tokio::main(flavor = "current_thread")]
async fn count() -> Result<()> {
    runtime::run(async |_: Value| {
        let calls = CALLS.fetch_add(1, Ordering::Relaxed) + 1;
        sleep(Duration::from_millis(500)).await; // The work.
        Ok(json!({ "calls": calls }))
    })
    .await
}
// ANCHOR_END: count
