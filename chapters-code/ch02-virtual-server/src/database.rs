//! The database: one file, and how it is opened.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};
use rusqlite::{Connection, TransactionBehavior};

/// The name of the file in the shop's folder.
pub const FILE: &str = "shop.db";

/// What the first migration writes into the file: "SHOP".
const APPLICATION: u32 = 0x5348_4f50;

// ANCHOR: migrations
/// How the tables came to be what they are. What is here has run somewhere, and is
/// never changed again. What is new comes at the end.
const MIGRATIONS: [&str; 2] = [
    include_str!("../migrations/0001-pets.sql"),
    include_str!("../migrations/0002-indexes.sql"),
];

/// Runs the migrations that have not run on this database: all of them or none.
fn migrate(connection: &mut Connection) -> Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let missing = (1_u32..).zip(MIGRATIONS).skip(version(&transaction)?);
    for (version, migration) in missing {
        transaction.execute_batch(migration)?;
        transaction.pragma_update(None, "user_version", version)?;
    }
    Ok(transaction.commit()?)
}

fn version(connection: &Connection) -> Result<usize> {
    let version =
        connection.pragma_query_value(None, "user_version", |row| row.get::<_, u32>(0))?;
    let (version, known) = (usize::try_from(version)?, MIGRATIONS.len());
    ensure!(
        version <= known,
        "it is of version {version}, and this shop knows {known} at most"
    );
    Ok(version)
}
// ANCHOR_END: migrations

/// The folder of a shop, with nobody else in it.
#[derive(Debug)]
pub struct Database {
    path: PathBuf,
    _lock: File,
}

impl Database {
    // ANCHOR: open
    /// Opens the folder `dir` for one shop, and brings its database up to date. The
    /// folder is made if there is none; the one above it must exist.
    ///
    /// # Errors
    ///
    /// When the disk refuses, when another shop has the folder open, or when the file
    /// is no database of a shop. The message names the file.
    pub fn open(dir: &Path) -> Result<Self> {
        let (lock, path) = (lock(dir)?, dir.join(FILE));
        let prepare = || -> Result<()> {
            write_again(&dir.join("shop.db-wal"))?;
            migrate(&mut connect(&path)?)?;
            // A file survives a power cut only if its folder knows of it.
            Ok(sync_folder_of(&path)?)
        };
        prepare().with_context(|| path.display().to_string())?;
        Ok(Self { path, _lock: lock })
    }
    // ANCHOR_END: open

    /// One more connection to the database.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened.
    pub fn connect(&self) -> rusqlite::Result<Connection> {
        connect(&self.path)
    }
}

// ANCHOR: connect
fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    // Who writes adds to a log beside the file, and who reads does not wait for it.
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // A commit comes back when the disk has the log.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", "ON")?;
    // For whoever else has the file open: a backup, or somebody who only looks.
    connection.busy_timeout(Duration::from_secs(5))?;
    Ok(connection)
}
// ANCHOR_END: connect

// ANCHOR: write_again
/// Writes a log over itself, with the same bytes. It may end with a transaction whose
/// sync has failed: the kernel has that in memory, takes it for written, and shows it
/// to us. Now it is on the disk before anybody sees it or builds upon it. `SQLite` has no
/// lock for that, so nobody else may write to the database while a shop starts.
fn write_again(log: &Path) -> io::Result<()> {
    let mut log = match OpenOptions::new().read(true).write(true).open(log) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        log => log?,
    };
    let mut bytes = Vec::new();
    log.read_to_end(&mut bytes)?;
    log.rewind()?;
    log.write_all(&bytes)?;
    log.sync_all()
}
// ANCHOR_END: write_again

/// Makes the folder, if there is none, and keeps others out of it.
///
/// # Errors
///
/// When it cannot be made, or when another shop is in it.
pub fn lock(dir: &Path) -> Result<File> {
    let lock = || -> Result<File> {
        if !dir.is_dir() {
            make(dir)?;
        }
        let lock = File::create(dir.join("shop.lock"))?;
        ensure!(
            lock.try_lock().is_ok(),
            "another shop has it open; stop it first, or set SHOP_DATA to another folder"
        );
        Ok(lock)
    };
    lock().with_context(|| dir.display().to_string())
}

fn make(dir: &Path) -> Result<()> {
    fs::create_dir(dir).map_err(|error| match error.kind() {
        ErrorKind::NotFound => anyhow!("the folder above it must exist; SHOP_DATA names it"),
        ErrorKind::AlreadyExists => anyhow!("that is a file; SHOP_DATA must name a folder"),
        _ => anyhow!("{error}; SHOP_DATA names it"),
    })?;
    Ok(sync_folder_of(dir)?)
}

/// Whether this is the sound database of a shop, and of no later version.
///
/// # Errors
///
/// When it is not; the message says why.
pub fn check(connection: &Connection) -> Result<()> {
    let application =
        connection.pragma_query_value(None, "application_id", |row| row.get::<_, u32>(0))?;
    ensure!(application == APPLICATION, "it is no database of a shop");
    let state: String = connection.pragma_query_value(None, "integrity_check", |row| row.get(0))?;
    let last = state.lines().last().unwrap_or_default();
    ensure!(last == "ok", "it is damaged: {last}");
    version(connection).map(drop)
}

/// Waits until the disk knows the name of a file.
///
/// # Errors
///
/// When the disk refuses.
pub fn sync_folder_of(file: &Path) -> io::Result<()> {
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}
