//! The journal: one file, one line for each thing that has happened, added at the
//! end and never changed.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::line;
use crate::shop::Entry;

/// An open journal. Only one process at a time can have it open.
#[derive(Debug)]
pub struct Journal {
    file: File,
    broken: bool,
}

impl Journal {
    // ANCHOR: open
    /// Opens `dir/journal`, makes it if there is none, and reads what it holds. The
    /// folder is made as well; the one above it must exist.
    ///
    /// # Errors
    ///
    /// When the disk refuses, when another process has the journal open, or when a
    /// line before the last one cannot be read. It names the file and the line.
    pub fn open(dir: &Path) -> io::Result<(Self, Vec<Entry>)> {
        let path = dir.join("journal");
        if !dir.is_dir() {
            fs::create_dir(dir).map_err(|error| explain(dir, &error))?;
            sync_folder(&above(dir)).map_err(|error| explain(dir, &error))?;
        }
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let open = options.open(&path);
        let mut file = open.map_err(|error| explain(&path, &error))?;
        if file.try_lock().is_err() {
            let message = format!("{}: another shop has it open", path.display());
            return Err(io::Error::other(message));
        }
        // A file survives a power cut only if its folder knows of it.
        sync_folder(dir).map_err(|error| explain(dir, &error))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let (entries, last) = replay(&bytes).map_err(|error| explain(&path, &error))?;
        if last.end < bytes.len() {
            let torn = bytes.len() - last.end;
            eprintln!(
                "{}: the last line is torn, its {torn} bytes are cut off",
                path.display()
            );
            file.set_len(last.end as u64)?;
        }
        // The last line may be in the kernel's memory alone: its sync had not
        // returned, or had failed. Written once more, it is on the disk before
        // anybody sees it.
        file.seek(SeekFrom::Start(last.start as u64))?;
        file.write_all(&bytes[last])?;
        file.sync_all()?;
        let broken = false;
        Ok((Self { file, broken }, entries))
    }
    // ANCHOR_END: open

    // ANCHOR: append
    /// Writes one line and comes back when the disk has it.
    ///
    /// # Errors
    ///
    /// When the disk refuses. What the disk then holds, nobody knows, so the
    /// journal stays closed until it is opened again.
    pub fn append(&mut self, entry: &Entry) -> io::Result<()> {
        if self.broken {
            return Err(io::Error::other("the journal was closed after an error"));
        }
        self.broken = true;
        let mut line = line::write(entry).to_string();
        line.push('\n');
        self.file.write_all(line.as_bytes())?;
        self.file.sync_data()?;
        self.broken = false;
        Ok(())
    }
    // ANCHOR_END: append

    /// Whether the next line can be written, as far as the journal knows.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.broken
    }
}

// ANCHOR: replay
/// The entries of a journal, and where the last good line stands. Only what follows
/// that may be bad: its fsync had not returned, so nobody was told of it.
fn replay(bytes: &[u8]) -> io::Result<(Vec<Entry>, Range<usize>)> {
    let mut entries = Vec::new();
    let mut last = 0..0;
    for (number, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let entry = line.strip_suffix(b"\n").and_then(line::read);
        match entry {
            Some(entry) => entries.push(entry),
            None if last.end + line.len() == bytes.len() => break,
            None => {
                let message = format!("line {} cannot be read", number + 1);
                return Err(io::Error::other(message));
            }
        }
        last = last.end..last.end + line.len();
    }
    Ok((entries, last))
}
// ANCHOR_END: replay

fn sync_folder(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

fn above(dir: &Path) -> PathBuf {
    match dir.parent() {
        Some(parent) if parent.as_os_str().is_empty() => PathBuf::from("."),
        Some(parent) => parent.to_owned(),
        None => dir.to_owned(),
    }
}

fn explain(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pets::PetId;
    use crate::shop::Fact;

    fn came_back(at: u64, reason: &str) -> Entry {
        Entry {
            at,
            fact: Fact::Returned {
                pet: PetId("1".into()),
                reason: reason.into(),
            },
        }
    }

    #[test]
    fn what_was_written_is_read_again() {
        let dir = tempfile::tempdir().unwrap();
        let (mut journal, before) = Journal::open(dir.path()).unwrap();
        assert_eq!(before, []);
        let entries = [
            came_back(1, "snores"),
            came_back(2, "a line\nbreak, \"quotes\" and ünïcode"),
        ];
        for entry in &entries {
            journal.append(entry).unwrap();
        }
        drop(journal);
        assert_eq!(Journal::open(dir.path()).unwrap().1, entries);
    }

    #[test]
    fn a_torn_last_line_is_cut_off_wherever_it_is_torn() {
        let whole = format!("{}\n", line::write(&came_back(1, "snores")));
        for length in 1..whole.len() {
            let dir = tempfile::tempdir().unwrap();
            fs::write(
                dir.path().join("journal"),
                format!("{whole}{}", &whole[..length]),
            )
            .unwrap();
            let (mut journal, entries) = Journal::open(dir.path()).unwrap();
            assert_eq!(
                entries,
                [came_back(1, "snores")],
                "torn after {length} bytes"
            );
            journal.append(&came_back(2, "again")).unwrap();
            drop(journal);
            assert_eq!(
                Journal::open(dir.path()).unwrap().1.len(),
                2,
                "torn after {length} bytes"
            );
        }
    }

    #[test]
    fn a_bad_line_in_the_middle_stops_the_shop_and_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let whole = line::write(&came_back(1, "snores")).to_string();
        fs::write(
            dir.path().join("journal"),
            format!("{whole}\nscribble\n{whole}\n"),
        )
        .unwrap();
        let error = Journal::open(dir.path()).unwrap_err().to_string();
        assert!(error.ends_with("journal: line 2 cannot be read"), "{error}");
    }

    #[test]
    fn two_shops_cannot_write_one_journal() {
        let dir = tempfile::tempdir().unwrap();
        let first = Journal::open(dir.path()).unwrap();
        let error = Journal::open(dir.path()).unwrap_err().to_string();
        assert!(error.ends_with("another shop has it open"), "{error}");
        drop(first);
        Journal::open(dir.path()).unwrap();
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let error = Journal::open(&dir.path().join("no/such/shop"))
            .unwrap_err()
            .to_string();
        assert!(error.contains("no/such/shop: "), "{error}");
    }
}
