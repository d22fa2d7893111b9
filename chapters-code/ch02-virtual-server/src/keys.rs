//! Idempotency keys: requests that were answered, and their answers.

use rusqlite::{Connection, OptionalExtension, params};

use crate::answer::Answer;
use crate::order::{Key, reused};

// ANCHOR: find
/// The answer that a request with this key was given, if there was one.
///
/// # Errors
///
/// When the database cannot be read.
pub fn find(connection: &Connection, key: &Key) -> rusqlite::Result<Option<Answer>> {
    let sql = "SELECT fingerprint, status, location, body FROM answers WHERE key = ?1";
    let mut select = connection.prepare_cached(sql)?;
    let found = select.query_row([&key.name], |row| {
        if row.get::<_, [u8; 32]>(0)? != key.fingerprint {
            return Ok(reused());
        }
        Ok(Answer {
            status: row.get(1)?,
            location: row.get(2)?,
            body: row.get(3)?,
            retry_after: None,
        })
    });
    found.optional()
}
// ANCHOR_END: find

// ANCHOR: keep
/// Keeps an answer, and forgets those that have been kept for a day.
///
/// # Errors
///
/// When the database cannot be written.
pub fn keep(connection: &Connection, key: &Key, answer: &Answer) -> rusqlite::Result<()> {
    let sql = "DELETE FROM answers WHERE at < unixepoch() - 24 * 60 * 60";
    connection.prepare_cached(sql)?.execute([])?;
    let sql = "INSERT INTO answers VALUES (?1, ?2, ?3, ?4, ?5, unixepoch())";
    let mut insert = connection.prepare_cached(sql)?;
    let (Key { name, fingerprint }, a) = (key, answer);
    insert.execute(params![name, fingerprint, a.status, a.location, a.body])?;
    Ok(())
}
// ANCHOR_END: keep
