//! Ten pets are taken in, and a plate is engraved for each. The engraver fails at one of
//! them, whatever is done about it is said by the word that this is started with.
//!
//! Where a Runtime API is, this program is the engraver.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use std::{env, fs};

use anyhow::{Context, Result, bail, ensure};
use aws_lambda_events::dynamodb::Event;
use aws_lambda_events::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue::{N, S};
use ch03_platform::{items, table};
use ch04_functions::table::Table;
use ch05_lambda::{aws, lambda};
use ch07_events::clock::now;
use ch07_events::mailroom::Mailroom;
use ch07_events::sources::Sources;
use ch07_events::{changes, house};
use serde::Deserialize;
use serde_json::Value;
use tokio::runtime::Runtime;
use tokio::time::sleep;

const NAMES: [&str; 10] = [
    "Gustav", "Rex", "Minka", "Kiwi", "Mango", "Zoë", "Bella", "Otto", "Luna", "Felix",
];

/// The partition of the plates.
const PLATES: &str = "plates";

/// What the engraver is told of its surroundings.
const TOLD: [&str; 5] = [
    "TABLE",
    "AWS_REGION",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_ENDPOINT_URL_DYNAMODB",
];

/// How long the run lasts at most.
const END: Duration = Duration::from_secs(6);

fn main() -> Result<()> {
    if env::var_os("AWS_LAMBDA_RUNTIME_API").is_some() {
        return engrave();
    }
    let words: Vec<String> = env::args().skip(1).collect();
    Runtime::new()?.block_on(watch(&words.join(" ")))
}

// ANCHOR: engraver
/// Engraves plates, one after the other. Its machine has no letters but those from A to Z.
async fn engrave_all(client: &Client, event: Event) -> Result<DynamoDbEventResponse> {
    let mut response = DynamoDbEventResponse::default();
    for record in event.records {
        let pet: Pet = serde_dynamo::from_item(record.change.new_image)?;
        if pet.name.is_ascii() {
            put(client, &pet).await?;
            continue;
        }
        if env::var("_HANDLER")? != "says-which" {
            bail!("{}: there is no such letter", pet.name);
        }
        let mut failure = DynamoDbBatchItemFailure::default();
        failure.item_identifier = record.change.sequence_number;
        response.batch_item_failures.push(failure);
        break;
    }
    Ok(response)
}
// ANCHOR_END: engraver

#[tokio::main(flavor = "current_thread")]
async fn engrave() -> Result<()> {
    let client = Client::new(&aws::connect().await?);
    lambda::run(async |event| engrave_all(&client, event).await).await
}

/// What is read of a pet.
#[derive(Deserialize)]
struct Pet {
    name: String,
    /// Milliseconds since 1970.
    came: u64,
}

/// Keeps how often a plate was engraved, and how many milliseconds after the pet came the
/// first time.
async fn put(client: &Client, pet: &Pet) -> Result<()> {
    let waited = now().as_millis().saturating_sub(pet.came.into());
    let update = client.update_item().table_name(env::var("TABLE")?);
    let update = update.set_key(Some(items::key(PLATES, &pet.name)));
    let update =
        update.update_expression("ADD times :one SET waited = if_not_exists(waited, :waited)");
    let update = update.expression_attribute_values(":one", N("1".into()));
    update
        .expression_attribute_values(":waited", N(waited.to_string()))
        .send()
        .await?;
    Ok(())
}

/// The functions, for the host.
fn functions(names: &[String]) -> Result<String> {
    let own = env::current_exe()?.display().to_string();
    let defaults = format!("[defaults]\nprogram = {own:?}\ntold = {TOLD:?}\n");
    let function = |name| format!("[[function]]\nname = {name:?}\n");
    Ok(defaults + &names.iter().map(function).collect::<String>())
}

/// The mapping, with a policy.
fn sources(policy: &str) -> Result<(String, &'static str)> {
    let lines = match policy {
        "" => "",
        "attempts" => "attempts = 3",
        "age" => "age = 3",
        "bisect" => "attempts = 3\nbisect = true",
        "partial" => "attempts = 3\npartial = true",
        "partial bisect" => "attempts = 3\nbisect = true\npartial = true",
        other => bail!("{other:?} is none of attempts, age, bisect, partial, and partial bisect"),
    };
    let function = if policy.contains("partial") {
        "says-which"
    } else {
        "engraver"
    };
    let text = format!(
        "[[stream]]\nname = \"plates\"\nfunction = {function:?}\n\
         pattern = {{ eventName = [\"INSERT\"], dynamodb = {{ Keys = {{ pk = {{ S = [\"shop\"] }} }} }} }}\n\
         failed = \"given-up\"\n{lines}\n[[queue]]\nname = \"given-up\"\n"
    );
    Ok((text, lines))
}

async fn watch(policy: &str) -> Result<()> {
    let (text, lines) = sources(policy)?;
    println!(
        "{}",
        if lines.is_empty() {
            "nothing is said".into()
        } else {
            lines.replace('\n', ", ")
        }
    );
    let url =
        env::var("AWS_ENDPOINT_URL_DYNAMODB").context("AWS_ENDPOINT_URL_DYNAMODB is not set")?;
    ensure!(
        url.starts_with("http://127.0.0.1:"),
        "{url}: this is for a database on this machine"
    );
    let shop = env::var("TABLE").context("TABLE is not set")?;
    let client = Client::new(&table::connect().await);
    changes::make(&client, &shop).await?;
    for (number, name) in NAMES.iter().enumerate() {
        let put = client.put_item().table_name(&shop);
        let put = put.set_item(Some(items::key("shop", &number.to_string())));
        let put = put.item("name", S((*name).into()));
        put.item("came", N(now().as_millis().to_string()))
            .send()
            .await?;
    }
    let folder = tempfile::tempdir()?;
    let mail = Arc::new(Mailroom::open(&folder.path().join("queues.db"))?);
    let sources = Sources::parse(&text, Path::new("sources.toml"))?;
    let file = folder.path().join("functions.toml");
    fs::write(&file, functions(&sources.functions())?)?;
    let table = Table::read_with(&file, Path::new("/"), &sources.functions())?;
    let (host, last) = house::open(&shop, &table, sources, Arc::clone(&mail)).await?;
    tokio::pin!(last);
    tokio::select! { () = &mut last => {} () = sleep(END) => {} }
    host.end().await;
    tell(&client, &shop).await?;
    for message in mail.with(|queues| queues.look("given-up", 10))? {
        let told: Value = serde_json::from_str(&message.body)?;
        println!("given up: {:#}", told["DDBStreamBatchInfo"]);
    }
    Ok(())
}

async fn tell(client: &Client, shop: &str) -> Result<()> {
    for name in NAMES {
        let get = client
            .get_item()
            .table_name(shop)
            .set_key(Some(items::key(PLATES, name)));
        match get.send().await?.item {
            Some(plate) => {
                let times: u32 = items::number(&plate, "times")?;
                let waited: u32 = items::number(&plate, "waited")?;
                println!(
                    "{name:6} {times} × engraved, first after {:.1} s",
                    f64::from(waited) / 1e3
                );
            }
            None => println!("{name:6} has no plate"),
        }
    }
    Ok(())
}
