//! The journal: one line for each request that changed something, synced before the answer.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::Value;

use super::Fault;
use super::journal::{Journal, open, write_last_line_again};
pub use super::known::{Key, Known, Pet};
use super::problem::{Reply, problem};

#[derive(Debug)]
pub struct Store {
    dir: PathBuf,
    elsewhere: Option<PathBuf>,
    /// The shop's.
    pub fault: Fault,
    /// The one journal of this instance.
    pub journal: Arc<Mutex<Journal>>,
}

/// What a request decides: events, or a refusal.
pub type Decision = Result<Vec<Value>, Reply>;

impl Store {
    /// Opens the journal in `dir`, or fetches it from elsewhere when the disk is empty.
    pub fn open(dir: PathBuf, elsewhere: Option<PathBuf>, fault: Fault) -> Result<Self> {
        let elsewhere = elsewhere.filter(|_| fault != Fault::NothingElsewhere);
        fs::create_dir_all(&dir).context("the shop's directory cannot be made")?;
        if let Some(elsewhere) = &elsewhere {
            fs::create_dir_all(elsewhere)?;
        }
        let path = dir.join("journal");
        let saved = elsewhere.as_ref().map(|dir| dir.join("journal"));
        if fault == Fault::ForgetsOnRestart {
            let paths = [Some(&path), saved.as_ref()];
            paths
                .into_iter()
                .flatten()
                .filter(|path| path.exists())
                .try_for_each(fs::remove_file)?;
        }
        if let Some(saved) = saved
            .as_ref()
            .filter(|saved| saved.exists() && !path.exists())
        {
            fs::copy(saved, &path)?;
        }
        let journal = open(&path)?;
        if fault != Fault::NoDirectorySync {
            File::open(&dir)?.sync_all()?;
            File::open(
                dir.parent()
                    .filter(|dir| dir.is_dir())
                    .unwrap_or(Path::new(".")),
            )?
            .sync_all()?;
        }
        journal.sync_all()?;
        let mut inner = Journal {
            file: journal,
            copy: None,
            read_to: 0,
            failed: false,
            late: Vec::new(),
            known: Known::default(),
        };
        inner.file.lock()?;
        inner.refresh(fault)?;
        if fault != Fault::TrustsTheLastLine {
            write_last_line_again(&path)?;
        }
        if let Some(saved) = saved {
            let bytes = fs::read(&path)?;
            if fs::read(&saved).ok().as_ref() != Some(&bytes) {
                fs::write(&saved, bytes)?;
            }
            inner.copy = Some(open(&saved)?);
        }
        inner.file.unlock()?;
        inner.known.started = true;
        Ok(Self {
            dir,
            elsewhere,
            fault,
            journal: Arc::new(Mutex::new(inner)),
        })
    }

    /// Looks something up.
    pub fn read<T>(&self, look: impl FnOnce(&Known) -> T) -> T {
        let mut inner = self.lock();
        if self.fault != Fault::ReadsOnlyItself {
            let _ = inner.catch_up(self.fault, |_| ());
        }
        look(&inner.known)
    }

    /// Whether the shop has stopped writing.
    pub fn has_failed(&self) -> bool {
        self.lock().failed
    }

    /// Decides on a request, writes its events down, and only then answers with the pets as they are now.
    pub fn write(
        &self,
        key: Option<&Key>,
        decide: impl Fn(&Known) -> Decision,
        answer: impl FnOnce(&[(u64, Pet)]) -> Reply,
    ) -> Reply {
        let early = match self.fault {
            Fault::SellsTwice => Some(self.read(&decide)).filter(is_an_adoption),
            _ => None,
        };
        if self.fault == Fault::SellsTwice && early.is_some() {
            thread::sleep(Duration::from_millis(20));
        }
        let mut inner = self.lock();
        if inner.failed {
            return failed();
        }
        let early = match self.fault {
            Fault::DecidesFromMemory => Some(decide(&inner.known)),
            _ => early,
        };
        let written = inner.catch_up(self.fault, |inner| {
            let replayed =
                key.and_then(|key| inner.known.keys.get(&key.key).map(|keyed| (key, keyed)));
            if let Some((key, keyed)) = replayed.filter(|_| self.fault != Fault::IgnoresKeys) {
                let same = key.request == keyed.request || self.fault == Fault::AnyBodyForAKey;
                let again = same && self.fault == Fault::HappensAgain;
                let reply = if same { keyed.reply.clone() } else { reused() };
                if again && let Ok(events) = decide(&inner.known) {
                    let _ = inner.commit(self, &events, None);
                }
                return Ok(reply);
            }
            let events = match early.unwrap_or_else(|| decide(&inner.known)) {
                Ok(events) => events,
                Err(refusal) => return Ok(refusal),
            };
            let reply = answer(&inner.known.after(&events));
            inner.commit(self, &events, key.map(|key| (key, &reply)))?;
            Ok(reply)
        });
        written
            .and_then(|reply| reply)
            .unwrap_or_else(|_: io::Error| {
                inner.failed = true;
                failed()
            })
    }

    /// Takes a customer's name out of every line.
    pub fn forget(&self, customer: &str) -> Result<()> {
        let mut inner = self.lock();
        for dir in [Some(&self.dir), self.elsewhere.as_ref()]
            .into_iter()
            .flatten()
        {
            let path = dir.join("journal");
            let text = fs::read_to_string(&path)?;
            // A request with a key is kept as it came, a text within a text.
            let name = Value::from(customer).to_string();
            let name = name.trim_matches('"');
            fs::write(dir.join("new"), text.replace(name, "somebody"))?;
            File::open(dir.join("new"))?.sync_all()?;
            fs::rename(dir.join("new"), &path)?;
            File::open(dir)?.sync_all()?;
        }
        inner.file = open(&self.dir.join("journal"))?;
        if let Some(elsewhere) = &self.elsewhere {
            inner.copy = Some(open(&elsewhere.join("journal"))?);
        }
        (inner.read_to, inner.known) = (0, Known::default());
        inner.refresh(self.fault)
    }

    /// Holds the lock while something terrible happens.
    pub fn holding_the_lock(&self, terrible: impl FnOnce()) {
        let _inner = self.lock();
        terrible();
    }

    fn lock(&self) -> MutexGuard<'_, Journal> {
        let locked = self.journal.lock();
        if self.fault == Fault::PanicsHoldingTheLock {
            return locked.expect("nobody panicked with the lock in hand");
        }
        locked.unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_an_adoption(decision: &Decision) -> bool {
    decision
        .as_ref()
        .is_ok_and(|events| events.iter().all(|event| event["type"] == "adopted"))
}

fn failed() -> Reply {
    problem(503, "storage-failed", "The shop has stopped writing.")
}

fn reused() -> Reply {
    problem(
        422,
        "idempotency-key-reused",
        "This key came with another request.",
    )
}
