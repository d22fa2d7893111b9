//! `cargo book build`: the pages become a site.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use mdbook_driver::MDBook;

use super::{WrongUse, warnings};
use crate::page::Engine;
use crate::workspace::Workspace;

/// Builds the site into `dest`, or into the workspace's `target/book/`, and says where it is.
pub(super) fn command(workspace: &Workspace, dest: Option<&Path>) -> Result<ExitCode> {
    let started = Instant::now();
    let dest = match dest {
        Some(dest) => std::path::absolute(dest).context("--dest")?,
        None => default_dest(workspace),
    };
    if let Err(error) = build(workspace, &dest).and_then(Site::put_in_place) {
        if error.is::<WrongUse>() {
            return Err(error);
        }
        eprintln!("{error:#}");
        eprintln!("error: the book is not built; what was there before is as it was");
        return Ok(ExitCode::FAILURE);
    }
    let seconds = started.elapsed().as_secs_f32();
    println!("Built {}/ in {seconds:.1} s.", dest.display());
    Ok(ExitCode::SUCCESS)
}

/// Where the site is built when nobody says otherwise.
pub(super) fn default_dest(workspace: &Workspace) -> PathBuf {
    workspace.root().join("target/book")
}

/// Builds the site beside `dest`, so that what is there stays whole until the new one is.
///
/// # Errors
///
/// [`WrongUse`] when the place cannot be written; otherwise all that is wrong with the pages.
pub(super) fn build(workspace: &Workspace, dest: &Path) -> Result<Site> {
    let site = Site::beside(workspace, dest)?;
    let (built, warnings) = warnings::collect(|| render(workspace, &site.staging));
    built?;
    ensure!(warnings.is_empty(), "{}", warnings.join("\n"));
    Ok(site)
}

fn render(workspace: &Workspace, dest: &Path) -> Result<()> {
    let mut mdbook = MDBook::load(workspace.root())?;
    dest.clone_into(&mut mdbook.config.build.build_dir);
    mdbook.with_preprocessor(Engine::new(workspace));
    mdbook.build()?;
    without_sources(dest)
}

/// mdBook copies whatever is no page. The theme's sources, the measured files and the lists are in the
/// repository; on the site nothing links to them.
fn without_sources(dest: &Path) -> Result<()> {
    for folder in ["theme", "measured"] {
        remove(&dest.join(folder)).with_context(|| folder.to_owned())?;
    }
    for entry in fs::read_dir(dest)? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            fs::remove_file(&path).with_context(|| path.display().to_string())?;
        }
    }
    Ok(())
}

/// A site that was built beside its place; it is thrown away unless it is put there.
pub(super) struct Site {
    staging: PathBuf,
    dest: PathBuf,
    /// One build at a time: whoever holds the lock may clear away what a build that was broken off has left.
    _lock: File,
}

impl Site {
    fn beside(workspace: &Workspace, dest: &Path) -> Result<Self> {
        let (Some(folder), Some(name)) = (dest.parent(), dest.file_name()) else {
            bail!(WrongUse(format!(
                "{} is no place for a book",
                dest.display()
            )));
        };
        may_be_replaced(dest)?;
        let staging = folder.join(hidden(name, "building"));
        let target = workspace.root().join("target");
        fs::create_dir_all(&target).map_err(|error| cannot_write(&target, &error))?;
        let lock = target.join(".book.lock");
        let lock = File::create(&lock).map_err(|error| cannot_write(&lock, &error))?;
        lock.lock().context("waiting for another build")?;
        remove(&staging).map_err(|error| cannot_write(&staging, &error))?;
        fs::create_dir_all(&staging).map_err(|error| cannot_write(folder, &error))?;
        Ok(Self {
            staging,
            dest: dest.to_owned(),
            _lock: lock,
        })
    }

    /// Puts the site where it belongs, instead of the one that was there.
    pub fn put_in_place(self) -> Result<()> {
        let old = self
            .dest
            .with_file_name(hidden(self.dest.file_name().unwrap_or_default(), "old"));
        remove(&old).map_err(|error| cannot_write(&old, &error))?;
        let replaced = match fs::rename(&self.dest, &old) {
            Ok(()) => true,
            Err(error) if error.kind() == io::ErrorKind::NotFound => false,
            Err(error) => return Err(cannot_write(&self.dest, &error)),
        };
        if let Err(error) = fs::rename(&self.staging, &self.dest) {
            if replaced {
                fs::rename(&old, &self.dest)
                    .with_context(|| format!("the book before is in {}", old.display()))?;
            }
            return Err(cannot_write(&self.dest, &error));
        }
        remove(&old).map_err(|error| cannot_write(&old, &error))
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        // After `put_in_place` there is nothing at that path; else the next build tries again.
        let _ = remove(&self.staging);
    }
}

/// Refuses to replace what is not a book: every site that mdBook writes has a `.nojekyll`.
fn may_be_replaced(dest: &Path) -> Result<()> {
    let refuse = |why: &str| Err(WrongUse(format!("{} {why}", dest.display())).into());
    match fs::read_dir(dest).map(|mut entries| entries.next()) {
        Ok(None) => Ok(()),
        Ok(_) if dest.join(".nojekyll").is_file() => Ok(()),
        Ok(_) => refuse("holds something that is not a built book; name another folder"),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            refuse("is not a folder, nor can it become one; name another")
        }
        Err(error) => Err(cannot_write(dest, &error)),
    }
}

fn cannot_write(path: &Path, error: &io::Error) -> anyhow::Error {
    WrongUse(format!("{} cannot be written: {error}", path.display())).into()
}

fn hidden(name: &OsStr, suffix: &str) -> String {
    format!(".{}.{suffix}", name.to_string_lossy())
}

fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
