//! Keeps a view up to date.

use event_store::{Backend, Decider, Failure, Store, StreamId};

use crate::rows::{At, Away, Generation, Rows};
use crate::views::View;

/// How many commits are read at once.
const PAGE: u32 = 100;

/// How many streams are listed at once.
const LIST: u32 = 100;

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
    /// Somebody else has begun to make the view anew.
    #[error("somebody else makes the view anew")]
    Another,
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
    V: View<Row: Send>,
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
    /// # Errors
    ///
    /// When the view is [`Behind`] after it.
    pub async fn heard(&self, stream: &StreamId, commit: u64) -> Result<(), Behind> {
        // A commit may be written while this is done. No generation is brought further than
        // the one before it, so that customers see nothing go back when they change places.
        let mut most = u64::MAX;
        for generation in self.rows.generations().await?.all() {
            most = self.bring(generation, stream, commit, most).await?;
        }
        Ok(())
    }

    /// Brings a row to this commit at least, and no further than to `most`; says how far it
    /// is then.
    pub(crate) async fn bring(
        &self,
        generation: Generation,
        stream: &StreamId,
        commit: u64,
        most: u64,
    ) -> Result<u64, Behind> {
        let mut at = self.rows.get(generation, stream).await?;
        if at.commit >= commit {
            return Ok(at.commit);
        }
        loop {
            let mut page = self.streams.read(stream, at.commit, PAGE).await?;
            page.retain(|commit| commit.number <= most);
            let Some(last) = page.last().map(|commit| commit.number) else {
                break;
            };
            let events = page.iter().flat_map(|commit| &commit.events);
            at = At {
                commit: last,
                row: events.fold(at.row, V::apply),
            };
        }
        let commit = at.commit;
        self.rows.put(generation, stream, at).await?;
        Ok(commit)
    }
    // ANCHOR_END: heard

    // ANCHOR: sweep
    /// Looks after all streams, as if each had said that it has something new: for what
    /// nobody has said, or nobody has heard.
    ///
    /// # Errors
    ///
    /// When the view is [`Behind`] after it.
    pub async fn sweep(&self) -> Result<(), Behind> {
        let mut last = None;
        while let Some(streams) = self.list(last.as_ref()).await? {
            for stream in &streams {
                self.heard(stream, u64::MAX).await?;
            }
            last = streams.into_iter().next_back();
        }
        Ok(())
    }
    // ANCHOR_END: sweep

    /// The streams after this one, a page of them, if there are any.
    pub(crate) async fn list(
        &self,
        after: Option<&StreamId>,
    ) -> Result<Option<Vec<StreamId>>, Behind> {
        let streams = self.streams.backend().streams("", after, LIST).await?;
        Ok(Some(streams).filter(|streams| !streams.is_empty()))
    }
}
