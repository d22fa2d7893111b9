//! The shop at AWS Lambda, as far as it can be tried without an account.

mod actions;
mod build;
mod checkouts;
mod events;
mod host;
mod idle;
mod people;
mod readers;
mod schema;
mod sources;
mod streams;
mod views;
mod watch;
mod wiring;

use anyhow::{Context, Result, bail, ensure};
use less_to_run_tests::lambda::{CHAPTERS, Chapter, translated};
use serde_json::Value;

/// Checks each chapter, with its template in its long form. Without the translator there is none.
fn on_each(check: impl Fn(&Chapter, &Value) -> Result<()>) -> Result<()> {
    for chapter in CHAPTERS {
        let Some(long) = translated(&chapter.template())? else {
            return Ok(());
        };
        // Beside the error: chapter 5 shows the lines of one as they are.
        check(chapter, &long).inspect_err(|_| eprintln!("{}:", chapter.name))?;
    }
    Ok(())
}

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
    match (above, value) {
        (Value::Object(map), Some(value)) => drop(map.insert(key, value)),
        (Value::Object(map), None) => drop(map.remove(&key)),
        (Value::Array(list), Some(value)) => list[key.parse::<usize>()?] = value,
        (Value::Array(list), None) => drop(list.remove(key.parse()?)),
        _ => bail!("{place} is no place"),
    }
    Ok(template)
}
