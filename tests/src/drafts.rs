//! Chapters whose pages are still being written, as their crates say themselves: `[package.metadata] draft = true`. They are built and
//! tested, and have no page, no rung and no place in the ledger yet.

use std::fs;

use anyhow::{Context, Result};
use book::workspace::{Chapter, Workspace};

/// All chapters that are no drafts, in order.
///
/// # Errors
///
/// When a crate's `Cargo.toml` cannot be read.
pub fn without_drafts(workspace: &Workspace) -> Result<Vec<Chapter>> {
    let mut chapters = vec![];
    for chapter in workspace.chapters()? {
        let file = workspace.root().join("chapters-code").join(&chapter.name);
        let file = file.join("Cargo.toml");
        let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        let manifest: toml::Table =
            toml::from_str(&text).with_context(|| file.display().to_string())?;
        let draft = &manifest["package"]
            .get("metadata")
            .and_then(|metadata| metadata.get("draft"));
        if draft.and_then(toml::Value::as_bool) != Some(true) {
            chapters.push(chapter);
        }
    }
    Ok(chapters)
}
