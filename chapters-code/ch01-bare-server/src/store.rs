//! The shop together with its journal: what is decided is on disk before anybody
//! hears of it.

use std::io;
use std::path::Path;
use std::sync::{Mutex, RwLock, RwLockReadGuard};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::journal::Journal;
use crate::pets::Refusal;
use crate::shop::{Command, Entry, Fact, Shop};

// ANCHOR: store
/// A shop that survives its process.
#[derive(Debug)]
pub struct Store {
    journal: Mutex<Journal>,
    shop: RwLock<Shop>,
}
// ANCHOR_END: store

/// Why a command has not been carried out.
#[derive(Debug)]
pub enum Failure {
    /// The shop's rules forbid it.
    Refused(Refusal),
    /// The disk refuses, or has refused before.
    Storage(String),
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl Store {
    /// Opens the shop in the folder `dir`, which is made if there is none.
    ///
    /// # Errors
    ///
    /// Those of [`Journal::open`], and a journal that contradicts itself.
    pub fn open(dir: &Path) -> io::Result<Self> {
        let (journal, entries) = Journal::open(dir)?;
        let mut shop = Shop::default();
        for (number, entry) in (1..).zip(entries) {
            let contradiction = |refusal| {
                format!(
                    "{}: line {number}: {refusal}",
                    dir.join("journal").display()
                )
            };
            shop.record(entry)
                .map_err(|refusal| io::Error::other(contradiction(refusal)))?;
        }
        Ok(Self {
            journal: Mutex::new(journal),
            shop: RwLock::new(shop),
        })
    }

    // ANCHOR: execute
    /// Decides, writes down what was decided, and only then lets it be seen. What
    /// `tell` makes of it is the answer; it sees the shop as the command left
    /// it, before anybody else changes it.
    ///
    /// # Errors
    ///
    /// [`Failure::Refused`], and nothing has changed. Or [`Failure::Storage`]: it may
    /// or may not have happened, and nobody was told that it did.
    pub fn execute<T>(
        &self,
        command: Command,
        tell: impl FnOnce(&Shop, &Fact) -> T,
    ) -> Result<T, Failure> {
        let mut journal = self.journal.lock().map_err(|_| Failure::panicked())?;
        let fact = self.look()?.decide(command)?;
        let entry = Entry {
            at: now(),
            fact: fact.clone(),
        };
        journal
            .append(&entry)
            .map_err(|error| Failure::Storage(error.to_string()))?;
        let mut shop = self.shop.write().map_err(|_| Failure::panicked())?;
        shop.record(entry)?;
        Ok(tell(&shop, &fact))
    }
    // ANCHOR_END: execute

    /// The shop as it is now. Whoever looks waits for no disk.
    ///
    /// # Errors
    ///
    /// [`Failure::Storage`] when a thread has panicked while it changed the shop.
    pub fn look(&self) -> Result<RwLockReadGuard<'_, Shop>, Failure> {
        self.shop.read().map_err(|_| Failure::panicked())
    }

    /// Whether the next command can be written down, as far as is known.
    ///
    /// # Errors
    ///
    /// [`Failure::Storage`] when it cannot.
    pub fn check(&self) -> Result<(), Failure> {
        drop(self.look()?);
        match self.journal.lock() {
            Ok(journal) if !journal.is_broken() => Ok(()),
            Ok(_) => Err(Failure::Storage(
                "the journal was closed after an error".to_owned(),
            )),
            Err(_) => Err(Failure::panicked()),
        }
    }
}

impl Failure {
    fn panicked() -> Self {
        Self::Storage("a thread panicked while it changed the shop".to_owned())
    }
}

fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |time| time.as_secs())
}
