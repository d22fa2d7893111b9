//! Copies of the database, and the way back.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, ErrorKind};
use std::path::Path;

use anyhow::{Context, Result, anyhow, ensure};
use rusqlite::{Connection, ErrorCode, OpenFlags};
use sha2::{Digest, Sha256};

use crate::database::{self, FILE, sync_folder_of};

// ANCHOR: backup
/// Copies the database in the folder `dir` to `file`, as it is at one moment. The
/// shop may go on meanwhile. Beside the copy comes its SHA-256, in `FILE.sha256`.
///
/// # Errors
///
/// When there is no database, when there is a `file` already, or when the disk refuses.
/// Then `file` is what it was.
pub fn backup(dir: &Path, file: &Path) -> Result<()> {
    let database = dir.join(FILE);
    let (from, to) = (database.display(), file.display());
    ensure!(
        database.exists(),
        "{from} is not there; set SHOP_DATA to the shop's folder"
    );
    ensure!(
        !file.exists(),
        "{to} is there already; give the copy a new name"
    );
    let copy = |part: &Path| -> Result<()> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
        let source = Connection::open_with_flags(&database, flags)?;
        source.execute("VACUUM INTO ?1", [part.to_str()])?;
        database::check(&Connection::open(part)?)
    };
    whole_or_not(file, |part| {
        copy(part).with_context(|| database.display().to_string())?;
        let name = file.file_name().unwrap_or_default().display();
        let line = format!("{}  {name}\n", sum(part)?); // As `sha256sum --check` reads it.
        let beside = file.with_added_extension("sha256");
        whole_or_not(&beside, |part| Ok(fs::write(part, line)?))
    })
}
// ANCHOR_END: backup

// ANCHOR: restore
/// Puts a backup in the place of the database in the folder `dir`, which is made if
/// there is none. What is checked is its sum, if that is beside it, and its structure.
///
/// # Errors
///
/// When a shop has the folder open, when `file` is no sound database of a shop, or
/// when the disk refuses. Then the database is what it was.
pub fn restore(dir: &Path, file: &Path) -> Result<()> {
    let _lock = database::lock(dir)?;
    let database = dir.join(FILE);
    let copy = |part: &Path| -> Result<()> {
        fs::copy(file, part)?;
        check_sum(part, file)?;
        database::check(&Connection::open(part)?) // What is checked is what is used.
    };
    whole_or_not(&database, |part| {
        copy(part).map_err(|error| {
            let file = file.display();
            anyhow!("{file}: {error}; the database of the shop is as it was")
        })?;
        empty_log(&database)
    })
}

/// The log of the old database must not be taken for the new one's. It is worked into
/// the old one, so that a power cut leaves either of them whole.
fn empty_log(old: &Path) -> Result<()> {
    let empty = || -> rusqlite::Result<String> {
        let old = Connection::open(old)?;
        old.pragma_update_and_check(None, "journal_mode", "DELETE", |row| row.get(0))
    };
    let mode = empty();
    let code = mode.as_ref().map_err(rusqlite::Error::sqlite_error_code);
    if let Err(Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt)) = code {
        // Where the database is damaged, so is what its log would add.
        return Ok(remove(&old.with_extension("db-wal"))?);
    }
    ensure!(mode? == "delete", "{}: somebody has it open", old.display());
    Ok(())
}
// ANCHOR_END: restore

/// To `SQLite` a database with another letter in a name is as sound as before.
fn check_sum(part: &Path, file: &Path) -> Result<()> {
    match fs::read_to_string(file.with_added_extension("sha256")) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let file = file.display();
            eprintln!("{file}: its sum is not beside it, so only its structure is checked");
        }
        line => ensure!(
            line?.starts_with(&sum(part)?),
            "it has another sum than when it was made"
        ),
    }
    Ok(())
}

fn sum(file: &Path) -> io::Result<String> {
    let (mut file, mut sum) = (BufReader::new(File::open(file)?), Sha256::new());
    while let bytes @ [_, ..] = file.fill_buf()? {
        sum.update(bytes);
        let read = bytes.len();
        file.consume(read);
    }
    let digits = sum.finalize().map(|byte| format!("{byte:02x}"));
    Ok(digits.as_slice().concat())
}

/// Makes a file under another name, and gives it its own when the disk has all of it.
fn whole_or_not(file: &Path, make: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let part = &file.with_added_extension("part");
    let put = || -> io::Result<()> {
        File::open(part)?.sync_all()?;
        fs::rename(part, file)?;
        sync_folder_of(file)
    };
    remove(part)?;
    let result = make(part).and_then(|()| put().with_context(|| file.display().to_string()));
    if result.is_err() {
        let _ = remove(part);
    }
    result
}

fn remove(file: &Path) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
