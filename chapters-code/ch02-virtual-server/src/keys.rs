//! Idempotency keys: requests that were answered, and their answers.

use ch01_bare_server::problem::Problem;
use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};

use crate::answer::Answer;

/// The key of a request, and what the request was.
#[derive(Debug, Clone)]
pub struct Key {
    name: String,
    fingerprint: [u8; 32],
}

impl Key {
    /// The key `name` of a `POST` of `body` to `path`.
    #[must_use]
    pub fn new(name: &str, path: &str, body: &[u8]) -> Self {
        let hash = Sha256::new_with_prefix(path).chain_update("\n");
        let fingerprint = hash.chain_update(body).finalize().into();
        let name = name.to_owned();
        Self { name, fingerprint }
    }
}

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

fn reused() -> Answer {
    let detail = "the key came with another request before; a new request needs a new key";
    let title = "The Idempotency-Key belongs to another request";
    Problem::new(422, "idempotency-key-reused", title, detail).into()
}
