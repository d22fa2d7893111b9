//! `cargo book update`: pages show again what their commands print.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};

use super::{WrongUse, process, run};
use crate::workspace::Workspace;

/// Has the pages run and their outputs rewritten, which prints a difference for each, and counts the changed.
pub(super) fn update(workspace: &Workspace, chapter: Option<u8>) -> Result<ExitCode> {
    let chapter = chapter
        .map(|number| run::pages_of(workspace, number))
        .transpose()?;
    let folder = workspace.book();
    let before = pages(&folder)?;
    for page in before.keys() {
        may_be_written(page)?;
    }
    let mut runner = process::program(workspace, "pages");
    runner.args(chapter.map(|(number, _)| number.to_string()));
    runner.arg("--update");
    let status = process::finish(runner, None)?;

    let after = pages(&folder)?;
    let changed = after
        .iter()
        .filter(|(page, text)| before.get(*page) != Some(*text))
        .count();
    println!("{}", summary(changed));
    Ok(process::exit_code(status))
}

fn summary(changed: usize) -> String {
    match changed {
        0 => "Nothing changed.".to_owned(),
        1 => "1 page changed.".to_owned(),
        more => format!("{more} pages changed."),
    }
}

/// The text of every page, by its file.
fn pages(folder: &Path) -> Result<BTreeMap<PathBuf, String>> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))?;
    let mut pages = BTreeMap::new();
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "md") {
            let text = fs::read_to_string(&path)
                .with_context(|| format!("{} cannot be read", path.display()))?;
            pages.insert(path, text);
        }
    }
    Ok(pages)
}

/// Tried rather than looked up: only that knows of permissions, mounts and root alike.
fn may_be_written(page: &Path) -> Result<()> {
    match OpenOptions::new().append(true).open(page) {
        Ok(_) => Ok(()),
        Err(error) => {
            Err(WrongUse(format!("{} cannot be written: {error}", page.display())).into())
        }
    }
}
