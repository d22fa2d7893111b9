//! The database: one file, and how it is opened.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rusqlite::{Connection, TransactionBehavior};

/// The name of the file in the shop's folder.
pub const FILE: &str = "shop.db";

/// How the tables came to be what they are. What is here has run somewhere, and is
/// never changed again; what is new comes at the end.
const MIGRATIONS: [&str; 2] = [
    include_str!("../migrations/0001-pets.sql"),
    include_str!("../migrations/0002-indexes.sql"),
];

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
        let lock = lock(dir)?;
        let path = dir.join(FILE);
        let log = dir.join(format!("{FILE}-wal"));
        write_again(&log).with_context(|| log.display().to_string())?;
        let database = Self { path, _lock: lock };
        let migrated = database
            .connect()
            .map_err(Into::into)
            .and_then(|mut c| migrate(&mut c));
        migrated.with_context(|| database.path.display().to_string())?;
        // A file survives a power cut only if its folder knows of it.
        File::open(dir)?.sync_all()?;
        Ok(database)
    }
    // ANCHOR_END: open

    /// One more connection to the database.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened, or is no database.
    pub fn connect(&self) -> rusqlite::Result<Connection> {
        connect(&self.path)
    }
}

// ANCHOR: connect
fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    // Writers add to a log beside the file, and readers do not wait for them.
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // A commit comes back when the disk has the log.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", "ON")?;
    // For a backup, or whoever else has the file open.
    connection.busy_timeout(Duration::from_secs(5))?;
    Ok(connection)
}
// ANCHOR_END: connect

/// Makes the folder, if there is none, and keeps others out of it.
///
/// # Errors
///
/// When it cannot be made, or when another shop is in it.
pub fn lock(dir: &Path) -> Result<File> {
    if !dir.is_dir() {
        fs::create_dir(dir).with_context(|| dir.display().to_string())?;
        let above = dir.parent().filter(|above| !above.as_os_str().is_empty());
        File::open(above.unwrap_or(Path::new(".")))?.sync_all()?;
    }
    let path = dir.join("shop.lock");
    let lock = File::create(&path).with_context(|| path.display().to_string())?;
    if lock.try_lock().is_err() {
        bail!("{}: another shop has it open", dir.display());
    }
    Ok(lock)
}

// ANCHOR: write_again
/// Writes a log over itself, with the same bytes. Its end may be a transaction whose
/// sync failed: the kernel then has it in memory, takes it for written, and shows it
/// to us. Now it gets to the disk before anybody sees it.
fn write_again(log: &Path) -> io::Result<()> {
    let bytes = match fs::read(log) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        bytes => bytes?,
    };
    let mut file = OpenOptions::new().write(true).open(log)?;
    file.write_all(&bytes)?;
    file.sync_all()
}
// ANCHOR_END: write_again

// ANCHOR: migrate
/// Runs the migrations that have not run on this database, all or none.
fn migrate(connection: &mut Connection) -> Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let done = transaction.query_row("PRAGMA user_version", [], |row| row.get::<_, u32>(0))?;
    let Some(missing) = MIGRATIONS.get(done as usize..) else {
        bail!(
            "it is of version {done}, and this shop knows {} at most",
            MIGRATIONS.len()
        );
    };
    for migration in missing {
        transaction.execute_batch(migration)?;
    }
    let latest = u32::try_from(MIGRATIONS.len())?;
    transaction.pragma_update(None, "user_version", latest)?;
    Ok(transaction.commit()?)
}
// ANCHOR_END: migrate
