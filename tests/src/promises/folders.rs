//! Folders with all that is in them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;

/// Copies all files below a directory to the same places below another one.
///
/// # Errors
///
/// When one cannot be read or written.
pub fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    for file in files_below(from)? {
        let there = to.join(file.strip_prefix(from)?);
        fs::create_dir_all(there.parent().context("a file is in a directory")?)?;
        fs::copy(&file, &there).with_context(|| format!("{} cannot be copied", file.display()))?;
    }
    Ok(())
}

/// All files below a directory.
///
/// # Errors
///
/// When it cannot be read.
pub fn files_below(dir: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).with_context(|| format!("{} cannot be read", dir.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(files_below(&path)?);
        } else {
            files.push(path);
        }
    }
    Ok(files)
}
