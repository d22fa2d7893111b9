//! The catalogue of events: that it is kept up, that its checker finds what is broken and names who is harmed, and that
//! the functions keep to it, those that publish and those that are called.

mod broken;
mod bus;
mod copy;
mod events;
mod functions;
mod host;
mod upkeep;

use std::fs;
use std::path::PathBuf;

use anyhow::Result;
use book::catalogue::Event;
use less_to_run_tests::catalogue::TABLE;
use less_to_run_tests::programs;
use serde_json::Value;

fn folder() -> PathBuf {
    programs::root().join("tests/catalogue")
}

fn table() -> PathBuf {
    programs::root().join(TABLE)
}

/// The event as it was recorded.
fn golden(event: &Event) -> Result<Value> {
    let recorded = fs::read(folder().join("golden").join(event.file()))?;
    Ok(serde_json::from_slice(&recorded)?)
}
