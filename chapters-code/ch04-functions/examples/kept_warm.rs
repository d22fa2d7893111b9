//! Step: one program for all requests, an event and an answer a line.

mod door;

use std::env;
use std::process::Stdio;
use std::sync::Arc;

use anyhow::{Context, Result};
use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines, stdin};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::Mutex;

// ANCHOR: program
/// A program that stays.
struct Program {
    /// Without it the program ends.
    _process: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

impl Program {
    fn start() -> Result<Self> {
        let mut program = Command::new(env::current_exe()?);
        program.arg("events").kill_on_drop(true);
        program.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = program.spawn()?;
        let input = process.stdin.take().context("it has an input")?;
        let output = process.stdout.take().context("it has an output")?;
        Ok(Self {
            _process: process,
            input,
            output: BufReader::new(output).lines(),
        })
    }

    /// A line in, a line out.
    async fn ask(&mut self, event: Value) -> Result<String> {
        let line = format!("{event}\n");
        self.input.write_all(line.as_bytes()).await?;
        let answer = self.output.next_line().await?;
        answer.context("the program has ended")
    }
}
// ANCHOR_END: program

// ANCHOR: main
#[tokio::main]
async fn main() -> Result<()> {
    if env::args().nth(1).as_deref() == Some("events") {
        return handle().await;
    }
    let program = Arc::new(Mutex::new(Program::start()?));
    door::serve(move |event| {
        let program = Arc::clone(&program);
        async move { program.lock().await.ask(event).await }
    })
    .await
}

/// Handles one event after the other.
async fn handle() -> Result<()> {
    let shop = door::counter().await?;
    let mut events = BufReader::new(stdin()).lines();
    while let Some(line) = events.next_line().await? {
        let event: ApiGatewayV2httpRequest = serde_json::from_str(&line)?;
        if event.raw_query_string.as_deref() == Some("debug") {
            println!("looking for {:?}", event.path_parameters);
        }
        let answer = door::answer(&shop, event).await;
        println!("{}", serde_json::to_string(&answer)?);
    }
    Ok(())
}
// ANCHOR_END: main
