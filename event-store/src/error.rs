//! Why a command was not carried out.

use crate::backend::Fault;
use crate::commit::{MAX_BYTES, MAX_EVENTS, StreamId};

/// Why a command was not carried out. Whatever it is, no commit is lost.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error<E> {
    /// The business says no.
    #[error("it is refused: {0:?}")]
    Refused(E),
    /// It was not decided, or not written.
    #[error(transparent)]
    Failed(#[from] Failure),
}

// ANCHOR: failure
/// Why something was not decided, or not written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The key belongs to a command that asked for something else. Nothing was written.
    #[error("stream {stream} knows the key {key:?} from another command")]
    KeyReused {
        /// The stream.
        stream: StreamId,
        /// The key.
        key: String,
    },
    /// Others were faster, again and again. Nothing was written.
    #[error("others change {stream} all the time: {tries} tries were lost")]
    Contended {
        /// The stream.
        stream: StreamId,
        /// How often it was tried.
        tries: u32,
    },
    /// The backend had too much to do, again and again. Nothing was written.
    #[error("the store has too much to do: {tries} tries were refused")]
    Busy {
        /// How often it was tried.
        tries: u32,
    },
    /// There was no answer, again and again: it may be done, or not. The same command with
    /// the same key finds out.
    #[error("no answer, so that it may be done or not: {0}")]
    Unclear(String),
    /// What the command has decided does not go into one item. Nothing was written.
    #[error(
        "stream {stream}, commit {number}: {bytes} bytes, of {MAX_BYTES} that an item may have"
    )]
    TooLarge {
        /// The stream.
        stream: StreamId,
        /// The commit.
        number: u64,
        /// Its size, as `DynamoDB` counts it.
        bytes: usize,
    },
    /// The command has decided more than a commit may hold. Nothing was written.
    #[error("stream {stream}: {events} events at once, of {MAX_EVENTS} that a commit may have")]
    TooMany {
        /// The stream.
        stream: StreamId,
        /// How many events.
        events: usize,
    },
    /// A commit is missing: somebody has deleted it, or restored half a table. Nothing
    /// is decided on what has a hole. One that lies behind a state is found by whoever
    /// reads the past.
    #[error("stream {stream}: commit {missing} is missing, and {found} is there")]
    Gap {
        /// The stream.
        stream: StreamId,
        /// The commit that should be there.
        missing: u64,
        /// The one after it.
        found: u64,
    },
    /// The stream holds something that the decider cannot read.
    #[error("stream {stream}, commit {number}: {what}")]
    Unreadable {
        /// The stream.
        stream: StreamId,
        /// The commit.
        number: u64,
        /// What is wrong with it.
        what: String,
    },
    /// The backend does not do what it was asked for.
    #[error(transparent)]
    Backend(Fault),
}
// ANCHOR_END: failure
