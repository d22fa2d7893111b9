//! Queues as SQS has them, all of them in one file, which several processes may have
//! open. No clock: time is told, as what has passed since 1970, and kept to the
//! millisecond.
//!
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html>,
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html>

use std::fs::File;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Row, Transaction, TransactionBehavior, params};
use uuid::{NoContext, Timestamp, Uuid};

/// How many bytes a message may have: 1 MiB, as at SQS.
pub const LONGEST: usize = 1 << 20;

// ANCHOR: queue
/// What a queue promises. It exists as soon as somebody sends to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// What it is called.
    pub name: String,
    /// How long a message that was received is hidden from everybody else: the
    /// visibility timeout. Who has not deleted it by then shares it with the next.
    pub visibility: Duration,
    /// How old a message may become.
    pub retention: Duration,
    /// Where messages go that nobody gets done; `None`: they come for ever.
    pub dead: Option<Dead>,
}

/// A dead-letter queue, and when a message goes there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dead {
    /// How often it may be received before, at least once: `maxReceiveCount`.
    pub after: u32,
    /// The dead-letter queue.
    pub queue: String,
}

/// A message, as whoever receives it sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Who it is, wherever it goes.
    pub id: String,
    /// What [`Queues::delete`] and [`Queues::hide`] ask for: new each time that it is
    /// received, and empty if it was only looked at.
    pub receipt: String,
    /// What was sent.
    pub body: String,
    /// When it was sent to where it is, or to where it was moved from.
    pub sent: Duration,
    /// How often it was received where it is, this time among them.
    pub receives: u32,
    /// The queue whose dead letter it is.
    pub from: Option<String>,
}
// ANCHOR_END: queue

/// How many messages a queue has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Those that can be received.
    pub visible: u32,
    /// Those that somebody has received and not deleted yet.
    pub hidden: u32,
}

/// Why something was not done. Then nothing of it was done.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Somebody wants to send too much.
    #[error("the message has {0} bytes, and may have {LONGEST}; send where it lies instead")]
    TooLong(usize),
    /// The file, and what is wrong with it.
    #[error("{0}: {1}")]
    File(String, String),
}

type Result<T> = std::result::Result<T, Failure>;

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

/// All queues, and how far the streams' mappings are.
#[derive(Debug)]
pub struct Queues {
    connection: Mutex<Connection>,
    file: String,
}

impl Queues {
    /// The queues in a file, which is made if there is none.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened, or is another program's.
    pub fn open(file: &Path) -> Result<Self> {
        let name = file.display().to_string();
        if file.is_dir() {
            return Err(Failure::File(name, "it is a folder; name a file".into()));
        }
        // Two who make the file at once would get into each other's way.
        let folder = file.parent().filter(|folder| *folder != Path::new(""));
        let folder = File::open(folder.unwrap_or(Path::new(".")));
        let folder = folder.and_then(|folder| folder.lock().map(|()| folder));
        let _lock = folder.map_err(|error| {
            let why = format!("the folder above it cannot be opened: {error}");
            Failure::File(name.clone(), why)
        })?;
        Self::of(Connection::open(file), name)
    }

    /// Queues that are gone with the process.
    ///
    /// # Errors
    ///
    /// When there is no memory.
    pub fn in_memory() -> Result<Self> {
        Self::of(Connection::open_in_memory(), "queues in memory".into())
    }

    fn of(connection: rusqlite::Result<Connection>, file: String) -> Result<Self> {
        let connection = connection.and_then(prepare);
        match connection.map_err(|error| Failure::File(file.clone(), error.to_string()))? {
            None => Err(Failure::File(
                file,
                "it is another program's database".into(),
            )),
            Some(connection) => Ok(Self {
                connection: Mutex::new(connection),
                file,
            }),
        }
    }

    // ANCHOR: send
    /// Sends a message to all these queues or to none. When it comes back, the disk has
    /// it. Gives what the message is called in each.
    ///
    /// # Errors
    ///
    /// When it is too long, or when the disk refuses.
    pub fn send(&self, queues: &[&str], body: &str, now: Duration) -> Result<Vec<String>> {
        fits(body)?;
        self.change(|rows| {
            let send = |queue: &&str| {
                let id = id(now);
                let sql = "INSERT INTO messages (id, queue, body, sent, visible)
                           VALUES (?1, ?2, ?3, ?4, ?4)";
                rows.execute(sql, params![id, queue, body, millis(now)])?;
                Ok(id)
            };
            queues.iter().map(send).collect()
        })
    }
    // ANCHOR_END: send

