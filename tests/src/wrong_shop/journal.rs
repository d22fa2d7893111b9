//! The file: reading what others wrote, writing so that it stays.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::{Arc, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::known::{Key, Keyed, Known};
use super::problem::Reply;
use super::store::Store;
use super::{Fault, elsewhere};

/// The file with its lines, and what they say.
#[derive(Debug)]
pub struct Journal {
    /// The lines.
    pub file: File,
    /// The same elsewhere.
    pub copy: Option<File>,
    /// How far it has been read.
    pub read_to: u64,
    /// Whether a write or a sync has failed.
    pub failed: bool,
    /// What a fault has answered and not yet written.
    pub late: Vec<u8>,
    /// What the lines say.
    pub known: Known,
}

impl Journal {
    /// Does something after reading what other instances wrote, while none of them can.
    pub fn catch_up<T>(
        &mut self,
        fault: Fault,
        then: impl FnOnce(&mut Self) -> T,
    ) -> io::Result<T> {
        self.file.lock()?;
        if !self.failed && fault != Fault::ReadsOnlyItself {
            self.refresh(fault).map_err(io::Error::other)?;
        }
        let done = then(self);
        self.file.unlock()?;
        Ok(done)
    }

    /// Reads what was written since.
    pub fn refresh(&mut self, fault: Fault) -> Result<()> {
        let length = self.file.metadata()?.len();
        if length <= self.read_to {
            return Ok(());
        }
        self.file.seek(SeekFrom::Start(self.read_to))?;
        let mut bytes = Vec::new();
        (&self.file).read_to_end(&mut bytes)?;
        let whole = bytes
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |at| at + 1);
        for line in bytes[..whole].split_inclusive(|byte| *byte == b'\n') {
            match serde_json::from_slice::<Value>(line) {
                Ok(line) => self.known.apply_line(&line, fault)?,
                Err(_) if fault == Fault::TornLineStaysThere => {}
                Err(error) => return Err(error).context("a line of the journal"),
            }
        }
        self.read_to += whole as u64;
        if whole < bytes.len() && fault != Fault::TornLineStaysThere {
            // Somebody died while writing it, so nobody was told of it.
            self.file.set_len(self.read_to)?;
            self.file.sync_all()?;
        }
        Ok(())
    }

    /// Writes down what a request did, and knows it.
    pub fn commit(
        &mut self,
        store: &Store,
        events: &[Value],
        key: Option<(&Key, &Reply)>,
    ) -> io::Result<()> {
        let at = SystemTime::UNIX_EPOCH
            .elapsed()
            .unwrap_or_default()
            .as_secs();
        let together = if store.fault == Fault::GroupInTwoWrites {
            1
        } else {
            events.len()
        };
        let mut groups: Vec<&[Value]> = events.chunks(together).collect();
        let key_alone = store.fault == Fault::KeyInASecondWrite && key.is_some();
        if key_alone {
            groups.push(&[]);
        }
        for (number, events) in groups.into_iter().enumerate() {
            if number > 0 {
                thread::sleep(Duration::from_millis(40));
            }
            let mut line = json!({ "v": 2, "at": at, "events": events });
            let keeps = store.fault != Fault::ForgetsKeys && (!key_alone || events.is_empty());
            if let Some((key, reply)) = key.filter(|_| keeps) {
                line["key"] = json!(key.key);
                line["request"] = json!(key.request);
                line["reply"] =
                    json!({ "status": reply.status, "body": reply.body, "fields": reply.fields });
            }
            let mut bytes = line.to_string().into_bytes();
            bytes.push(b'\n');
            self.append(store, &bytes)?;
            self.known
                .apply_line(&line, store.fault)
                .map_err(io::Error::other)?;
        }
        if let Some((key, reply)) = key {
            let keyed = Keyed {
                request: key.request.clone(),
                reply: reply.clone(),
            };
            self.known.keys.insert(key.key.clone(), keyed);
        }
        Ok(())
    }

    fn append(&mut self, store: &Store, bytes: &[u8]) -> io::Result<()> {
        if store.fault == Fault::AnswersBeforeWriting {
            self.late.extend_from_slice(bytes);
            let inner = Arc::clone(&store.journal);
            thread::spawn(move || {
                thread::sleep(Duration::from_secs(3));
                let mut inner = inner.lock().unwrap_or_else(PoisonError::into_inner);
                let late = std::mem::take(&mut inner.late);
                inner.read_to += late.len() as u64;
                inner
                    .file
                    .write_all(&late)
                    .and_then(|()| inner.file.sync_all())
            });
            return Ok(());
        }
        for file in self.copy.iter_mut().chain([&mut self.file]) {
            file.write_all(bytes)?;
            let synced = if store.fault == Fault::NoFileSync {
                Ok(())
            } else {
                file.sync_data()
            };
            if store.fault != Fault::KeepsWritingAfterAFailedSync {
                synced?;
            }
        }
        self.read_to += bytes.len() as u64;
        elsewhere::ask()
    }
}

/// The last line may be in the kernel's memory alone, where a failed sync left it.
pub fn write_last_line_again(path: &Path) -> Result<()> {
    let bytes = fs::read(path)?;
    let before = &bytes[..bytes.len().saturating_sub(1)];
    let start = before.iter().rposition(|byte| *byte == b'\n');
    let start = start.map_or(0, |at| at + 1);
    let file = OpenOptions::new().write(true).open(path)?;
    file.write_all_at(&bytes[start..], start as u64)?;
    Ok(file.sync_all()?)
}

/// Opens a journal for reading and appending.
pub fn open(path: &Path) -> Result<File> {
    let opened = File::options()
        .read(true)
        .append(true)
        .create(true)
        .open(path);
    opened.with_context(|| format!("{} cannot be opened", path.display()))
}
