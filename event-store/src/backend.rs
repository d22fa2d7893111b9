//! What a store asks of whatever keeps its commits.

use std::sync::Arc;

use crate::commit::{Commit, StreamId};

// ANCHOR: backend
/// Keeps commits. [`conformance`](crate::conformance) says in nine promises what that
/// means.
pub trait Backend: Send + Sync {
    /// Writes a commit, unless the stream has one of that number.
    fn append(&self, commit: &Commit) -> impl Future<Output = Result<Appended, Fault>> + Send;

    /// Writes commits of different streams, all or none: at most 100 of them.
    fn append_all(
        &self,
        commits: &[Commit],
    ) -> impl Future<Output = Result<AppendedAll, Fault>> + Send;

    /// The newest commits of a stream up to number `up_to`, the newest first, at most
    /// `most`: all that were written before this was asked for.
    fn backwards(
        &self,
        stream: &StreamId,
        up_to: Option<u64>,
        most: u32,
    ) -> impl Future<Output = Result<Vec<Commit>, Fault>> + Send;

    /// The commits of a stream after number `after`, the oldest first, at most `most`.
    fn forwards(
        &self,
        stream: &StreamId,
        after: u64,
        most: u32,
    ) -> impl Future<Output = Result<Vec<Commit>, Fault>> + Send;

    /// The streams whose names begin with `prefix` and come after `after`, in the order of
    /// their names, at most `most`. One that is some seconds old is among them.
    fn streams(
        &self,
        prefix: &str,
        after: Option<&StreamId>,
        most: u32,
    ) -> impl Future<Output = Result<Vec<StreamId>, Fault>> + Send;
}

/// What became of a commit that was to be written.
#[derive(Debug, Clone, PartialEq)]
pub enum Appended {
    /// It is there.
    Written,
    /// The stream had one of that number, which is this.
    There(Box<Commit>),
}
// ANCHOR_END: backend

/// What became of several.
#[derive(Debug, Clone, PartialEq)]
pub enum AppendedAll {
    /// All are there.
    Written,
    /// None is: of those that are named, by their places, the streams had one of that
    /// number, which is this.
    There(Vec<(usize, Commit)>),
    /// None is, because somebody else is writing one of them in this moment.
    Busy,
}

/// Why a backend does not do what it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It has too much to do. Nothing was written.
    #[error("it has too much to do")]
    Throttled,
    /// There was no answer: what was to be written may be there, or not.
    #[error("no answer: {0}")]
    Unclear(String),
    /// It does not do this, and will not.
    #[error("refused: {0}")]
    Refused(String),
    /// It has something that this library has not written.
    #[error("stream {stream}, commit {number}: {what}")]
    Odd {
        /// The stream.
        stream: StreamId,
        /// The commit.
        number: String,
        /// What is wrong with it.
        what: String,
    },
}

/// What several stores use.
impl<B: Backend> Backend for Arc<B> {
    async fn append(&self, commit: &Commit) -> Result<Appended, Fault> {
        self.as_ref().append(commit).await
    }

    async fn append_all(&self, commits: &[Commit]) -> Result<AppendedAll, Fault> {
        self.as_ref().append_all(commits).await
    }

    async fn backwards(
        &self,
        stream: &StreamId,
        up_to: Option<u64>,
        most: u32,
    ) -> Result<Vec<Commit>, Fault> {
        self.as_ref().backwards(stream, up_to, most).await
    }

    async fn forwards(
        &self,
        stream: &StreamId,
        after: u64,
        most: u32,
    ) -> Result<Vec<Commit>, Fault> {
        self.as_ref().forwards(stream, after, most).await
    }

    async fn streams(
        &self,
        prefix: &str,
        after: Option<&StreamId>,
        most: u32,
    ) -> Result<Vec<StreamId>, Fault> {
        self.as_ref().streams(prefix, after, most).await
    }
}
