//! What the steps with a lock have in common.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use ch01_bare_server::problem::Problem;
use ch01_bare_server::settings::Settings;
use ch01_bare_server::shop::Fact;

/// Waits for the lock, to look. A thread that panicked with the lock in its hands
/// is ignored here.
pub fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

/// Waits for the lock, to change something.
pub fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

// ANCHOR: receipt
/// Adds a receipt to a file and waits until the disk has it. A real shop does
/// something slow like this between the question and the answer: it prints a paper,
/// asks a bank, calls somebody.
pub fn print_receipt(settings: &Settings, fact: &Fact) -> Result<(), Problem> {
    let print = || -> io::Result<()> {
        let path = settings.data.join("receipts");
        let mut file: File = OpenOptions::new().create(true).append(true).open(path)?;
        writeln!(file, "{fact:?}")?;
        file.sync_all()
    };
    print().map_err(|error| {
        let title = "The shop cannot print a receipt";
        Problem::new(503, "storage-failed", title, error.to_string())
    })
}
// ANCHOR_END: receipt
