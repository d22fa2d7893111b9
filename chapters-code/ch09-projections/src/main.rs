//! Prepares the tables, makes the views anew, or becomes chapter 7's host, which lies beside it:
//! that starts the functions.

use std::env;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use aws_sdk_dynamodb::Client;
use ch03_platform::config::Config;
use ch03_platform::{logs, table};
use ch09_projections::kept::{self, Views};
use ch09_projections::rebuild::Lateness;
use ch09_projections::table as views;
use event_store::Dynamo;

/// The table of the office, unless the environment names another one.
const OFFICE: &str = "office";

/// The function `views` has 10 s for what it has heard, and the index of the streams is some
/// seconds behind, at most.
const LATE: Lateness = Lateness(Duration::from_secs(15));

fn main() -> Result<()> {
    let words: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["release"] => return release(),
        ["rebuild"] => return rebuild(),
        _ => {}
    }
    let own = env::current_exe().context("this program is nowhere")?;
    let host = own.with_file_name("ch07-events");
    let error = Command::new(&host).args(words).exec();
    Err(error).with_context(|| host.display().to_string())
}

/// Makes the tables that are not there. Where the views are new, the streams may not be.
#[tokio::main(flavor = "current_thread")]
async fn release() -> Result<()> {
    let config = Config::from_env()?;
    logs::start(config.log);
    let office = env::var("OFFICE_TABLE").unwrap_or_else(|_| OFFICE.to_owned());
    let (streams, named) = (&config.table, kept::table());
    let sdk = table::connect().await;
    let client = Client::new(&sdk);
    Dynamo::make(&client, streams).await?;
    table::make(&client, &office).await?;
    if views::make(&client, &named).await? {
        Views::new(&sdk, streams, &named).sweep().await?;
    }
    println!(
        "the tables {streams}, {office} and {named} are there, one for streams, one for the office and one for views"
    );
    Ok(())
}

// ANCHOR: rebuild
/// Makes all views anew, beside whatever happens in the shop.
#[tokio::main(flavor = "current_thread")]
async fn rebuild() -> Result<()> {
    let config = Config::from_env()?;
    logs::start(config.log);
    let sdk = table::connect().await;
    let views = Views::new(&sdk, &config.table, &kept::table());
    let begun = Instant::now();
    let rebuilt = views.rebuild(LATE).await?;
    let (took, waited) = (begun.elapsed().as_secs_f64(), LATE.0.as_secs());
    println!(
        "the views are made of {} streams with {} commits, in {took:.1} s, of which {waited} s were a wait",
        rebuilt.streams, rebuilt.commits
    );
    Ok(())
}
// ANCHOR_END: rebuild
