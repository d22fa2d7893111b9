//! The store's promises, asked of moto.

use std::time::Duration;

use anyhow::{Result, bail};
use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{Credentials, Region};
use aws_smithy_http_client::Builder;
use event_store::conformance::{self, PROMISES};
use event_store::{Appended, Backend, Command, Commit, Dynamo, Fault, Record};
use serde_json::json;

use crate::moto::Moto;

/// What moto says of a commit of 400 KB.
const TOO_LARGE: &str = "Item size has exceeded the maximum allowed size";

async fn client(url: &str) -> Client {
    let config = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(Builder::new().build_http())
        .endpoint_url(url)
        .region(Region::new("eu-central-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "the tests"));
    Client::new(&config.load().await)
}

#[tokio::test]
async fn it_keeps_eight_of_nine_and_calls_400_kb_too_large() -> Result<()> {
    let Some(moto) = Moto::shared()? else {
        return Ok(());
    };
    let client = client(moto.url()).await;
    Dynamo::make(&client, "promises").await?;
    let told = conformance::all(&Dynamo::new(&client, "promises"), "run").await;
    let Err(broken) = told else {
        bail!("it keeps all of them");
    };
    let names: Vec<&str> = broken.iter().map(|broken| broken.promise).collect();
    assert_eq!(names, PROMISES[8..], "{broken:#?}");
    let what = &broken[0].what;
    assert!(what.starts_with("refused: "), "{what}");
    assert!(what.contains(TOO_LARGE), "{what}");
    Ok(())
}

fn commit(bytes: usize) -> Commit {
    Commit {
        stream: "pet#large".into(),
        number: 1,
        events: vec![Record::new("Happened", 1, json!("x".repeat(bytes)))],
        holds: 1,
        command: Command::once(),
        state: None,
        at: Duration::from_secs(1_795_000_000),
        correlation: None,
        causation: None,
    }
}

/// Of that promise it keeps the rest: what is too large for it is refused as a whole, and what is not is written.
#[tokio::test]
async fn what_is_too_large_for_it_leaves_nothing() -> Result<()> {
    let Some(moto) = Moto::shared()? else {
        return Ok(());
    };
    let client = client(moto.url()).await;
    Dynamo::make(&client, "sizes").await?;
    let dynamo = Dynamo::new(&client, "sizes");
    let (large, small) = (commit(405_000), commit(404_000));
    let told = dynamo.append(&large).await;
    assert!(
        matches!(&told, Err(Fault::Refused(why)) if why.contains(TOO_LARGE)),
        "{told:?}"
    );
    let found = dynamo.forwards(&large.stream, 0, 5).await?;
    assert_eq!(found, []);
    assert_eq!(dynamo.append(&small).await?, Appended::Written);
    let found = dynamo.forwards(&small.stream, 0, 5).await?;
    assert_eq!(found, [small]);
    Ok(())
}
