//! Step: a program is started for each request.

mod door;

use std::process::Stdio;
use std::time::Duration;
use std::{env, io};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use tokio::time::timeout;

// ANCHOR: main
#[tokio::main]
async fn main() -> Result<()> {
    match env::args().nth(1).as_deref() {
        Some("event") => handle().await,
        _ => door::serve(start).await,
    }
}

/// Starts the program, gives it an event, and waits for what it answers: 3 s, and then
/// it is killed.
async fn start(event: Value) -> Result<String> {
    let mut program = Command::new(env::current_exe()?);
    program.arg("event").kill_on_drop(true);
    program.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut program = program.spawn()?;
    let mut input = program.stdin.take().context("it has an input")?;
    input.write_all(event.to_string().as_bytes()).await?;
    drop(input);
    let ended = timeout(Duration::from_secs(3), program.wait_with_output());
    let output = ended.await.context("it has taken too long")??;
    ensure!(output.status.success(), "{}", output.status);
    Ok(String::from_utf8(output.stdout)?)
}

/// Handles one event, and that is all.
async fn handle() -> Result<()> {
    let shop = door::counter().await?;
    let event = serde_json::from_reader(io::stdin())?;
    let answer = door::answer(&shop, event).await;
    Ok(serde_json::to_writer(io::stdout(), &answer)?)
}
// ANCHOR_END: main
