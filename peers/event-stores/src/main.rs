//! Prints a line of JSON for each command that is counted, and a table at the end:
//! `event-stores [--rounds N] [event-store | dynamo-es | adapter]…`

use std::env;
use std::time::UNIX_EPOCH;

use anyhow::{Context, Result, bail};
use event_stores::adapter::Adapter;
use event_stores::dynamo_es::DynamoEs;
use event_stores::line::{Line, table};
use event_stores::ours::Ours;
use event_stores::situations::all;
use local::Local;

const STORES: [&str; 3] = ["event-store", "dynamo-es", "adapter"];

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let (rounds, stores) = arguments(env::args().skip(1))?;
    let mut embedded = None;
    let url = match env::var("AWS_ENDPOINT_URL_DYNAMODB") {
        Ok(url) => url,
        Err(_) => embedded.insert(Local::in_memory()?).url(),
    };
    // What was left in a database by another run is of other pets.
    let run = UNIX_EPOCH.elapsed()?.as_millis();
    let mut lines = vec![];
    for round in 1..=rounds {
        for store in &stores {
            for line in counted(&url, store, &format!("{run}-{round}")).await? {
                println!("{}", serde_json::to_string(&line)?);
                lines.push(line);
            }
        }
    }
    eprint!("{}", table(&lines));
    Ok(())
}

async fn counted(url: &str, store: &str, run: &str) -> Result<Vec<Line>> {
    match store {
        "event-store" => all::<Ours>(url, run).await,
        "adapter" => all::<Adapter>(url, run).await,
        _ => {
            let aggregates = all::<DynamoEs<false>>(url, &format!("{run}-a")).await?;
            let snapshots = all::<DynamoEs<true>>(url, &format!("{run}-s")).await?;
            Ok([aggregates, snapshots].concat())
        }
    }
}

fn arguments(mut given: impl Iterator<Item = String>) -> Result<(u32, Vec<String>)> {
    let (mut rounds, mut stores) = (1, vec![]);
    while let Some(argument) = given.next() {
        match argument.as_str() {
            "--rounds" => rounds = given.next().context("--rounds N")?.parse()?,
            store if STORES.contains(&store) => stores.push(argument),
            other => bail!("{other}: it is none of {}", STORES.join(", ")),
        }
    }
    if stores.is_empty() {
        stores = STORES.map(str::to_owned).to_vec();
    }
    Ok((rounds, stores))
}
