//! Makes a view anew, while customers look at the old one.

use std::ops::AddAssign;
use std::time::Duration;

use event_store::{Backend, Decider, StreamId};
use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::time::sleep;

use crate::projector::{AT_ONCE, Behind, Projector};
use crate::rows::{At, Generation, Generations, Rows};
use crate::views::View;

/// How late the list of streams may be, and how long whoever has heard something may need
/// until it is done with it.
#[derive(Debug, Clone, Copy)]
pub struct Lateness(pub Duration);

/// What a view was made of.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Rebuilt {
    /// Streams.
    pub streams: u64,
    /// Their commits.
    pub commits: u64,
}

impl AddAssign for Rebuilt {
    fn add_assign(&mut self, other: Self) {
        self.streams += other.streams;
        self.commits += other.commits;
    }
}

impl<V, B, R> Projector<'_, V, B, R>
where
    V: View<Row: Send + Sync>,
    V::Of: Decider<State: Send, Event: Send, Error: Send, Command: Sync>,
    B: Backend,
    R: Rows<Row = V::Row>,
{
    // ANCHOR: rebuild
    /// Makes all rows anew, and then shows them in the place of the old ones.
    ///
    /// From its first step on, whatever is new is brought into both generations. Then it waits,
    /// for two reasons: who has heard something just before may still be at it and knows of
    /// one generation only, and a stream that is newer than the list is not on the list.
    /// What is older is on it by then, and what is newer was heard by whoever knows of both.
    ///
    /// If it ends in between, nothing is lost: the next one begins anew. Of two at once, the
    /// one that began later is the one that ends.
    ///
    /// # Errors
    ///
    /// When rows or streams are away, or somebody else has begun to do the same. Customers
    /// then see what they have seen before.
    pub async fn rebuild(&self, late: Lateness) -> Result<Rebuilt, Behind> {
        let before = self.rows.generations().await?;
        let next = before.building.unwrap_or(before.current) + 1;
        let building = Some(next);
        let both = Generations { building, ..before };
        self.change(before, both).await?;
        sleep(late.0).await;
        let (mut last, mut rebuilt) = (None, Rebuilt::default());
        while let Some(streams) = self.list(last.as_ref()).await? {
            rebuilt += self.make(next, &streams).await?;
            if self.rows.generations().await? != both {
                return Err(Behind::Another);
            }
            last = streams.into_iter().next_back();
        }
        let (current, building) = (next, None);
        let switched = Generations {
            current,
            building,
            ..before
        };
        self.change(both, switched).await?;
        Ok(rebuilt)
    }
    // ANCHOR_END: rebuild

    /// Makes these rows. As far as anybody knows there are none, and they are not looked for:
    /// whoever has written one meanwhile is met when it is written again.
    async fn make(&self, of: Generation, streams: &[StreamId]) -> Result<Rebuilt, Behind> {
        let folds = streams.iter().cloned();
        let folds = folds.map(|stream| self.whole(stream));
        let rows: Vec<(StreamId, At<V::Row>)> = stream::iter(folds)
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        let made = Rebuilt {
            streams: rows.len() as u64,
            commits: rows.iter().map(|(_, at)| at.commit).sum(),
        };
        for stream in self.rows.begin(of, rows).await? {
            self.bring(of, &stream, u64::MAX, u64::MAX).await?;
        }
        Ok(made)
    }

    async fn whole(&self, stream: StreamId) -> Result<(StreamId, At<V::Row>), Behind> {
        let whole = self.fold(&stream, At::default(), u64::MAX, u64::MAX);
        let (at, _) = whole.await?;
        Ok((stream, at))
    }

    // ANCHOR: clear
    /// Deletes the rows that nobody looks at any more: those of all generations but the
    /// current one and the one before it, which who has begun to look at it may still read.
    /// Their names are those of the streams. Whoever is late may write one again, which
    /// nobody will see.
    ///
    /// # Errors
    ///
    /// When rows or streams are away, or somebody makes the view anew. What is left is deleted
    /// the next time.
    pub async fn clear(&self, before: Generation) -> Result<(), Behind> {
        let now = self.rows.generations().await?;
        if now.building.is_some() {
            return Err(Behind::Another);
        }
        let old = (now.oldest..now.current).filter(|generation| *generation != before);
        let old: Vec<Generation> = old.collect();
        let mut last = None;
        while !old.is_empty()
            && let Some(streams) = self.list(last.as_ref()).await?
        {
            for generation in &old {
                self.rows.remove(*generation, &streams).await?;
            }
            last = streams.into_iter().next_back();
        }
        let oldest = before.min(now.current);
        self.change(now, Generations { oldest, ..now }).await
    }
    // ANCHOR_END: clear

    async fn change(&self, before: Generations, now: Generations) -> Result<(), Behind> {
        let is_changed = self.rows.set_generations(before, now).await?;
        is_changed.then_some(()).ok_or(Behind::Another)
    }
}
