//! Where rows are.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use event_store::StreamId;

/// A row, and how far its stream was read for it.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct At<R> {
    /// The last commit that is in the row; 0 if none is.
    pub commit: u64,
    /// What is known after it.
    pub row: R,
}

/// Rows are away. What was to be written may be there, or not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the rows are away: {0}")]
pub struct Away(pub String);

/// The number of a whole set of rows: a view that is made anew gets the next.
pub type Generation = u64;

// ANCHOR: rows
/// Rows by stream, in one or two generations.
pub trait Rows: Send + Sync {
    /// What a row is.
    type Row: Default + Clone + Send;

    /// The row of a stream, as it was written last.
    fn get(
        &self,
        of: Generation,
        stream: &StreamId,
    ) -> impl Future<Output = Result<At<Self::Row>, Away>> + Send;

    /// Writes a row, unless there is one of the same commit or of a later one: the row and
    /// how far it is are one item, and one condition guards both.
    fn put(
        &self,
        of: Generation,
        stream: &StreamId,
        row: At<Self::Row>,
    ) -> impl Future<Output = Result<(), Away>> + Send;

    /// Which generation is read, and which is being made, if one is.
    fn generations(&self) -> impl Future<Output = Result<Generations, Away>> + Send;

    /// Changes that, if it is still as it was `before`; says whether it was.
    fn set_generations(
        &self,
        before: Generations,
        now: Generations,
    ) -> impl Future<Output = Result<bool, Away>> + Send;
}
// ANCHOR_END: rows

/// Which generation is read, and which is being made.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Generations {
    /// The one that customers see.
    pub current: Generation,
    /// The one that is being made.
    pub building: Option<Generation>,
}

impl Generations {
    /// All that have to hear of what is new. The one that is being made comes first, so that
    /// it is never behind the other, whenever they change places.
    pub fn all(self) -> impl Iterator<Item = Generation> {
        [self.building, Some(self.current)].into_iter().flatten()
    }
}

/// Rows in the memory of this process, for tests.
#[derive(Debug)]
pub struct Memory<R> {
    rows: Mutex<BTreeMap<(Generation, StreamId), At<R>>>,
    generations: Mutex<Generations>,
}

impl<R> Default for Memory<R> {
    fn default() -> Self {
        Self {
            rows: Mutex::default(),
            generations: Mutex::default(),
        }
    }
}

impl<R: Default + Clone + Send> Memory<R> {
    /// All rows of a generation.
    #[must_use]
    pub fn all(&self, of: Generation) -> BTreeMap<StreamId, At<R>> {
        let rows = lock(&self.rows);
        let rows = rows.iter().filter(|((generation, _), _)| *generation == of);
        rows.map(|((_, stream), row)| (stream.clone(), row.clone()))
            .collect()
    }

    /// Writes a row, whatever is there: what no view should do.
    pub fn overwrite(&self, of: Generation, stream: &StreamId, row: At<R>) {
        lock(&self.rows).insert((of, stream.clone()), row);
    }
}

impl<R: Default + Clone + Send> Rows for Memory<R> {
    type Row = R;

    async fn get(&self, of: Generation, stream: &StreamId) -> Result<At<R>, Away> {
        let rows = lock(&self.rows);
        let row = rows.get(&(of, stream.clone())).cloned();
        Ok(row.unwrap_or_else(|| At {
            commit: 0,
            row: R::default(),
        }))
    }

    async fn put(&self, of: Generation, stream: &StreamId, row: At<R>) -> Result<(), Away> {
        let mut rows = lock(&self.rows);
        let there = rows.get(&(of, stream.clone()));
        if there.is_none_or(|there| there.commit < row.commit) {
            rows.insert((of, stream.clone()), row);
        }
        Ok(())
    }

    async fn generations(&self) -> Result<Generations, Away> {
        Ok(*lock(&self.generations))
    }

    async fn set_generations(&self, before: Generations, now: Generations) -> Result<bool, Away> {
        let mut generations = lock(&self.generations);
        let is_still = *generations == before;
        if is_still {
            *generations = now;
        }
        Ok(is_still)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
