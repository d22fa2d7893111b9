//! What the calls about files do to the disk.

use anyhow::{Context, Result, bail};

use super::file::{Change, File};
use super::{Disk, Entry, Pretend};
use crate::promises::strace::{Call, bracketed};

/// What stands behind a descriptor.
#[derive(Debug, Clone, Copy)]
pub struct Open {
    pub file: usize,
    offset: usize,
    append: bool,
    sync: bool,
}

impl Disk {
    pub(super) fn open(&mut self, call: &Call) {
        let Ok(descriptor) = i32::try_from(call.returned) else {
            return;
        };
        self.descriptors.remove(&descriptor);
        let Some(path) = call.opened.as_deref().and_then(|path| self.below(path)) else {
            return;
        };
        let flags = &call.arguments;
        if flags.contains("O_DIRECTORY") || self.names.get(&path) == Some(&Entry::Directory) {
            return;
        }
        let known = self.names.get(&path).copied();
        let file = if let Some(Entry::File(file)) = known {
            file
        } else {
            self.files.push(File::default());
            self.name_below(path, Some(Entry::File(self.files.len() - 1)));
            self.files.len() - 1
        };
        let sync = flags.contains("O_SYNC") || flags.contains("O_DSYNC");
        let append = flags.contains("O_APPEND");
        self.descriptors.insert(
            descriptor,
            Open {
                file,
                offset: 0,
                append,
                sync,
            },
        );
        if flags.contains("O_TRUNC") || call.name == "creat" {
            self.files[file].change(call.ended, Change::Length(0));
        }
    }

    pub(super) fn close(&mut self, call: &Call) {
        if let Some((descriptor, _)) = &call.descriptor {
            self.descriptors.remove(descriptor);
        }
    }

    pub(super) fn duplicate(&mut self, call: &Call) {
        let duplicates = call.name != "fcntl" || call.arguments.contains("F_DUPFD");
        let (Some((from, _)), Ok(to)) = (&call.descriptor, i32::try_from(call.returned)) else {
            return;
        };
        // The two share an offset, which matters to nobody who appends.
        if let Some(open) = self.descriptors.get(from).copied().filter(|_| duplicates) {
            self.descriptors.insert(to, open);
        }
    }

    pub(super) fn seek(&mut self, call: &Call) {
        let Some(open) = call
            .descriptor
            .as_ref()
            .and_then(|(d, _)| self.descriptors.get_mut(d))
        else {
            return;
        };
        let returned = usize::try_from(call.returned).unwrap_or_default();
        open.offset = if call.name == "lseek" {
            returned
        } else {
            open.offset + returned
        };
    }

    pub(super) fn write(&mut self, call: &Call) -> Result<()> {
        let Some((descriptor, path)) = &call.descriptor else {
            return Ok(());
        };
        if self.below(path).is_none() {
            return Ok(());
        }
        let open = self
            .descriptors
            .get_mut(descriptor)
            .with_context(|| format!("{path} was not seen to be opened"))?;
        let file = &mut self.files[open.file];
        let mut bytes = call.strings.concat();
        bytes.truncate(usize::try_from(call.returned)?);
        let length = bytes.len();
        let at = if call.name.starts_with("pwrite") {
            let at = call
                .arguments
                .split(", ")
                .skip(3)
                .find_map(|word| word.parse().ok());
            at.context("a pwrite without an offset")?
        } else {
            let at = if open.append {
                file.length
            } else {
                open.offset
            };
            open.offset = at + length;
            at
        };
        file.change(call.ended, Change::Write(at, bytes));
        if open.sync && self.pretend != Pretend::NoFileSync {
            file.sync(usize::MAX);
        }
        Ok(())
    }

    pub(super) fn truncate(&mut self, call: &Call) -> Result<()> {
        let file = match &call.descriptor {
            Some((descriptor, _)) => self.descriptors.get(descriptor).map(|open| open.file),
            None => match self
                .below(&path_of(call, 0))
                .and_then(|path| self.names.get(&path))
            {
                Some(Entry::File(file)) => Some(*file),
                _ => None,
            },
        };
        if let Some(file) = file {
            let length = call
                .arguments
                .rsplit(", ")
                .next()
                .and_then(|word| word.parse().ok());
            self.files[file].change(call.ended, Change::Length(length.context("no length")?));
        }
        Ok(())
    }

    /// What is stored into a map is no call, so nobody sees it. The one such file that may be is `SQLite`'s index of its log, of
    /// which nothing is relied on after a crash (sqlite.org/walformat.html, section 2).
    pub(super) fn map(&mut self, call: &Call) -> Result<()> {
        let unseen = call.arguments.contains("PROT_WRITE")
            && !call.arguments.contains("MAP_PRIVATE")
            && !call.arguments.contains("MAP_ANONYMOUS");
        // The descriptor comes fifth.
        let argument = call.arguments.split(", ").nth(4).unwrap_or_default();
        let path = bracketed(argument).unwrap_or_default();
        if !unseen || self.below(&path).is_none() {
            return Ok(());
        }
        let descriptor = argument
            .split('<')
            .next()
            .and_then(|number| number.parse().ok());
        let open = descriptor.and_then(|descriptor: i32| self.descriptors.get(&descriptor));
        match open {
            Some(open) if path.ends_with("-shm") => self.files[open.file].mapped = true,
            _ => bail!("a map of {path}, which the program writes unseen, is not modelled"),
        }
        Ok(())
    }

    pub(super) fn rename(&mut self, call: &Call) -> Result<()> {
        let (from, to) = (path_of(call, 0), path_of(call, 1));
        let (Some(from), Some(to)) = (self.below(&from), self.below(&to)) else {
            return Ok(());
        };
        match self.names.get(&from).copied() {
            Some(entry @ Entry::File(_)) => {
                self.name_below(to, Some(entry));
                self.name_below(from, None);
                Ok(())
            }
            _ => bail!("a rename of {from}, which is no file of the shop's, is not modelled"),
        }
    }
}

/// A path among a call's strings. Relative ones do not occur: the shop is given an absolute path.
pub fn path_of(call: &Call, number: usize) -> String {
    let bytes = call
        .strings
        .get(number)
        .map(Vec::as_slice)
        .unwrap_or_default();
    String::from_utf8_lossy(bytes).into_owned()
}
