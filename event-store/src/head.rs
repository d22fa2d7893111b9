//! The newest that is known of a stream.

use std::time::Duration;

use crate::commit::{Command, Commit, Known, Record, Snapshot, StreamId, millis};
use crate::decider::{Decider, Stored};
use crate::error::Failure;
use crate::store::Settings;

/// What is known of a stream after one of its commits.
#[derive(Debug)]
pub(crate) struct Head<D: Stored> {
    pub stream: StreamId,
    /// Of that commit; 0 before the first.
    pub number: u64,
    /// How many events the stream has.
    pub holds: u64,
    pub state: D::State,
    /// The commands that it knows again, the oldest first.
    pub known: Vec<Known>,
    /// When that commit was decided.
    pub at: Duration,
}

impl<D: Stored> Clone for Head<D> {
    fn clone(&self) -> Self {
        Self {
            stream: self.stream.clone(),
            number: self.number,
            holds: self.holds,
            state: self.state.clone(),
            known: self.known.clone(),
            at: self.at,
        }
    }
}

impl<D: Stored> Head<D> {
    /// A stream that has no commit.
    pub fn new(stream: &StreamId) -> Self {
        Self {
            stream: stream.clone(),
            number: 0,
            holds: 0,
            state: D::State::default(),
            known: vec![],
            at: Duration::ZERO,
        }
    }

    /// That of a commit which holds a state; `None` if it holds none that can be read
    /// by this release.
    pub fn of(commit: &Commit) -> Option<Self> {
        let snapshot = commit.state.as_ref()?;
        if snapshot.version != D::STATE {
            return None;
        }
        Some(Self {
            stream: commit.stream.clone(),
            number: commit.number,
            holds: commit.holds,
            state: D::state(&snapshot.body).ok()?,
            known: snapshot.known.clone(),
            at: commit.at,
        })
    }

    /// After the next commit, too.
    pub fn after(self, commit: &Commit, settings: &Settings) -> Result<Self, Failure> {
        self.after_reading(commit, events::<D>, settings)
    }

    /// The same, with those of its events that this function reads.
    pub fn after_reading(
        self,
        commit: &Commit,
        read: Read<D>,
        settings: &Settings,
    ) -> Result<Self, Failure> {
        let holds = self.holds + commit.events.len() as u64;
        if commit.number != self.number + 1 {
            return Err(Failure::Gap {
                stream: self.stream,
                missing: self.number + 1,
                found: commit.number,
            });
        }
        if commit.holds != holds {
            let what = format!(
                "it says that the stream has {} events, and there are {holds}",
                commit.holds
            );
            return Err(unreadable(commit, what));
        }
        let mut state = self.state;
        for event in read(commit)? {
            state = D::evolve(state, &event);
        }
        let mut known = self.known;
        if !commit.command.fingerprint.is_empty() {
            known.push(commit.known());
        }
        settings.forget(&mut known, commit.at);
        Ok(Self {
            stream: self.stream,
            number: commit.number,
            holds,
            state,
            known,
            at: commit.at,
        })
    }

    /// The commit that this command has led to, if the stream knows it again.
    ///
    /// # Errors
    ///
    /// [`Failure::KeyReused`] when its key belongs to another.
    pub fn find(
        &self,
        command: &Command,
        at: Duration,
        settings: &Settings,
    ) -> Result<Option<u64>, Failure> {
        let mut known = self.known.iter().rev();
        let Some(known) = known.find(|known| known.command.key == command.key) else {
            return Ok(None);
        };
        if millis(at).saturating_sub(known.at) > millis(settings.window) {
            return Ok(None);
        }
        is_same(&self.stream, &known.command, command)?;
        Ok(Some(known.number))
    }

    /// The state as it is written.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            version: D::STATE,
            body: D::snapshot(&self.state),
            known: self.known.clone(),
        }
    }
}

/// Whether two commands with one key ask for the same.
///
/// # Errors
///
/// [`Failure::KeyReused`] when they do not.
pub(crate) fn is_same(
    stream: &StreamId,
    known: &Command,
    command: &Command,
) -> Result<(), Failure> {
    if known.fingerprint == command.fingerprint {
        return Ok(());
    }
    Err(Failure::KeyReused {
        stream: stream.clone(),
        key: command.key.clone(),
    })
}

/// Reads the events of a commit: [`events`], or [`known`].
pub(crate) type Read<D> = fn(&Commit) -> Result<Vec<<D as Decider>::Event>, Failure>;

/// The events of a commit, for whoever decides.
///
/// # Errors
///
/// [`Failure::Unreadable`] names the first that nobody knows.
pub(crate) fn events<D: Stored>(commit: &Commit) -> Result<Vec<D::Event>, Failure> {
    commit.events.iter().map(event::<D>(commit)).collect()
}

// ANCHOR: known
/// Those of which the decider knows, for whoever tells.
///
/// # Errors
///
/// As [`events`], for one of those.
pub(crate) fn known<D: Stored>(commit: &Commit) -> Result<Vec<D::Event>, Failure> {
    let known = commit.events.iter().filter(|event| D::knows(&event.kind));
    known.map(event::<D>(commit)).collect()
}
// ANCHOR_END: known

fn event<D: Stored>(commit: &Commit) -> impl Fn(&Record) -> Result<D::Event, Failure> {
    |record| D::event(record).map_err(|error| unreadable(commit, error.0))
}

fn unreadable(commit: &Commit, what: String) -> Failure {
    Failure::Unreadable {
        stream: commit.stream.clone(),
        number: commit.number,
        what,
    }
}
