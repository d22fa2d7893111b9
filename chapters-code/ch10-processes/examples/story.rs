//! What a checkout was told, and what it wanted then: `story -- ID`

use std::env;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use aws_sdk_dynamodb::Client;
use ch03_platform::table;
use ch10_processes::checkout::{Checkout, CheckoutId};
use ch10_processes::settings;
use event_store::{Dynamo, Settings, Store, Stored};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let id = env::args().nth(1).context("say which checkout")?;
    let client = Client::new(&table::connect().await);
    let commits = Arc::new(Dynamo::new(&client, &settings::table()));
    let checkouts: Store<Checkout, _> = Store::new(commits, Settings::default());
    let told = checkouts.read(&CheckoutId(id).stream(), 0, 100).await?;
    ensure!(!told.is_empty(), "there is no such checkout");
    for commit in told {
        let events = commit.events.iter();
        let names: Vec<String> = events.map(|event| Checkout::record(event).kind).collect();
        let cause = commit.causation.unwrap_or_default();
        // Of a name that differs each time, its kind is enough.
        let cause = cause.split(['#', '_']).next().unwrap_or_default();
        println!("{} {} (from {cause})", commit.number, names.join(", "));
    }
    Ok(())
}
