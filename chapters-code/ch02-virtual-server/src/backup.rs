//! Copies of the database, and the way back.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::Path;

use anyhow::{Context, Result, anyhow, ensure};
use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::database::{self, FILE, sync_folder_of};

// ANCHOR: backup
/// Copies the database in the folder `dir` to `file`, as it is at one moment. The
/// shop may go on meanwhile.
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
        copy(part).with_context(|| database.display().to_string())
    })
}
// ANCHOR_END: backup

// ANCHOR: restore
/// Puts a backup in the place of the database in the folder `dir`, which is made if
/// there is none.
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

/// Makes a file under another name, and gives it its own when the disk has all of it.
fn whole_or_not(file: &Path, make: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let mut part = file.as_os_str().to_owned();
    part.push(".part");
    let part = Path::new(&part);
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
