//! Last year's `Begun` with a type for each version, and what it looks like in each.

use std::env;
use std::fs::File;
use std::io::{BufRead, BufReader};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Value, from_value, json};

// ANCHOR: step
/// As chapter 10 writes it.
#[derive(Debug, Deserialize)]
struct BegunV1 {
    pet: String,
    customer: String,
    card: String,
    amount: u32,
    currency: String,
    deadline: u64,
}

/// As this chapter does.
#[derive(Debug, Serialize, Deserialize)]
struct BegunV2 {
    pet: String,
    who: WhoV2,
    amount: u32,
    currency: String,
    deadline: u64,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum WhoV2 {
    Open {
        customer: String,
        card: String,
    },
    Sealed {
        person: String,
        customer: String,
        card: String,
    },
}

impl From<BegunV1> for BegunV2 {
    fn from(old: BegunV1) -> Self {
        let (customer, card) = (old.customer, old.card);
        Self {
            pet: old.pet,
            who: WhoV2::Open { customer, card },
            amount: old.amount,
            currency: old.currency,
            deadline: old.deadline,
        }
    }
}
// ANCHOR_END: step

fn main() -> Result<()> {
    let file = env::args().nth(1).context("say which file of events")?;
    for line in BufReader::new(File::open(&file).context(file)?).lines() {
        let event: Value = serde_json::from_str(&line?)?;
        if event["kind"] == "Begun" && event["version"] == 1 {
            let old: BegunV1 = from_value(event["body"].clone())?;
            println!("{}", json!(BegunV2::from(old)));
        }
    }
    Ok(())
}
