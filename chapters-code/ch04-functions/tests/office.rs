//! What the office does of the events that were recorded: what a person notices.

mod desk;

use anyhow::Result;
use aws_lambda_events::eventbridge::EventBridgeEvent;
use ch03_platform::items::{self, Item};
use ch03_platform::store::Store;
use ch04_functions::office::{display, papers, thanks};
use desk::{open, recorded};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

const ADOPTED: &str = "PetAdopted.v1.json";
const RETURNED: &str = "PetReturned.v1.json";

/// An event as a function reads it.
fn read<T>(event: &Value) -> Result<EventBridgeEvent<T>>
where
    T: Serialize + DeserializeOwned,
{
    Ok(serde_json::from_value(event.clone())?)
}

fn texts(item: &Item, names: &[&'static str]) -> Result<Vec<String>> {
    let texts = names.iter().map(|name| Ok(items::text(item, name)?));
    texts.collect()
}

/// What the display shows.
async fn homes(office: &Store) -> Result<Value> {
    let shown = serde_json::to_value(display::show(office).await?)?;
    assert_eq!(shown["statusCode"], 200);
    let body: Value = serde_json::from_str(shown["body"].as_str().unwrap_or_default())?;
    Ok(body["homes"].clone())
}

#[tokio::test]
async fn the_papers_name_the_pet_and_its_customer() -> Result<()> {
    let (_local, office) = open().await?;
    let event = recorded(ADOPTED)?;
    // Twice, as it may come.
    papers::write(&office, read(&event)?).await?;
    papers::write(&office, read(&event)?).await?;
    let written = desk::items(&office, papers::PAPERS).await?;
    assert_eq!(written.len(), 1);
    let pet = event["detail"]["pets"][0]["id"]
        .as_str()
        .unwrap_or_default();
    let due = [pet, "Ada", "Gustav, tortoise, lives with Ada."];
    assert_eq!(texts(&written[0], &["sk", "customer", "text"])?, due);
    Ok(())
}

#[tokio::test]
async fn whoever_adopts_gets_a_letter() -> Result<()> {
    let (_local, office) = open().await?;
    let event = recorded(ADOPTED)?;
    thanks::thank(&office, read(&event)?).await?;
    let letters = desk::items(&office, thanks::LETTERS).await?;
    assert_eq!(letters.len(), 1);
    let id = event["id"].as_str().unwrap_or_default();
    let due = ["Ada", "Thank you for giving Gustav a home.", id];
    assert_eq!(texts(&letters[0], &["customer", "text", "event"])?, due);
    Ok(())
}

#[tokio::test]
async fn the_display_counts_homes() -> Result<()> {
    let (_local, office) = open().await?;
    assert_eq!(homes(&office).await?, 0);
    let mut two = recorded(ADOPTED)?;
    two["detail"]["pets"] = [1, 2].map(|_| two["detail"]["pets"][0].clone()).into();
    display::count(&office, read(&two)?).await?;
    assert_eq!(homes(&office).await?, 2);
    display::count(&office, read(&recorded(RETURNED)?)?).await?;
    assert_eq!(homes(&office).await?, 1);
    two["detail-type"] = "PetFed".into();
    assert!(display::count(&office, read(&two)?).await.is_err());
    assert_eq!(homes(&office).await?, 1);
    Ok(())
}

#[test]
fn a_field_that_is_new_disturbs_nobody_and_one_that_is_gone_is_named() -> Result<()> {
    let mut event = recorded(ADOPTED)?;
    event["detail"]["shop"] = "in the High Street".into();
    read::<papers::Adopted>(&event)?;
    read::<thanks::Adopted>(&event)?;
    let detail = event["detail"].as_object_mut();
    detail.and_then(|detail| detail.remove("customer"));
    let faults = [
        read::<papers::Adopted>(&event).map(drop),
        read::<thanks::Adopted>(&event).map(drop),
    ];
    for fault in faults {
        let fault = fault.err().map(|error| error.to_string());
        assert_eq!(fault.as_deref(), Some("missing field `customer`"));
    }
    Ok(())
}
