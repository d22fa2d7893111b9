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

use std::sync::LazyLock;

use anyhow::{Context, Result, anyhow, bail, ensure};
use less_to_run_tests::lambda::{CHAPTERS, Chapter, translated};
use serde_json::Value;

/// The templates in their long forms, in the order of the chapters; none without the translator. It takes seconds for each of
/// them, and most tests want all.
static LONG: LazyLock<Result<Vec<Value>, String>> = LazyLock::new(|| {
    let long = CHAPTERS.map(|chapter| translated(&chapter.template()));
    let long: Result<Option<Vec<Value>>> = long.into_iter().collect();
    long.map(Option::unwrap_or_default)
        .map_err(|error| format!("{error:#}"))
});

fn all_long() -> Result<&'static [Value]> {
    let long = LONG.as_ref();
    long.map(Vec::as_slice)
        .map_err(|error| anyhow!(error.clone()))
}

/// Checks each chapter, with its template in its long form. Without the translator there is none.
fn on_each(check: impl Fn(&Chapter, &Value) -> Result<()>) -> Result<()> {
    for (chapter, long) in CHAPTERS.into_iter().zip(all_long()?) {
        // Beside the error: chapter 5 shows the lines of one as they are.
        check(chapter, long).inspect_err(|_| eprintln!("{}:", chapter.name))?;
    }
    Ok(())
}

/// The newest, whose template has something of everything. That a program which reads templates would notice a damage is asked of it alone.
fn newest() -> &'static Chapter {
    CHAPTERS[CHAPTERS.len() - 1]
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
