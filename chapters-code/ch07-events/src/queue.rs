//! Queues as SQS has them, all of them in one file, which several processes may have
//! open. No clock: time is told, as what has passed since 1970, and kept to the
//! millisecond.
//!
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html>,
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html>

mod file;
mod positions;

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, Row, params};
use uuid::{NoContext, Timestamp, Uuid};

pub use self::file::Failure;
use self::file::{File, Result};

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

/// All queues, and how far the streams' mappings are.
#[derive(Debug)]
pub struct Queues(File);

impl Queues {
    /// The queues in a file, which is made if there is none.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened, or is another program's.
    pub fn open(file: &Path) -> Result<Self> {
        File::open(file).map(Self)
    }

    /// Queues that are gone with the process.
    ///
    /// # Errors
    ///
    /// When there is no memory.
    pub fn in_memory() -> Result<Self> {
        File::in_memory().map(Self)
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
        self.0.change(|rows| {
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
    /// Before that, what is too old is deleted, and what was received too often goes to
    /// the dead-letter queue. Nothing else does either of them, so a queue from which
    /// nobody receives keeps what is too old, which SQS does not. Let `most` be 0 there.
    ///
    /// # Errors
    ///
    /// When the disk refuses.
    pub fn receive(&self, queue: &Queue, most: usize, now: Duration) -> Result<Vec<Message>> {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let until = now.saturating_add(queue.visibility);
        self.0.change(|rows| {
            give_up(rows, queue, now)?;
            let sql = "UPDATE messages
                       SET visible = ?3, receives = receives + 1,
                           receipt = lower(hex(randomblob(16)))
                       WHERE number IN (SELECT number FROM messages
                                        WHERE queue = ?1 AND visible <= ?2
                                        ORDER BY sent, number LIMIT ?4)
                       RETURNING *";
            let mut received = rows.prepare_cached(sql)?;
            let which = params![queue.name, millis(now), millis(until), most];
            let read = |row: &Row| Ok((row.get("number")?, message(row)?));
            let received = received.query_map(which, read)?;
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
        self.0.change(|rows| {
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
        self.0.change(|rows| {
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
        self.0.read(|rows| {
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
        self.0.read(|rows| {
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
        self.0.change(|rows| {
            let sql = "UPDATE messages
                       SET queue = moved_from, moved_from = NULL, body = coalesce(?3, body),
                           sent = ?4, receives = 0, receipt = NULL
                       WHERE queue = ?1 AND moved_from IS NOT NULL AND visible <= ?4
                             AND (?2 IS NULL OR id = ?2)";
            rows.execute(sql, params![from, id, body, millis(now)])
        })
    }
    // ANCHOR_END: redrive
}

// ANCHOR: give_up
/// Deletes what is too old, and moves what was received too often. A dead letter ages
/// from when it was first sent: whoever keeps dead letters must keep them for longer.
fn give_up(rows: &Connection, queue: &Queue, now: Duration) -> rusqlite::Result<()> {
    let oldest = now.saturating_sub(queue.retention);
    let sql = "DELETE FROM messages WHERE queue = ?1 AND sent < ?2";
    rows.execute(sql, params![queue.name, millis(oldest)])?;
    let Some(dead) = &queue.dead else {
        return Ok(());
    };
    // Until it is visible again, the last who has received it may still be at it.
    let sql = "UPDATE messages
               SET queue = ?4, moved_from = ?1, receives = 0, receipt = NULL
               WHERE queue = ?1 AND visible <= ?2 AND receives >= ?3";
    let after = dead.after.max(1);
    rows.execute(sql, params![queue.name, millis(now), after, dead.queue])?;
    Ok(())
}
// ANCHOR_END: give_up

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
