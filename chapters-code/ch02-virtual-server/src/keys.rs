//! Idempotency keys: requests that were answered, and their answers.

use std::time::{SystemTime, UNIX_EPOCH};

use ch01_bare_server::problem::Problem;
use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};

use crate::answer::Answer;

/// How long an answer is kept at least, in seconds: a day.
pub const KEPT_FOR: i64 = 24 * 60 * 60;

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
        let hash = Sha256::new()
            .chain_update(path)
            .chain_update("\n")
            .chain_update(body);
        Self {
            name: name.to_owned(),
            fingerprint: hash.finalize().into(),
        }
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
    select
        .query_row([&key.name], |row| {
            if row.get::<_, [u8; 32]>(0)? != key.fingerprint {
                return Ok(reused());
            }
            let (status, location, body) = (row.get(1)?, row.get(2)?, row.get(3)?);
            Ok(Answer {
                status,
                location,
                body,
            })
        })
        .optional()
}

/// Keeps an answer, and forgets those that have been kept long enough.
///
/// # Errors
///
/// When the database cannot be written.
pub fn keep(connection: &Connection, key: &Key, answer: &Answer) -> rusqlite::Result<()> {
    let mut delete = connection.prepare_cached("DELETE FROM answers WHERE at < ?1")?;
    delete.execute([now() - KEPT_FOR])?;
    let sql = "INSERT INTO answers (key, fingerprint, status, location, body, at)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let Answer {
        status,
        location,
        body,
    } = answer;
    let mut insert = connection.prepare_cached(sql)?;
    insert.execute(params![
        key.name,
        key.fingerprint,
        status,
        location,
        body,
        now()
    ])?;
    Ok(())
}
// ANCHOR_END: find

fn reused() -> Answer {
    let detail = "the key came with another request before; a new request needs a new key";
    let title = "The Idempotency-Key belongs to another request";
    Problem::new(422, "idempotency-key-reused", title, detail).into()
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |time| time.as_secs().cast_signed())
}
