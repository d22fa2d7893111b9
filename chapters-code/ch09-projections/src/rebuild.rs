//! Makes a view anew, while customers look at the old one.

use std::time::Duration;

use event_store::{Backend, Decider};
use tokio::time::sleep;

use crate::projector::{Behind, Projector};
use crate::rows::{Generations, Rows};
use crate::views::View;

/// How late the list of streams may be, and how long whoever has heard something may need
/// until it is done with it.
#[derive(Debug, Clone, Copy)]
pub struct Lateness(pub Duration);

impl<V, B, R> Projector<'_, V, B, R>
where
    V: View<Row: Send>,
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
    pub async fn rebuild(&self, late: Lateness) -> Result<(), Behind> {
        let before = self.rows.generations().await?;
        let next = before.building.unwrap_or(before.current) + 1;
        let building = Some(next);
        let current = before.current;
        let both = Generations { current, building };
        self.change(before, both).await?;
        sleep(late.0).await;
        let mut last = None;
        while let Some(streams) = self.list(last.as_ref()).await? {
            for stream in &streams {
                self.bring(next, stream, u64::MAX, u64::MAX).await?;
            }
            last = streams.into_iter().next_back();
        }
        let (current, building) = (next, None);
        let switched = Generations { current, building };
        self.change(both, switched).await
    }
    // ANCHOR_END: rebuild

    async fn change(&self, before: Generations, now: Generations) -> Result<(), Behind> {
        let is_changed = self.rows.set_generations(before, now).await?;
        is_changed.then_some(()).ok_or(Behind::Another)
    }
}
