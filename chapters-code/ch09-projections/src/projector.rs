//! Keeps a view up to date.

use std::time::Duration;

use event_store::{Backend, Decider, Failure, Store, StreamId};
use futures_util::{StreamExt, TryStreamExt, stream};

use crate::rows::{At, Away, Generation, Put, Rows};
use crate::views::View;

/// How many commits are read at once.
const PAGE: u32 = 100;

/// How many streams are listed at once.
const LIST: u32 = 1_000;

/// How many of them are looked after at a time.
pub(crate) const AT_ONCE: usize = 8;

/// How often a row is read again that others write all the time.
const TRIES: usize = 8;

/// Why a view is not up to date. Whoever hears of it again may try again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Behind {
    /// The streams cannot be read.
    #[error(transparent)]
    Streams(#[from] Failure),
    /// They cannot be listed.
    #[error(transparent)]
    List(#[from] event_store::Fault),
    /// The rows cannot be read, or not be written.
    #[error(transparent)]
    Rows(#[from] Away),
    /// Others write the same row all the time.
    #[error("others write the row of {0} all the time")]
    Contended(StreamId),
    /// Somebody else has begun to make the view anew.
    #[error("somebody else makes the view anew")]
    Another,
}

/// How far a row is.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Reached {
    /// The last commit that is in it.
    pub commit: u64,
    /// When that was decided, since 1970; none, if it was in the row before.
    pub news: Option<Duration>,
}

/// Keeps the rows of a view.
#[derive(Debug)]
pub struct Projector<'a, V: View, B, R> {
    /// The streams.
    pub streams: &'a Store<V::Of, B>,
    /// The rows.
    pub rows: &'a R,
}

impl<V, B, R> Projector<'_, V, B, R>
where
    V: View<Row: Send + Sync>,
    V::Of: Decider<State: Send, Event: Send, Error: Send, Command: Sync>,
    B: Backend,
    R: Rows<Row = V::Row>,
{
    // ANCHOR: heard
    /// Somebody says that a stream has this commit. It may be known by now, or some of
    /// those before it may not; and who says so may say it twice, or late, or before
    /// somebody else. That does not matter, since no more is believed than that the commit
    /// is there: what it says is read from its stream, after the last one that is in the
    /// row.
    ///
    /// Says how far the row is that customers see.
    ///
    /// # Errors
    ///
    /// When the view is [`Behind`] after it.
    pub async fn heard(&self, stream: &StreamId, commit: u64) -> Result<Reached, Behind> {
        // A commit may be written while this is done. No generation is brought further than
        // the one before it, so that customers see nothing go back when they change places.
        let (mut most, mut reached) = (u64::MAX, Reached::default());
        for generation in self.rows.generations().await?.all() {
            reached = self.bring(generation, stream, commit, most).await?;
            most = reached.commit;
        }
        Ok(reached)
    }
    // ANCHOR_END: heard

    // ANCHOR: bring
    /// Brings a row to this commit at least, and no further than to `most`.
    pub(crate) async fn bring(
        &self,
        generation: Generation,
        stream: &StreamId,
        commit: u64,
        most: u64,
    ) -> Result<Reached, Behind> {
        for _ in 0..TRIES {
            let before = self.rows.get(generation, stream).await?;
            let mut reached = Reached {
                commit: before.commit,
                news: None,
            };
            if before.commit >= commit {
                return Ok(reached);
            }
            let (now, news) = self.fold(stream, before.clone(), commit, most).await?;
            if now.commit == before.commit {
                return Ok(reached);
            }
            reached = Reached {
                commit: now.commit,
                news,
            };
            let put = self.rows.put(generation, stream, &before, now).await?;
            if put == Put::There {
                return Ok(reached);
            }
        }
        Err(Behind::Contended(stream.clone()))
    }
    // ANCHOR_END: bring

    // ANCHOR: fold
    /// A row after what its stream has besides, up to this commit at least; and when the last
    /// of that was decided.
    pub(crate) async fn fold(
        &self,
        stream: &StreamId,
        mut at: At<V::Row>,
        commit: u64,
        most: u64,
    ) -> Result<(At<V::Row>, Option<Duration>), Behind> {
        let mut news = None;
        while at.commit < commit.min(most) {
            let mut page = self.streams.read(stream, at.commit, PAGE).await?;
            page.retain(|commit| commit.number <= most);
            let Some(last) = page.last() else {
                break;
            };
            news = Some(last.at);
            let events = page.iter().flat_map(|commit| &commit.events);
            at = At {
                commit: last.number,
                row: events.fold(at.row, V::apply),
            };
        }
        Ok((at, news))
    }
    // ANCHOR_END: fold

    // ANCHOR: sweep
    /// Looks after all streams, as if each had said that it has something new: for what
    /// nobody has said, or nobody has heard. Says how many rows were behind.
    ///
    /// # Errors
    ///
    /// When the view is [`Behind`] after it.
    pub async fn sweep(&self) -> Result<u64, Behind> {
        let (mut last, mut behind) = (None, 0);
        while let Some(streams) = self.list(last.as_ref()).await? {
            let heard = streams.iter().map(|name| self.heard(name, u64::MAX));
            let mut heard = stream::iter(heard).buffer_unordered(AT_ONCE);
            while let Some(reached) = heard.try_next().await? {
                behind += u64::from(reached.news.is_some());
            }
            drop(heard);
            last = streams.into_iter().next_back();
        }
        Ok(behind)
    }
    // ANCHOR_END: sweep

    /// The streams after this one, a page of them, if there are any.
    pub(crate) async fn list(
        &self,
        after: Option<&StreamId>,
    ) -> Result<Option<Vec<StreamId>>, Behind> {
        let streams = self.streams.backend();
        let streams = streams.streams(V::STREAMS, after, LIST).await?;
        Ok(Some(streams).filter(|streams| !streams.is_empty()))
    }
}
