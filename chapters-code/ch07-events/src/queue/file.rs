//! The file of the queues, and how it is opened.

use std::fs;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::LONGEST;

pub type Result<T> = std::result::Result<T, Failure>;

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Somebody wants to send too much.
    #[error("the message has {0} bytes, and may have {LONGEST}; send where it lies instead")]
    TooLong(usize),
    /// The file, and what is wrong with it. If the disk has failed at the last moment,
    /// the whole of it may be done nevertheless.
    #[error("{0}: {1}")]
    File(String, String),
}

// ANCHOR: schema
/// A message is a row, and is in one queue. What hides it is a time, so nobody needs to
/// do anything for it to be seen again.
const SCHEMA: &str = "
    CREATE TABLE messages (
        number     INTEGER PRIMARY KEY,
        id         TEXT NOT NULL UNIQUE,
        queue      TEXT NOT NULL,
        body       TEXT NOT NULL,
        sent       INTEGER NOT NULL,
        visible    INTEGER NOT NULL,           -- From when on.
        receives   INTEGER NOT NULL DEFAULT 0,
        receipt    TEXT UNIQUE,                -- Of the last receive.
        moved_from TEXT
    ) STRICT;
    CREATE INDEX messages_by_age ON messages (queue, sent);
    CREATE INDEX messages_by_receives ON messages (queue, receives);
    CREATE TABLE positions (
        mapping  TEXT NOT NULL,
        shard    TEXT NOT NULL,
        sequence TEXT NOT NULL,
        PRIMARY KEY (mapping, shard)
    ) STRICT;
    PRAGMA application_id = 0x51554555; -- QUEU
";
// ANCHOR_END: schema

/// A connection to the database, and what errors call it.
#[derive(Debug)]
pub struct File {
    connection: Mutex<Connection>,
    name: String,
}

impl File {
    pub fn open(file: &Path) -> Result<Self> {
        let name = file.display().to_string();
        // What has no name is to SQLite a database that is deleted in the end.
        if file.is_dir() || name.is_empty() {
            return Err(Failure::File(name, "name a file, not a folder".into()));
        }
        // Two who make the file at once would get into each other's way.
        let folder = file.parent().filter(|folder| *folder != Path::new(""));
        let folder = fs::File::open(folder.unwrap_or(Path::new(".")));
        let folder = folder.and_then(|folder| folder.lock().map(|()| folder));
        let _lock = folder.map_err(|error| {
            let why = format!("the folder above it cannot be opened: {error}");
            Failure::File(name.clone(), why)
        })?;
        Self::prepare(Connection::open(file), name)
    }

    pub fn in_memory() -> Result<Self> {
        Self::prepare(Connection::open_in_memory(), "queues in memory".into())
    }

    fn prepare(connection: rusqlite::Result<Connection>, name: String) -> Result<Self> {
        match connection.and_then(prepare) {
            Ok(Some(connection)) => Ok(Self {
                connection: Mutex::new(connection),
                name,
            }),
            Ok(None) => Err(Failure::File(
                name,
                "it is another program's database".into(),
            )),
            Err(error) => {
                let why = error.to_string().replace(&format!(": {name}"), "");
                Err(Failure::File(name, why))
            }
        }
    }

    /// One transaction: all of it or nothing. When this comes back, the disk has it.
    pub fn change<T>(&self, work: impl FnOnce(&Transaction) -> rusqlite::Result<T>) -> Result<T> {
        let change = |connection: &mut Connection| {
            // It waits for other writers here, and not where it would have to give up.
            let rows = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let done = work(&rows)?;
            rows.commit()?;
            Ok(done)
        };
        change(&mut self.lock()).map_err(|error| self.failure(&error))
    }

    pub fn read<T>(&self, question: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T> {
        question(&self.lock()).map_err(|error| self.failure(&error))
    }

    /// A thread that has panicked with the lock has undone what it had begun.
    fn lock(&self) -> MutexGuard<'_, Connection> {
        let connection = self.connection.lock();
        connection.unwrap_or_else(PoisonError::into_inner)
    }

    fn failure(&self, error: &rusqlite::Error) -> Failure {
        Failure::File(self.name.clone(), error.to_string())
    }
}

// ANCHOR: prepare
/// Sets a connection up, and makes the tables if the file is new. None if it is full of
/// something else.
fn prepare(mut connection: Connection) -> rusqlite::Result<Option<Connection>> {
    connection.busy_timeout(Duration::from_secs(5))?; // For the other processes.
    let rows = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let sql = "SELECT count(*) FROM sqlite_schema";
    let tables: u32 = rows.query_row(sql, [], |row| row.get(0))?;
    if tables == 0 {
        rows.execute_batch(SCHEMA)?;
    }
    let application: u32 = rows.pragma_query_value(None, "application_id", |row| row.get(0))?;
    rows.commit()?;
    if application != u32::from_be_bytes(*b"QUEU") {
        return Ok(None);
    }
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // A commit returns when the disk has it.
    connection.pragma_update(None, "synchronous", "FULL")?;
    Ok(Some(connection))
}
// ANCHOR_END: prepare
