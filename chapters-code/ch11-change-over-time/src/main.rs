//! Prepares the tables, looks after all checkouts, moves streams to where no name is open, prints
//! and seals what the office has written, or becomes chapter 10's program, which lies beside it
//! and starts the functions.

use std::env;
use std::io::{Write, stdout};
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use ch03_platform::config::Config;
use ch03_platform::{logs, table};
use ch10_processes::{due, keeper};
use ch11_change_over_time::moving::move_stream;
use ch11_change_over_time::office::Office;
use ch11_change_over_time::people::{self, People};
use ch11_change_over_time::settings;
use event_store::{Backend, Dynamo};

/// The table of the office, unless the environment names another one.
const OFFICE: &str = "office";

/// How many streams are listed at once.
const PAGE: u32 = 100;

fn main() -> Result<()> {
    let words: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["release"] => release(),
        ["sweep"] => sweep(),
        ["move", from, to] => move_all(from, to),
        ["print", kind] => print(kind),
        ["seal"] => seal(),
        _ => Err(before(&words)?.exec().into()),
    }
}

/// Chapter 10's program.
fn before(words: &[&str]) -> Result<Command> {
    let own = env::current_exe().context("this program is nowhere")?;
    let mut command = Command::new(own.with_file_name("ch10-processes"));
    command.args(words);
    Ok(command)
}

/// Makes the tables that are not there: chapter 10's, and that of the keys.
#[tokio::main(flavor = "current_thread")]
async fn release() -> Result<()> {
    let status = before(&["release"])?.status()?;
    ensure!(status.success(), "ch10-processes release: {status}");
    let sdk = table::connect().await;
    people::make(&Client::new(&sdk), &people::table()).await?;
    println!("so is the table {}, for keys", people::table());
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

/// Prints the `letters` or the `papers` of the office, with the names that can still be read.
#[tokio::main(flavor = "current_thread")]
async fn print(kind: &str) -> Result<()> {
    let sdk = table::connect().await;
    let people = People::nameless(&sdk);
    let office = office(&sdk, people);
    let mut out = stdout().lock();
    for line in office.print(kind).await? {
        if writeln!(out, "{line}").is_err() {
            break; // Whoever reads has seen enough.
        }
    }
    Ok(())
}

/// Seals the names that stand open in what the office has written.
#[tokio::main(flavor = "current_thread")]
async fn seal() -> Result<()> {
    let sdk = table::connect().await;
    let people = People::from_env(&sdk)?;
    let sealed = office(&sdk, people).seal().await?;
    println!("{sealed} letters and papers are sealed");
    Ok(())
}

fn office(sdk: &SdkConfig, people: People) -> Office {
    Office {
        client: Client::new(sdk),
        table: env::var("OFFICE_TABLE").unwrap_or_else(|_| OFFICE.to_owned()),
        people,
    }
}

/// Moves all streams of one table to another, which it makes.
#[tokio::main(flavor = "current_thread")]
async fn move_all(from: &str, to: &str) -> Result<()> {
    ensure!(from != to, "{from}: a stream is moved to another table");
    let sdk = table::connect().await;
    let people = People::from_env(&sdk)?;
    let client = Client::new(&sdk);
    Dynamo::make(&client, to).await?;
    let [from, to] = [from, to].map(|table| Arc::new(Dynamo::new(&client, table)));
    let (mut streams, mut commits, mut last) = (0, 0, None);
    loop {
        let page = from.streams("", last.as_ref(), PAGE).await?;
        for stream in &page {
            commits += move_stream(&from, &to, &people, stream).await?;
            streams += 1;
        }
        last = page.into_iter().next_back();
        if last.is_none() {
            println!("streams moved: {streams}, commits copied: {commits}");
            return Ok(());
        }
    }
}
