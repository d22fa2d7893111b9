//! A phone on a train: how it asks the shop, and what the tunnel does.

use std::env;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use ureq::Agent;
use ureq::Body;
use ureq::http::Response;

/// The way from the phone to the shop.
pub struct Train {
    shop: String,
    in_a_tunnel: bool,
    agent: Agent,
}

impl Train {
    /// To the shop at the address that is the first word; `tunnel` may be the second.
    pub fn from_args() -> Result<Self> {
        let words: Vec<String> = env::args().skip(1).collect();
        let (shop, in_a_tunnel) = match words.as_slice() {
            [shop] => (shop, false),
            [shop, word] if word == "tunnel" => (shop, true),
            _ => bail!("say where the shop is, and `tunnel` if the answer is to be lost"),
        };
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None);
        Ok(Self {
            shop: shop.clone(),
            in_a_tunnel,
            agent: config.build().new_agent(),
        })
    }

    /// The first pet of this species that waits for a home.
    pub fn find(&self, species: &str) -> Result<Value> {
        let list = format!("{}/pets?status=available&species={species}", self.shop);
        let page = json(&mut self.agent.get(list).call()?)?;
        let pet = page["pets"].get(0).cloned();
        pet.with_context(|| format!("no {species} is waiting for a home"))
    }

    /// Sends an adoption. In a tunnel the request has gone out, and the answer does not
    /// come.
    pub fn adopt(&self, pet: &Value, key: Option<&str>) -> Result<Value> {
        let id = pet["id"].as_str().context("a pet without an id")?;
        let mut request = self.agent.post(format!("{}/pets/{id}/adoption", self.shop));
        request = request.header("Content-Type", "application/json");
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        let answer = json(&mut request.send(json!({ "customer": "Ada" }).to_string())?)?;
        if self.in_a_tunnel {
            bail!("no answer; try again");
        }
        // It may or may not have been done, or is not done yet.
        let is_in_flight = answer["type"] == "/problems/idempotency-key-in-flight";
        if is_in_flight
            || answer["status"]
                .as_u64()
                .is_some_and(|status| status >= 500)
        {
            bail!("{}; try again", answer["title"]);
        }
        Ok(answer)
    }
}

fn json(answer: &mut Response<Body>) -> Result<Value> {
    Ok(serde_json::from_str(&answer.body_mut().read_to_string()?)?)
}

/// What a pet is called.
pub fn name(pet: &Value) -> &str {
    pet["name"].as_str().unwrap_or("somebody")
}

/// Says what the shop has answered.
pub fn tell(pet: &Value, answer: &Value) {
    match answer["title"].as_str() {
        None => println!("{} is yours", name(pet)),
        Some(problem) => println!("{}: {problem}", name(pet)),
    }
}
