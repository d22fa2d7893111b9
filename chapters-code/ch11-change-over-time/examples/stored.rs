//! What has happened to a pet, as it stands in the table that `TABLE` names: `stored -- ID`

use std::env;

use anyhow::{Context, Result, ensure};
use aws_sdk_dynamodb::Client;
use ch01_bare_server::pets::PetId;
use ch03_platform::table::connect;
use ch08_event_sourcing::shop::stream;
use event_store::{Backend, Dynamo};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let id = env::args().nth(1).context("say which pet")?;
    let table = env::var("TABLE").context("say which TABLE")?;
    let client = Client::new(&connect().await);
    let commits = Dynamo::new(&client, &table);
    let page = commits.forwards(&stream(&PetId(id)), 0, 100).await?;
    ensure!(!page.is_empty(), "there is no such pet");
    for commit in page {
        for event in commit.events {
            println!("{} {} {}", commit.number, event.kind, event.body);
        }
    }
    Ok(())
}
