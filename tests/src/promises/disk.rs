//! The disk that a power cut leaves. Built from a log of calls: bytes are there once their file was synced, names
//! once their directory was; of the rest, any part may be there.

mod calls;
mod file;

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::strace::Call;
use calls::{Open, path_of};
use file::File;

/// Which syncs to pretend away, to see whether anybody would notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pretend {
    /// Every sync did what it said.
    Nothing,
    /// Those of files did nothing.
    NoFileSync,
    /// Those of directories did nothing.
    NoDirectorySync,
}

/// A disk while a program writes on it.
#[derive(Debug)]
pub struct Disk {
    /// The directory that stands for the disk, with a `/` at its end.
    root: String,
    pretend: Pretend,
    files: Vec<File>,
    /// What the program sees: paths below the root.
    names: BTreeMap<String, Entry>,
    /// What is on the disk for certain.
    synced_names: BTreeMap<String, Entry>,
    /// Changes of names since their directory was synced.
    unsynced_names: Vec<(String, Option<Entry>)>,
    descriptors: HashMap<i32, Open>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Entry {
    File(usize),
    Directory,
}

impl Disk {
    /// An empty disk below `root`.
    #[must_use]
    pub fn new(root: &Path, pretend: Pretend) -> Self {
        Self {
            root: format!("{}/", root.display()),
            pretend,
            files: Vec::new(),
            names: BTreeMap::new(),
            synced_names: BTreeMap::new(),
            unsynced_names: Vec::new(),
            descriptors: HashMap::new(),
        }
    }

    /// Lets a call happen.
    ///
    /// # Errors
    ///
    /// When it touches the disk in a way that is not modelled here.
    pub fn apply(&mut self, call: &Call) -> Result<()> {
        if call.returned < 0 && ["fsync", "fdatasync"].contains(&call.name.as_str()) {
            self.lose(call);
        }
        if call.returned < 0 || call.injected {
            return Ok(());
        }
        match call.name.as_str() {
            "open" | "openat" | "creat" => self.open(call),
            "close" => self.close(call),
            "dup" | "dup2" | "dup3" | "fcntl" => self.duplicate(call),
            "read" | "lseek" => self.seek(call),
            "write" | "writev" | "pwrite64" | "pwritev" | "pwritev2" => self.write(call)?,
            "ftruncate" | "truncate" => self.truncate(call)?,
            "fsync" | "fdatasync" => self.sync(call),
            "sync" | "syncfs" => self.sync_all(call),
            "mkdir" | "mkdirat" => self.name(&path_of(call, 0), Some(Entry::Directory)),
            "unlink" | "unlinkat" | "rmdir" => self.name(&path_of(call, 0), None),
            "rename" | "renameat" | "renameat2" => self.rename(call)?,
            "mmap" => self.map(call)?,
            "sync_file_range" | "sendto" | "sendmsg" => {}
            other if call.arguments.contains(&hex(&self.root)) => {
                bail!("{other} on the disk is not modelled")
            }
            _ => {}
        }
        Ok(())
    }

    /// Writes down what is certainly there after a power cut now; with `luck`, also a random part of what is not,
    /// the last of it torn.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn write_down(&self, to: &Path, mut luck: Option<&mut fastrand::Rng>) -> Result<()> {
        let mut names = self.synced_names.clone();
        if let Some(random) = luck.as_deref_mut() {
            let lucky = random.usize(..=self.unsynced_names.len());
            for (path, entry) in &self.unsynced_names[..lucky] {
                set(&mut names, path, *entry);
            }
        }
        self.write_files(&names, to, |file| file.after_a_cut(luck.as_deref_mut()))
    }

    fn write_files(
        &self,
        names: &BTreeMap<String, Entry>,
        to: &Path,
        mut left: impl FnMut(&File) -> Option<Vec<u8>>,
    ) -> Result<()> {
        fs::create_dir_all(to)?;
        // Sorted, so that a directory comes before what is in it; without it there is nothing in it either.
        for (path, entry) in names {
            let there = to.join(path);
            if !there.parent().is_some_and(Path::is_dir) {
                continue;
            }
            match entry {
                Entry::Directory => fs::create_dir_all(&there)?,
                Entry::File(file) => {
                    let Some(left) = left(&self.files[*file]) else {
                        continue;
                    };
                    fs::write(&there, left)
                        .with_context(|| format!("{} cannot be written", there.display()))?;
                }
            }
        }
        Ok(())
    }

    /// Writes down what a program sees that starts now: what is on the disk, and what is in memory only.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn write_down_memory(&self, to: &Path) -> Result<()> {
        self.write_files(&self.names, to, File::in_memory)
    }

    /// The same disk below another directory, without whoever had its files open.
    pub fn move_to(&mut self, root: &Path) {
        self.root = format!("{}/", root.display());
        self.descriptors.clear();
    }

    fn below(&self, path: &str) -> Option<String> {
        path.strip_prefix(&self.root)
            .map(|rest| rest.trim_end_matches('/').to_owned())
    }

    fn sync(&mut self, call: &Call) {
        let Some((descriptor, path)) = &call.descriptor else {
            return;
        };
        if let Some(open) = self.descriptors.get(descriptor) {
            if self.pretend != Pretend::NoFileSync {
                // What was still being written when it began may not be covered.
                self.files[open.file].sync(call.begun);
            }
        } else if let Some(directory) = self.below(&format!("{path}/")) {
            self.sync_names(&directory);
        }
    }

    /// Linux tells of a failed sync once and then takes the pages for clean: no later sync writes them.
    /// (Rebello et al., "Can Applications Recover from fsync Failures?", USENIX ATC 2020.)
    pub fn lose(&mut self, call: &Call) {
        let descriptor = call.descriptor.as_ref().map(|(descriptor, _)| descriptor);
        if let Some(open) = descriptor.and_then(|descriptor| self.descriptors.get(descriptor)) {
            self.files[open.file].lose();
        }
    }

    fn sync_all(&mut self, call: &Call) {
        if self.pretend != Pretend::NoFileSync {
            self.files.iter_mut().for_each(|file| file.sync(call.begun));
        }
        let directories = self
            .names
            .iter()
            .filter(|(_, entry)| **entry == Entry::Directory);
        let directories: Vec<String> = directories.map(|(path, _)| path.clone()).collect();
        directories
            .iter()
            .chain([&String::new()])
            .for_each(|directory| self.sync_names(directory));
    }

    fn sync_names(&mut self, directory: &str) {
        if self.pretend == Pretend::NoDirectorySync {
            return;
        }
        for (path, entry) in std::mem::take(&mut self.unsynced_names) {
            if parent(&path) == directory {
                set(&mut self.synced_names, &path, entry);
            } else {
                self.unsynced_names.push((path, entry));
            }
        }
    }

    fn name(&mut self, path: &str, entry: Option<Entry>) {
        if let Some(path) = self.below(path) {
            self.name_below(path, entry);
        }
    }

    fn name_below(&mut self, path: String, entry: Option<Entry>) {
        set(&mut self.names, &path, entry);
        self.unsynced_names.push((path, entry));
    }
}

fn set(names: &mut BTreeMap<String, Entry>, path: &str, entry: Option<Entry>) {
    match entry {
        Some(entry) => names.insert(path.to_owned(), entry),
        None => names.remove(path),
    };
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

fn hex(text: &str) -> String {
    let digits: Vec<String> = text.bytes().map(|byte| format!("\\x{byte:02x}")).collect();
    digits.concat()
}

#[cfg(test)]
mod tests;
