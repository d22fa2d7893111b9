//! Somebody finds a better name for a field of an event. This is the function that does
//! so when a pet is adopted, and a host for it; with the word `record` it prints what
//! would be published.

use std::path::Path;
use std::process::ExitCode;
use std::{env, fs};

use anyhow::{Context, Result};
use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use ch03_platform::config::Config;
use ch03_platform::{logs, table};
use ch04_functions::counter::{self, Counter};
use ch04_functions::events::{Pet, SOURCE};
use ch04_functions::table::Table;
use ch04_functions::{host, runtime};
use serde::Serialize;
use serde_json::Value;

fn main() -> Result<ExitCode> {
    if env::args().nth(1).as_deref() == Some("record") {
        println!("{:#}", record()?);
    } else if env::var_os("AWS_LAMBDA_RUNTIME_API").is_some() {
        adopt()?;
    } else {
        return host::run(&Config::from_env()?, &table()?);
    }
    Ok(ExitCode::SUCCESS)
}

// ANCHOR: event
/// An adoption, of which `customer` might be anything. This is better.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PetAdopted {
    version: u32,
    customer_name: String,
    pets: Vec<Pet>,
}
// ANCHOR_END: event

/// `POST /pets/{id}/adoption`
#[tokio::main(flavor = "current_thread")]
async fn adopt() -> Result<()> {
    let config = Config::from_env()?;
    logs::start(config.log.clone());
    let bus = Client::new(&Box::pin(table::connect()).await);
    let counter = Box::pin(Counter::open(&config)).await;
    let shop = Counter {
        publisher: None,
        ..counter
    };
    runtime::run(async |event: ApiGatewayV2httpRequest| {
        let answer = counter::answer(&shop, "adopt", event).await;
        if answer.status_code == 200 {
            let pet: Value = serde_json::from_slice(answer.body.as_deref().unwrap_or_default())?;
            publish(&bus, &adopted(&pet["customer"], [pet.clone()].into())?).await?;
        }
        Ok(answer)
    })
    .await
}

fn adopted(customer: &Value, pets: Value) -> Result<PetAdopted> {
    let customer = customer.as_str().context("a customer has a name")?;
    Ok(PetAdopted {
        version: 1,
        customer_name: customer.to_owned(),
        pets: serde_json::from_value(pets)?,
    })
}

async fn publish(bus: &Client, event: &PetAdopted) -> Result<()> {
    let entry = PutEventsRequestEntry::builder().source(SOURCE);
    let entry = entry.detail_type("PetAdopted");
    let entry = entry.detail(serde_json::to_string(event)?).build();
    bus.put_events().entries(entry).send().await?;
    Ok(())
}

/// The event that was recorded, as it is now.
fn record() -> Result<Value> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let file = root.join("tests/catalogue/golden/PetAdopted.v1.json");
    let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    let mut envelope: Value = serde_json::from_str(&text)?;
    let detail = envelope["detail"].take();
    let detail = adopted(&detail["customer"], detail["pets"].clone())?;
    envelope["detail"] = serde_json::to_value(detail)?;
    Ok(envelope)
}

/// The table beside this file. Its programs are a folder above this one.
fn table() -> Result<Table> {
    let program = env::current_exe()?;
    let folder = program.parent().and_then(Path::parent);
    let folder = folder.context("it is in a folder")?;
    let file = folder.join("renamed_field.toml");
    Ok(Table::parse(
        include_str!("renamed_field.toml"),
        &file,
        folder,
    )?)
}
