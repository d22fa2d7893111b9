//! `./platform/`: where a platform has its things.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use tokio::task::spawn_blocking;

use super::setting::{self, Setting};

/// The folder's name. Whoever gives an order looks for it where they are.
pub const NAME: &str = "platform";

/// The folder, which is one platform's at a time.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// Locked as long as it is open, and so no longer than the process lives.
    _lock: File,
}

impl Folder {
    /// Takes the one here, which is made if there is none. What an earlier platform has
    /// left of releases is thrown away; the settings stay.
    ///
    /// # Errors
    ///
    /// When another platform has it, or the disk refuses.
    pub fn take() -> Result<Self> {
        let path = std::path::absolute(NAME)?;
        let name = || path.display().to_string();
        fs::create_dir_all(&path).with_context(name)?;
        let lock = File::create(path.join("lock")).with_context(name)?;
        if lock.try_lock().is_err() {
            bail!("a platform runs here already: {} is its folder", name());
        }
        remove(&path.join("releases")).with_context(name)?;
        File::create(path.join("log")).with_context(name)?;
        Ok(Self { path, _lock: lock })
    }

    /// What all processes print, in honcho's form.
    pub fn log(&self) -> PathBuf {
        self.path.join("log")
    }

    /// Where a release has its things.
    pub fn release(&self, number: u32) -> PathBuf {
        self.path.join("releases").join(number.to_string())
    }

    /// Makes the folder of a release: this Procfile with the files beside it, these
    /// programs, and the settings of the moment.
    ///
    /// # Errors
    ///
    /// When one of them is not there, or the disk refuses.
    pub async fn make(&self, place: &Path, procfile: &Path, programs: &[PathBuf]) -> Result<()> {
        let bin = place.join("bin");
        fs::create_dir_all(&bin)?;
        let mut copies = Vec::new();
        let deployed = procfile.parent().context("a Procfile is in a folder")?;
        for entry in fs::read_dir(deployed).with_context(|| deployed.display().to_string())? {
            let entry = entry?;
            if entry.file_type()?.is_file() {
                copies.push((entry.path(), place.join(entry.file_name())));
            }
        }
        for program in programs {
            let name = program.file_name().context("a program has a name")?;
            copies.push((program.clone(), bin.join(name)));
        }
        for (from, to) in copies {
            let name = from.display().to_string();
            // A program may be large, and customers are not to wait for it.
            let done = spawn_blocking(|| fs::copy(from, to)).await?;
            done.context(name)?;
        }
        fs::write(place.join(".env"), self.settings()?)?;
        Ok(())
    }

    /// Sets these for the next release.
    pub fn set(&self, settings: &[Setting]) -> io::Result<()> {
        let text = setting::with(&self.settings()?, settings);
        fs::write(self.path.join("settings"), text)
    }

    fn settings(&self) -> io::Result<String> {
        or_nothing(fs::read_to_string(self.path.join("settings")))
    }
}

/// Removes a folder, if it is there.
pub fn remove(folder: &Path) -> io::Result<()> {
    or_nothing(fs::remove_dir_all(folder))
}

fn or_nothing<T: Default>(result: io::Result<T>) -> io::Result<T> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(T::default()),
        result => result,
    }
}
