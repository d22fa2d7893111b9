//! The rules of the house: each is a function that lists what breaks it, tried on the workspace as it is and
//! on something that breaks it.

mod floors;
mod pure;
mod size;
mod words;

use anyhow::{Result, ensure};

/// Fails with one problem a line.
fn none(problems: &[String]) -> Result<()> {
    ensure!(problems.is_empty(), "\n{}", problems.join("\n"));
    Ok(())
}
