//! How a stream is read.

use std::time::Duration;

use super::{Done, Store};
use crate::backend::Backend;
use crate::commit::{Command, Commit, StreamId};
use crate::decider::Stored;
use crate::error::Failure;
use crate::head::{Head, Read, events, known};

/// How many commits are read at once where all of them are wanted.
const PAGE: u32 = 500;

/// A state, and the commit after which it was so.
#[derive(Debug)]
pub struct Version<D: Stored> {
    /// The state. Before the first commit, the default.
    pub state: D::State,
    /// The commit's number; 0 before the first.
    pub number: u64,
    /// When that was decided: since 1970.
    pub at: Duration,
}

/// A commit as it is told.
#[derive(Debug)]
pub struct Told<D: Stored> {
    /// Its number.
    pub number: u64,
    /// When it was decided: since 1970.
    pub at: Duration,
    /// The command that has led to it.
    pub command: Command,
    /// What has happened.
    pub events: Vec<D::Event>,
    /// How much more has happened, of which the decider does not [know](Stored::knows).
    pub left_out: usize,
    /// What it is a part of.
    pub correlation: Option<String>,
    /// What has caused it.
    pub causation: Option<String>,
}

impl<D, B> Store<D, B>
where
    D: Stored<State: Send, Event: Send, Error: Send, Command: Sync>,
    B: Backend,
{
    /// How things stand.
    ///
    /// # Errors
    ///
    /// A [`Failure`].
    pub async fn load(&self, stream: &StreamId) -> Result<Version<D>, Failure> {
        Ok(self.head(stream, None).await?.into())
    }

    /// The number of the newest commit; 0 before the first. What it says is not read.
    ///
    /// # Errors
    ///
    /// A [`Failure`].
    pub async fn newest(&self, stream: &StreamId) -> Result<u64, Failure> {
        let page = || self.backend.backwards(stream, None, 1);
        let newest = self.patiently(page).await?.into_iter().next();
        Ok(newest.map_or(0, |commit| commit.number))
    }

    /// How things stood after a commit, by the events of which the decider
    /// [knows](Stored::knows).
    ///
    /// # Errors
    ///
    /// A [`Failure`].
    pub async fn load_at(&self, stream: &StreamId, number: u64) -> Result<Version<D>, Failure> {
        let then = self.fold(stream, Some(number), known::<D>).await?;
        Ok(then.into())
    }

    /// The commits of a stream after number `after`, the oldest first: a page of at most
    /// `most`, which is cut where the backend cuts it. Events of which the decider does not
    /// [know](Stored::knows) are left out, and counted.
    ///
    /// # Errors
    ///
    /// A [`Failure`].
    pub async fn read(
        &self,
        stream: &StreamId,
        after: u64,
        most: u32,
    ) -> Result<Vec<Told<D>>, Failure> {
        let page = || self.backend.forwards(stream, after, most.min(PAGE));
        let commits = self.patiently(page).await?;
        for (missing, commit) in (after + 1..).zip(&commits) {
            if commit.number != missing {
                return Err(gap(stream, missing, commit.number));
            }
        }
        commits.into_iter().map(Told::of).collect()
    }

    /// What is known of a stream, or was after a commit.
    pub(crate) async fn head(
        &self,
        stream: &StreamId,
        up_to: Option<u64>,
    ) -> Result<Head<D>, Failure> {
        self.fold(stream, up_to, events::<D>).await
    }

    // ANCHOR: load
    /// What is known of a stream, or was after a commit: read backwards from there until
    /// a commit has a state, and told forwards from that one.
    async fn fold(
        &self,
        stream: &StreamId,
        up_to: Option<u64>,
        read: Read<D>,
    ) -> Result<Head<D>, Failure> {
        let mut later: Vec<Commit> = vec![];
        let (mut most, every) = self.settings.pages();
        let mut head = loop {
            let next = later.last().map(|commit| commit.number - 1);
            let (up_to, due) = (next.or(up_to), next);
            if due == Some(0) {
                break Head::new(stream);
            }
            let page = || self.backend.backwards(stream, up_to, most);
            let commits = self.patiently(page).await?;
            if commits.is_empty() && due.is_none() {
                break Head::new(stream);
            }
            if let Some(head) = unfold(stream, &mut later, commits)? {
                break head;
            }
            most = every;
        };
        while let Some(commit) = later.pop() {
            head = head.after_reading(&commit, read, &self.settings)?;
        }
        if up_to.is_none() {
            self.remember(&head);
        }
        Ok(head)
    }
    // ANCHOR_END: load

    /// What a command has led to that was carried out before.
    pub(crate) async fn again(&self, stream: &StreamId, number: u64) -> Result<Done<D>, Failure> {
        let page = || self.backend.backwards(stream, Some(number), 1);
        let commit = self.patiently(page).await?.into_iter().next();
        let commit = commit.filter(|commit| commit.number == number);
        let commit = commit.ok_or_else(|| gap(stream, number, number + 1))?;
        let events = events::<D>(&commit)?;
        let head = match Head::of(&commit) {
            Some(head) => head,
            None => self.head(stream, Some(number)).await?,
        };
        Ok(Done::of(head, events, true))
    }
}

/// Puts a page that was read backwards to what was read before it, until one of its commits
/// has a state, which is given.
fn unfold<D: Stored>(
    stream: &StreamId,
    later: &mut Vec<Commit>,
    page: Vec<Commit>,
) -> Result<Option<Head<D>>, Failure> {
    if let (Some(last), true) = (later.last(), page.is_empty()) {
        return Err(gap(stream, last.number - 1, last.number));
    }
    for commit in page {
        if let Some(last) = later.last().filter(|last| last.number != commit.number + 1) {
            return Err(gap(stream, last.number - 1, last.number));
        }
        if let Some(head) = Head::of(&commit) {
            return Ok(Some(head));
        }
        later.push(commit);
    }
    Ok(None)
}

fn gap(stream: &StreamId, missing: u64, found: u64) -> Failure {
    Failure::Gap {
        stream: stream.clone(),
        missing,
        found,
    }
}

impl<D: Stored> Told<D> {
    fn of(commit: Commit) -> Result<Self, Failure> {
        let events = known::<D>(&commit)?;
        Ok(Self {
            number: commit.number,
            at: commit.at,
            left_out: commit.events.len() - events.len(),
            events,
            command: commit.command,
            correlation: commit.correlation,
            causation: commit.causation,
        })
    }
}

impl<D: Stored> From<Head<D>> for Version<D> {
    fn from(head: Head<D>) -> Self {
        Self {
            state: head.state,
            number: head.number,
            at: head.at,
        }
    }
}
