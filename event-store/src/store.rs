//! The store: commands in, commits out.

mod append;
mod load;
mod over;
mod settings;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lru::LruCache;

pub use self::load::{Told, Version};
pub use self::over::Refusals;
pub use self::settings::Settings;
use crate::backend::{Appended, Backend};
use crate::commit::{Command, Commit, StreamId};
use crate::decider::Stored;
use crate::error::{Error, Failure};
use crate::head::{Head, events, is_same};

/// The streams of one decider, in a backend.
///
/// It may be used by many tasks at once, and by many processes: the backend decides
/// between them.
#[derive(Debug)]
pub struct Store<D: Stored, B> {
    backend: B,
    settings: Settings,
    /// The newest that this process knows of the streams that it has used.
    heads: Mutex<LruCache<StreamId, Head<D>>>,
}

/// A command, and where it comes from.
#[derive(Debug, Clone)]
pub struct Issued {
    /// How it is known again.
    pub command: Command,
    /// What time it is: since 1970.
    pub at: Duration,
    /// What it is a part of.
    pub correlation: Option<String>,
    /// What has caused it.
    pub causation: Option<String>,
}

impl Issued {
    /// At this time, and of nothing else.
    #[must_use]
    pub fn at(command: Command, at: Duration) -> Self {
        Self {
            command,
            at,
            correlation: None,
            causation: None,
        }
    }
}

/// What a command has led to.
#[derive(Debug)]
pub struct Done<D: Stored> {
    /// The stream.
    pub stream: StreamId,
    /// The commit with it. If it has led to nothing, the newest there is.
    pub number: u64,
    /// What has happened.
    pub events: Vec<D::Event>,
    /// What was known after it.
    pub state: D::State,
    /// Whether it was done before, and the command has come again.
    pub again: bool,
}

/// How old a head is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Age {
    /// It was read for this command, or after it: so things stood when it was carried out.
    Fresh,
    /// This process knew it before, and others may have gone on.
    Cached,
}

impl<D, B> Store<D, B>
where
    D: Stored<State: Send, Event: Send, Error: Send, Command: Sync>,
    B: Backend,
{
    /// The streams in this backend.
    pub fn new(backend: B, settings: Settings) -> Self {
        let heads = Mutex::new(LruCache::new(settings.heads));
        Self {
            backend,
            settings,
            heads,
        }
    }

    /// Where the commits are.
    pub fn backend(&self) -> &B {
        &self.backend
    }

    // ANCHOR: execute
    /// Carries out a command. When it comes back, what has happened is kept.
    ///
    /// A state that this process remembers is good enough to say yes: if others have gone
    /// on meanwhile, the commit is not written, and the command is decided again. To say
    /// no, or that nothing is to be done, nothing is written, and nobody would notice. So
    /// this is only said of what was read.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with the decider's reason, or a [`Failure`].
    pub async fn execute(
        &self,
        stream: &StreamId,
        issued: &Issued,
        wanted: &D::Command,
    ) -> Result<Done<D>, Error<D::Error>> {
        let mut lost = 0;
        let mut known = self.cached(stream).map(|head| (head, Age::Cached));
        loop {
            let (head, age) = match known.take() {
                Some(known) => known,
                None => (self.head(stream, None).await?, Age::Fresh),
            };
            if let Some(number) = head.find(&issued.command, issued.at, &self.settings)? {
                return Ok(self.again(stream, number).await?);
            }
            let events = match D::decide(&head.state, wanted) {
                Ok(events) if !events.is_empty() => events,
                _ if age == Age::Cached => continue,
                Ok(nothing) => return Ok(Done::of(head, nothing, false)),
                Err(refusal) => return Err(Error::Refused(refusal)),
            };
            let (commit, next) = self.commit(&head, issued, &events)?;
            match self.append(&commit).await? {
                Appended::Written => {
                    self.remember(&next);
                    return Ok(Done::of(next, events, false));
                }
                Appended::There(theirs) => {
                    let now = head.after(&theirs, &self.settings)?;
                    self.remember(&now);
                    if is_ours(&theirs, issued)? {
                        let events = self::events::<D>(&theirs)?;
                        return Ok(Done::of(now, events, true));
                    }
                    lost += 1;
                    self.settings.may_try(stream, lost)?;
                    // The commit that was in the way is in our hands. If there is
                    // another one behind it, it is time to read.
                    known = (lost == 1).then_some((now, age));
                }
            }
        }
    }
    // ANCHOR_END: execute

    fn cached(&self, stream: &StreamId) -> Option<Head<D>> {
        let mut heads = self.heads.lock().unwrap_or_else(PoisonError::into_inner);
        heads.get(stream).cloned()
    }

    /// Remembers a head, unless a newer one is known.
    fn remember(&self, head: &Head<D>) {
        let mut heads = self.heads.lock().unwrap_or_else(PoisonError::into_inner);
        let known = heads.peek(&head.stream).map_or(0, |head| head.number);
        if head.number >= known {
            heads.put(head.stream.clone(), head.clone());
        }
    }
}

impl<D: Stored> Done<D> {
    fn of(head: Head<D>, events: Vec<D::Event>, again: bool) -> Self {
        Self {
            stream: head.stream,
            number: head.number,
            events,
            state: head.state,
            again,
        }
    }
}

/// Whether a commit is that of an earlier try, of which the answer was lost.
///
/// # Errors
///
/// [`Failure::KeyReused`] when it is of another command with this key.
fn is_ours(theirs: &Commit, issued: &Issued) -> Result<bool, Failure> {
    if theirs.command.key != issued.command.key {
        return Ok(false);
    }
    is_same(&theirs.stream, &theirs.command, &issued.command)?;
    Ok(true)
}