    // ANCHOR: receive
    /// The oldest messages that are visible, `most` of them at most. They are hidden from
    /// everybody else until the visibility timeout is over.
    ///
    /// What is too old is deleted before, and what was received too often goes to the
    /// dead-letter queue. There, too, its age counts from when it was first sent: a
    /// dead-letter queue must keep its messages for longer. A receive of none does no
    /// more than that; SQS does it by itself.
    ///
    /// # Errors
    ///
    /// When the disk refuses.
    pub fn receive(&self, queue: &Queue, most: usize, now: Duration) -> Result<Vec<Message>> {
        let (name, most) = (&queue.name, i64::try_from(most).unwrap_or(i64::MAX));
        let oldest = millis(now.saturating_sub(queue.retention));
        let until = millis(now.saturating_add(queue.visibility));
        let now = millis(now);
        self.change(|rows| {
            let sql = "DELETE FROM messages WHERE queue = ?1 AND sent < ?2";
            rows.execute(sql, params![name, oldest])?;
            if let Some(Dead { after, queue }) = &queue.dead {
                // The last who has received it may still be at it, until it is visible.
                let sql = "UPDATE messages
                           SET queue = ?4, moved_from = ?1, receives = 0, receipt = NULL
                           WHERE queue = ?1 AND visible <= ?2 AND receives >= ?3";
                rows.execute(sql, params![name, now, after.max(&1), queue])?;
            }
            let sql = "UPDATE messages
                       SET visible = ?3, receives = receives + 1,
                           receipt = lower(hex(randomblob(16)))
                       WHERE number IN (SELECT number FROM messages
                                        WHERE queue = ?1 AND visible <= ?2
                                        ORDER BY sent, number LIMIT ?4)
                       RETURNING *";
            let mut received = rows.prepare_cached(sql)?;
            let received = received.query_map(params![name, now, until, most], |row| {
                Ok((row.get("number")?, message(row)?))
            })?;
            let mut received: Vec<(i64, Message)> = received.collect::<rusqlite::Result<_>>()?;
            // They are returned in any order.
            received.sort_by_key(|(number, message)| (message.sent, *number));
            Ok(received.into_iter().map(|(_, message)| message).collect())
        })
    }
    // ANCHOR_END: receive

    // ANCHOR: delete
    /// Deletes messages that are done, and gives how many it has deleted. The receipt of
    /// an earlier receive than the last deletes nothing: somebody else has the message
    /// now. SQS calls that a success, and promises neither that the message is deleted
    /// then nor that it is not.
    ///
    /// # Errors
    ///
    /// When the disk refuses.
    pub fn delete(&self, receipts: &[&str]) -> Result<usize> {
        self.change(|rows| {
            let sql = "DELETE FROM messages WHERE receipt = ?1";
            let delete = |receipt: &&str| rows.execute(sql, [receipt]);
            receipts.iter().map(delete).sum()
        })
    }

    /// Hides a message until then, for somebody who needs longer, or gives it back at
    /// once if that is now. Whether the receipt was that of the last receive: otherwise
    /// nothing happens. It is `ChangeMessageVisibility`, which counts from now and
    /// refuses when the timeout is over already.
    ///
    /// # Errors
    ///
    /// When the disk refuses.
    pub fn hide(&self, receipt: &str, until: Duration) -> Result<bool> {
        self.change(|rows| {
            let sql = "UPDATE messages SET visible = ?2 WHERE receipt = ?1";
            Ok(rows.execute(sql, params![receipt, millis(until)])? > 0)
        })
    }
    // ANCHOR_END: delete

