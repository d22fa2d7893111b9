//! The shop at AWS Lambda, as far as it can be tried without an account.

mod actions;
mod host;
mod readers;
mod wiring;

use anyhow::{Result, ensure};

/// The text with one part of it exchanged, which has to be there.
fn damaged(text: &str, from: &str, to: &str) -> Result<String> {
    ensure!(text.contains(from), "there is no {from:?} to damage");
    Ok(text.replacen(from, to, 1))
}
