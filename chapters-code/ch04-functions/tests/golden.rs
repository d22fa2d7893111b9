//! What the counter publishes is what was recorded. `UPDATE_GOLDEN=1` records it anew.

mod desk;

use std::sync::Arc;
use std::{env, fs};

use anyhow::{Context, Result};
use aws_lambda_events::eventbridge::EventBridgeEvent;
use aws_sdk_eventbridge::Client;
use axum::extract::State;
use axum::{Json, Router};
use ch04_functions::counter::Counter;
use ch04_functions::events::{Event, Publisher};
use desk::{about, ask, golden, open, recorded, sdk, take_in};
use local::Local;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Mutex;

/// A bus that keeps what it is told.
#[derive(Clone, Default)]
struct Bus {
    told: Arc<Mutex<Vec<Value>>>,
    refuses: bool,
}

impl Bus {
    /// `PutEvents`.
    async fn put(State(bus): State<Self>, body: String) -> Json<Value> {
        if bus.refuses {
            let entry = json!({ "ErrorCode": "ThrottlingException", "ErrorMessage": "full" });
            return Json(json!({ "FailedEntryCount": 1, "Entries": [entry] }));
        }
        let body: Value = serde_json::from_str(&body).unwrap_or_default();
        let mut told = bus.told.lock().await;
        told.extend(body["Entries"].as_array().cloned().unwrap_or_default());
        Json(json!({ "FailedEntryCount": 0, "Entries": [{ "EventId": "mine" }] }))
    }

    async fn told(&self) -> Vec<Value> {
        self.told.lock().await.clone()
    }
}

/// A shop that publishes to the bus at this address.
async fn shop(bus: &str) -> Result<(Local, Counter)> {
    let (local, store) = open().await?;
    let url = format!("http://{bus}");
    let here = [
        ("AWS_ENDPOINT_URL_EVENTBRIDGE", url.as_str()),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
    ];
    let publisher = Some(Publisher(Client::new(&sdk(&here).await)));
    Ok((local, Counter { store, publisher }))
}

/// The same, and what the bus is told.
async fn shop_with(bus: &Bus) -> Result<(Local, Counter)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?.to_string();
    let router = Router::new().fallback(Bus::put).with_state(bus.clone());
    tokio::spawn(async { axum::serve(listener, router).await });
    shop(&address).await
}

/// The event as its readers get it, with the pet's name of the one that was recorded.
fn envelope(entry: &Value, pet: &str, recorded: &Value) -> Result<Value> {
    let known = recorded["detail"].pointer("/pet/id");
    let known = known.or_else(|| recorded["detail"].pointer("/pets/0/id"));
    let known = known.and_then(Value::as_str).unwrap_or(pet);
    let detail = entry["Detail"].as_str().context("it is text")?;
    let detail: Value = serde_json::from_str(&detail.replace(pet, known))?;
    let field = |name: &str, other: &str| match recorded.get(name) {
        Some(value) => value.clone(),
        None => json!(other),
    };
    Ok(json!({
        "version": "0",
        "id": field("id", "0193c1f6-7c5b-7d31-9c1e-52a5b0a6c1d4"),
        "detail-type": entry["DetailType"],
        "source": entry["Source"],
        "account": "000000000000",
        "time": field("time", "2025-11-24T20:59:06Z"),
        "region": "eu-central-1",
        "resources": [],
        "detail": detail,
    }))
}

/// Compares, or records.
fn is_golden(name: &str, entry: &Value, pet: &str) -> Result<()> {
    if env::var_os("UPDATE_GOLDEN").is_some() {
        let before = recorded(name).unwrap_or_default();
        let envelope = envelope(entry, pet, &before)?;
        let event: EventBridgeEvent<Event> = serde_json::from_value(envelope)?;
        let text = serde_json::to_string_pretty(&event)?;
        return Ok(fs::write(golden(name), format!("{text}\n"))?);
    }
    let due = recorded(name)?;
    let is = envelope(entry, pet, &due)?;
    let advice = "if the contract allows it, record it anew by UPDATE_GOLDEN=1";
    assert_eq!(is, due, "{}: {advice}", golden(name).display());
    Ok(())
}

#[tokio::test]
async fn an_adoption_and_a_return_are_told_as_they_were_recorded() -> Result<()> {
    let bus = Bus::default();
    let (_local, shop) = shop_with(&bus).await?;
    let pet = take_in(&shop, "Gustav", "tortoise").await?;
    let ada = json!({ "customer": "Ada" });
    let heard = ask(&shop, "adopt", &about(&pet, &ada)).await?;
    assert_eq!(heard.status, 200);
    let reason = json!({ "reason": "He ate the tulips" });
    let heard = ask(&shop, "give-back", &about(&pet, &reason)).await?;
    assert_eq!(heard.status, 200);
    let both = json!({ "pets": [pet], "customer": "Ada" });
    let request = json!({ "rawPath": "/adoptions", "body": both.to_string() });
    let heard = ask(&shop, "adopt-several", &request).await?;
    assert_eq!(heard.status, 200);
    let told = bus.told().await;
    assert_eq!(told.len(), 3, "{told:#?}");
    is_golden("PetAdopted.v1.json", &told[0], &pet)?;
    is_golden("PetReturned.v1.json", &told[1], &pet)?;
    is_golden("PetAdopted.v1.json", &told[2], &pet)
}

#[tokio::test]
async fn nobody_is_told_of_an_adoption_that_was_refused() -> Result<()> {
    let bus = Bus::default();
    let (_local, shop) = shop_with(&bus).await?;
    let pet = take_in(&shop, "Gustav", "tortoise").await?;
    for (customer, status) in [(json!(7), 422), (json!("Ada"), 200), (json!("Ben"), 409)] {
        let request = about(&pet, &json!({ "customer": customer }));
        assert_eq!(ask(&shop, "adopt", &request).await?.status, status);
    }
    assert_eq!(bus.told().await.len(), 1);
    Ok(())
}

/// The pet is hers, whoever else is told of it.
#[tokio::test]
async fn a_customer_is_told_yes_when_the_bus_is_away_or_refuses() -> Result<()> {
    let taken = TcpListener::bind("127.0.0.1:0").await?;
    let nowhere = taken.local_addr()?.to_string();
    drop(taken);
    let refusing = Bus {
        refuses: true,
        ..Bus::default()
    };
    for (_local, shop) in [shop(&nowhere).await?, shop_with(&refusing).await?] {
        let pet = take_in(&shop, "Gustav", "tortoise").await?;
        let request = about(&pet, &json!({ "customer": "Ada" }));
        assert_eq!(ask(&shop, "adopt", &request).await?.status, 200);
        let heard = ask(&shop, "show", &about(&pet, &json!(null))).await?;
        assert_eq!(heard.body["customer"], "Ada");
    }
    Ok(())
}
