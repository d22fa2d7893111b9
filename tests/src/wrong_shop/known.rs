//! What the shop knows, from the lines of its journal.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Result, bail};
use serde_json::{Value, json};

use super::Fault;
use super::problem::Reply;

/// A pet with all that happened to it.
#[derive(Debug, Clone, Default)]
pub struct Pet {
    pub facts: Value,
    pub customer: Option<String>,
    pub events: Vec<Value>,
}

/// Everything the shop knows.
#[derive(Debug, Default)]
pub struct Known {
    pub pets: BTreeMap<u64, Pet>,
    pub keys: HashMap<String, Keyed>,
    /// By species, what happened since the program began.
    pub returns_since_start: BTreeMap<String, u64>,
    /// Whether the program has read what was there when it began.
    pub started: bool,
}

/// The first request of an idempotency key, and its answer.
#[derive(Debug, Clone)]
pub struct Keyed {
    pub request: String,
    pub reply: Reply,
}

/// A request with an idempotency key.
#[derive(Debug, Clone)]
pub struct Key {
    pub key: String,
    pub request: String,
}

impl Known {
    /// The pets of these events as they will be.
    pub fn after(&self, events: &[Value]) -> Vec<(u64, Pet)> {
        let mut after: Vec<(u64, Pet)> = Vec::new();
        for event in events {
            let id = event["pet"].as_u64().unwrap_or_default();
            let mut pet = self.pets.get(&id).cloned().unwrap_or_default();
            pet.apply(event, 0);
            after.push((id, pet));
        }
        after
    }

    /// Reads a line of the journal.
    pub fn apply_line(&mut self, line: &Value, fault: Fault) -> Result<()> {
        let at = line["at"].as_u64().unwrap_or_default();
        let old = std::slice::from_ref(&line["event"]);
        let events = match line["v"].as_u64() {
            Some(2) => line["events"]
                .as_array()
                .map(Vec::as_slice)
                .unwrap_or_default(),
            // Once upon a time a line had one event.
            Some(1) if fault != Fault::CannotReadOldLines => old,
            _ => bail!("a line of an unknown version"),
        };
        for event in events {
            let pet = self
                .pets
                .entry(event["pet"].as_u64().unwrap_or_default())
                .or_default();
            pet.apply(event, at);
            if event["type"] == "returned" && self.started {
                let species = pet.facts["species"].as_str().unwrap_or_default().to_owned();
                *self.returns_since_start.entry(species).or_default() += 1;
            }
        }
        if let Some(key) = line["key"].as_str() {
            let told = &line["reply"];
            let status = told["status"]
                .as_u64()
                .and_then(|status| u16::try_from(status).ok());
            let mut reply = Reply::new(status.unwrap_or(500), Some(told["body"].clone()));
            reply.fields = serde_json::from_value(told["fields"].clone())?;
            let request = line["request"].as_str().unwrap_or_default().to_owned();
            self.keys.insert(key.to_owned(), Keyed { request, reply });
        }
        Ok(())
    }
}

impl Pet {
    fn apply(&mut self, event: &Value, at: u64) {
        let mut told = json!({ "seq": self.events.len() + 1, "type": event["type"], "at": at });
        match event["type"].as_str() {
            Some("taken-in") => self.facts = event["facts"].clone(),
            Some("adopted") => {
                self.customer = event["customer"].as_str().map(str::to_owned);
                told["customer"] = event["customer"].clone();
            }
            _ => {
                self.customer = None;
                told["reason"] = event["reason"].clone();
            }
        }
        self.events.push(told);
    }
}
