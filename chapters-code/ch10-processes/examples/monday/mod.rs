//! What both checkouts of a Monday have: a pet in a shop, and a provider.

#![allow(dead_code, reason = "each example uses its part")]

use std::env;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use ch07_events::clock::now;
use ch10_processes::provider::client::Http;
use ch10_processes::provider::{NewCharge, NewRefund, Payments, Status};
use ch10_processes::time::millis;
use serde_json::{Value, json};
use ureq::Agent;

/// A shop that takes money.
pub struct Monday {
    provider: Http,
    agent: Agent,
    /// Where the pet is.
    address: String,
    pet: Value,
}

/// What the shop says to an adoption.
pub struct Adopted {
    status: u16,
    said: Value,
}

impl Monday {
    /// With the pet, the provider and the customers that the arguments name.
    pub fn begin() -> Result<(Self, Vec<String>)> {
        let mut words = env::args().skip(1);
        let address = words.next().context("say where the pet is")?;
        let provider = words.next().context("say where the provider is")?;
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None);
        let agent = config.build().new_agent();
        let mut answer = agent.get(&address).call()?;
        let pet = serde_json::from_str(&answer.body_mut().read_to_string()?)?;
        let monday = Self {
            provider: Http::new(&provider)?,
            agent,
            address,
            pet,
        };
        Ok((monday, words.collect()))
    }

    /// Charges a customer's card.
    pub async fn charge(&self, customer: &str) -> Result<String> {
        let price = &self.pet["price"];
        let amount = price["amount"].as_u64().context("a price")?;
        let new = NewCharge {
            reference: format!("{}/{customer}", self.address),
            card: customer.to_owned(),
            amount: amount.try_into()?,
            currency: price["currency"].as_str().context("a currency")?.to_owned(),
            expires_at: millis(now() + Duration::from_mins(1)),
        };
        let key = format!("{}/charge", new.reference);
        let charge = self.provider.charge(&key, &new).await?;
        let reason = charge.reason.unwrap_or_default();
        ensure!(charge.status == Status::Succeeded, "{customer}: {reason}");
        Ok(charge.id)
    }

    /// Gives the money back.
    pub async fn pay_back(&self, customer: &str, charge: String) -> Result<()> {
        let key = format!("{}/{customer}/back", self.address);
        self.provider.refund(&key, &NewRefund { charge }).await?;
        Ok(())
    }

    /// Asks the shop for the pet.
    pub fn adopt(&self, customer: &str) -> Result<Adopted> {
        let request = self.agent.post(format!("{}/adoption", self.address));
        let request = request.header("content-type", "application/json");
        let mut answer = request.send(json!({ "customer": customer }).to_string())?;
        let said = serde_json::from_str(&answer.body_mut().read_to_string()?)?;
        let status = answer.status().as_u16();
        Ok(Adopted { status, said })
    }
}

impl Adopted {
    pub fn is_refusal(&self) -> bool {
        self.status != 200
    }
}

pub fn in_words(adopted: &Adopted) -> String {
    let text = |name: &str| adopted.said[name].as_str().unwrap_or_default();
    match adopted.status {
        200 => format!("has {}", text("name")),
        _ => format!("is told: {}", text("title")),
    }
}
