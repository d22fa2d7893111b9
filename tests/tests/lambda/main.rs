//! The shop at AWS Lambda, as far as it can be tried without an account.

mod actions;
mod build;
mod events;
mod host;
mod idle;
mod readers;
mod watch;
mod wiring;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

/// The text with one part of it exchanged, which has to be there.
fn damaged(text: &str, from: &str, to: &str) -> Result<String> {
    ensure!(text.contains(from), "there is no {from:?} to damage");
    Ok(text.replacen(from, to, 1))
}

/// The template with a value in this place, or without what is there.
fn with(template: &Value, place: &str, value: Option<Value>) -> Result<Value> {
    let mut template = template.clone();
    let (above, key) = place.rsplit_once('/').context("a place")?;
    let key = key.replace("~1", "/");
    let above = template.pointer_mut(above).context(place.to_owned())?;
    let above = above.as_object_mut().context(place.to_owned())?;
    match value {
        Some(value) => above.insert(key, value),
        None => above.remove(&key),
    };
    Ok(template)
}