    /// The oldest messages of a queue, hidden ones too, `most` of them at most. Nobody
    /// has received them for that.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn look(&self, queue: &str, most: usize) -> Result<Vec<Message>> {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        self.read(|rows| {
            let sql = "SELECT * FROM messages
                       WHERE queue = ?1 ORDER BY sent, number LIMIT ?2";
            let mut messages = rows.prepare_cached(sql)?;
            let messages = messages.query_map(params![queue, most], |row| {
                let receipt = String::new();
                Ok(Message {
                    receipt,
                    ..message(row)?
                })
            })?;
            messages.collect()
        })
    }

    /// How many messages a queue has.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn counts(&self, queue: &str, now: Duration) -> Result<Counts> {
        self.read(|rows| {
            let sql = "SELECT count(*) FILTER (WHERE visible <= ?2),
                              count(*) FILTER (WHERE visible > ?2)
                       FROM messages WHERE queue = ?1";
            rows.query_row(sql, params![queue, millis(now)], |row| {
                let (visible, hidden) = (row.get(0)?, row.get(1)?);
                Ok(Counts { visible, hidden })
            })
        })
    }

    // ANCHOR: redrive
    /// Sends the dead letters in a queue back to where they came from, and gives how many
    /// there were. What nobody has moved there stays, and so does what somebody has
    /// received and may be looking at. They begin anew, and age from now on, as at SQS.
    /// They keep their ids, which SQS has them lose.
    ///
    /// # Errors
    ///
    /// When the disk refuses.
    pub fn redrive(&self, from: &str, now: Duration) -> Result<usize> {
        self.back(from, None, None, now)
    }

    /// The same for one dead letter, with another body if one is given. Whether it was
    /// there. SQS cannot do that.
    ///
    /// # Errors
    ///
    /// When the body is too long, or when the disk refuses.
    pub fn redrive_one(
        &self,
        from: &str,
        id: &str,
        body: Option<&str>,
        now: Duration,
    ) -> Result<bool> {
        body.map_or(Ok(()), fits)?;
        Ok(self.back(from, Some(id), body, now)? > 0)
    }

    fn back(
        &self,
        from: &str,
        id: Option<&str>,
        body: Option<&str>,
        now: Duration,
    ) -> Result<usize> {
        self.change(|rows| {
            let sql = "UPDATE messages
                       SET queue = moved_from, moved_from = NULL, body = coalesce(?3, body),
                           sent = ?4, receives = 0, receipt = NULL
                       WHERE queue = ?1 AND moved_from IS NOT NULL AND visible <= ?4
                             AND (?2 IS NULL OR id = ?2)";
            rows.execute(sql, params![from, id, body, millis(now)])
        })
    }
    // ANCHOR_END: redrive

    /// How far a mapping has read a shard of its stream.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn position(&self, mapping: &str, shard: &str) -> Result<Option<String>> {
        self.read(|rows| {
            let sql = "SELECT sequence FROM positions WHERE mapping = ?1 AND shard = ?2";
            rows.query_row(sql, [mapping, shard], |row| row.get(0))
                .optional()
        })
    }

    /// Takes note of it.
    ///
    /// # Errors
    ///
    /// When the disk refuses.
    pub fn set_position(&self, mapping: &str, shard: &str, sequence: &str) -> Result<()> {
        self.change(|rows| {
            let sql = "INSERT OR REPLACE INTO positions VALUES (?1, ?2, ?3)";
            rows.execute(sql, [mapping, shard, sequence]).map(drop)
        })
    }

    /// One transaction, which is on the disk when this comes back, or has not happened.
    fn change<T>(&self, work: impl FnOnce(&Transaction) -> rusqlite::Result<T>) -> Result<T> {
        let change = |connection: &mut Connection| {
            // It waits for other writers here, and not where it would have to give up.
            let rows = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let done = work(&rows)?;
            rows.commit()?;
            Ok(done)
        };
        change(&mut self.lock()).map_err(|error| self.failure(&error))
    }

    fn read<T>(&self, question: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T> {
        question(&self.lock()).map_err(|error| self.failure(&error))
    }

    /// A thread that has panicked with the lock has undone what it had begun.
    fn lock(&self) -> MutexGuard<'_, Connection> {
        let connection = self.connection.lock();
        connection.unwrap_or_else(PoisonError::into_inner)
    }

    fn failure(&self, error: &rusqlite::Error) -> Failure {
        Failure::File(self.file.clone(), error.to_string())
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

fn message(row: &Row) -> rusqlite::Result<Message> {
    let sent: i64 = row.get("sent")?;
    Ok(Message {
        id: row.get("id")?,
        receipt: row.get::<_, Option<_>>("receipt")?.unwrap_or_default(),
        body: row.get("body")?,
        sent: Duration::from_millis(sent.try_into().unwrap_or_default()),
        receives: row.get("receives")?,
        from: row.get("moved_from")?,
    })
}

fn fits(body: &str) -> Result<()> {
    match body.len() {
        ..=LONGEST => Ok(()),
        bytes => Err(Failure::TooLong(bytes)),
    }
}

/// A name that nothing else has, and that tells when it was given.
fn id(now: Duration) -> String {
    let at = Timestamp::from_unix(NoContext, now.as_secs(), now.subsec_nanos());
    Uuid::new_v7(at).to_string()
}

fn millis(time: Duration) -> i64 {
    time.as_millis().try_into().unwrap_or(i64::MAX)
}
