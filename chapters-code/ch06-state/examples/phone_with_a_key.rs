//! Ada's phone: adopts a lovebird, and knows what it has begun.

mod train;

use std::fs;

use anyhow::Result;
use serde_json::{Value, json};
use train::{Train, name, tell};
use uuid::Uuid;

// ANCHOR: adopt
fn main() -> Result<()> {
    let train = Train::from_args()?;
    let (bird, key) = match begun()? {
        Some(begun) => begun,
        None => begin(train.find("lovebird")?)?,
    };
    println!("adopting {}", name(&bird));
    tell(&bird, &train.adopt(&bird, Some(&key))?);
    Ok(fs::remove_file(FILE)?)
}
// ANCHOR_END: adopt

// ANCHOR: begin
/// What this phone has begun and heard nothing of.
const FILE: &str = "begun.json";

/// Writes down what is wanted, with a key for it, before anything is sent.
fn begin(bird: Value) -> Result<(Value, String)> {
    let key = Uuid::now_v7().to_string();
    fs::write(FILE, json!({ "bird": bird, "key": key }).to_string())?;
    Ok((bird, key))
}

fn begun() -> Result<Option<(Value, String)>> {
    if !fs::exists(FILE)? {
        return Ok(None);
    }
    let mut begun: Value = serde_json::from_str(&fs::read_to_string(FILE)?)?;
    let key = begun["key"].as_str().unwrap_or_default().to_owned();
    Ok(Some((begun["bird"].take(), key)))
}
// ANCHOR_END: begin
