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

/// What became of a row that was to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// It is there, or one that is as far or further.
    There,
    /// The one that it was made of is not there any more, and nothing was written.
    Changed,
}

// ANCHOR: rows
/// Rows by stream, in one or two generations.
pub trait Rows: Send + Sync {
    /// What a row is.
    type Row: Default + Clone + Send + Sync;

    /// The row of a stream, as it was written last.
    fn get(
        &self,
        of: Generation,
        stream: &StreamId,
    ) -> impl Future<Output = Result<At<Self::Row>, Away>> + Send;

    /// Writes a row that was made of what was there `before`, and never over one of a later
    /// commit: the row and how far it is are one item, and one condition guards both.
    fn put(
        &self,
        of: Generation,
        stream: &StreamId,
        before: &At<Self::Row>,
        now: At<Self::Row>,
    ) -> impl Future<Output = Result<Put, Away>> + Send;

    /// Writes rows where, as far as anybody knows, there is none. Gives the streams whose
    /// rows were [`Put::Changed`]; of the others it is there.
    fn begin(
        &self,
        of: Generation,
        rows: Vec<(StreamId, At<Self::Row>)>,
    ) -> impl Future<Output = Result<Vec<StreamId>, Away>> + Send;

    /// Deletes rows of a generation that nobody looks at any more.
    fn remove(
        &self,
        of: Generation,
        streams: &[StreamId],
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
    /// The first of which there may be rows.
    pub oldest: Generation,
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
    all: Mutex<All<R>>,
    /// What a row contributes to the sum, where there is one.
    amount: Option<fn(&R) -> i64>,
}

#[derive(Debug)]
struct All<R> {
    rows: BTreeMap<(Generation, StreamId), At<R>>,
    totals: BTreeMap<Generation, i64>,
    generations: Generations,
}

impl<R> Default for Memory<R> {
    fn default() -> Self {
        let all = All {
            rows: BTreeMap::new(),
            totals: BTreeMap::new(),
            generations: Generations::default(),
        };
        let (all, amount) = (Mutex::new(all), None);
        Self { all, amount }
    }
}

impl<R: Default + Clone + Send> Memory<R> {
    /// Rows of which the sum is kept, too.
    #[must_use]
    pub fn summed(amount: fn(&R) -> i64) -> Self {
        let amount = Some(amount);
        Self {
            amount,
            ..Self::default()
        }
    }

    /// All rows of a generation.
    #[must_use]
    pub fn all(&self, of: Generation) -> BTreeMap<StreamId, At<R>> {
        let all = self.lock();
        let rows = all.rows.iter();
        let rows = rows.filter(|((generation, _), _)| *generation == of);
        rows.map(|((_, stream), row)| (stream.clone(), row.clone()))
            .collect()
    }

    /// The sum of a generation.
    #[must_use]
    pub fn total(&self, of: Generation) -> i64 {
        self.lock().totals.get(&of).copied().unwrap_or_default()
    }

    /// Writes a row, whatever is there: what no view should do.
    pub fn overwrite(&self, of: Generation, stream: &StreamId, before: &At<R>, now: At<R>) {
        self.write(&mut self.lock(), of, stream, before, now);
    }

    fn write(
        &self,
        all: &mut All<R>,
        of: Generation,
        stream: &StreamId,
        before: &At<R>,
        now: At<R>,
    ) {
        if let Some(amount) = self.amount {
            *all.totals.entry(of).or_default() += amount(&now.row) - amount(&before.row);
        }
        all.rows.insert((of, stream.clone()), now);
    }

    fn lock(&self) -> MutexGuard<'_, All<R>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<R: Default + Clone + Send + Sync> Rows for Memory<R> {
    type Row = R;

    async fn get(&self, of: Generation, stream: &StreamId) -> Result<At<R>, Away> {
        let row = self.lock().rows.get(&(of, stream.clone())).cloned();
        Ok(row.unwrap_or_default())
    }

    async fn put(
        &self,
        of: Generation,
        stream: &StreamId,
        before: &At<R>,
        now: At<R>,
    ) -> Result<Put, Away> {
        let mut all = self.lock();
        let there = all.rows.get(&(of, stream.clone()));
        let there = there.map_or(0, |there| there.commit);
        if self.amount.is_some() && there != before.commit {
            return Ok(Put::Changed);
        }
        if there < now.commit {
            self.write(&mut all, of, stream, before, now);
        }
        Ok(Put::There)
    }

    async fn begin(
        &self,
        of: Generation,
        rows: Vec<(StreamId, At<R>)>,
    ) -> Result<Vec<StreamId>, Away> {
        let mut changed = vec![];
        for (stream, row) in rows {
            if self.put(of, &stream, &At::default(), row).await? == Put::Changed {
                changed.push(stream);
            }
        }
        Ok(changed)
    }

    async fn remove(&self, of: Generation, streams: &[StreamId]) -> Result<(), Away> {
        let mut all = self.lock();
        for stream in streams {
            all.rows.remove(&(of, stream.clone()));
        }
        all.totals.remove(&of);
        Ok(())
    }

    async fn generations(&self) -> Result<Generations, Away> {
        Ok(self.lock().generations)
    }

    async fn set_generations(&self, before: Generations, now: Generations) -> Result<bool, Away> {
        let mut all = self.lock();
        let is_still = all.generations == before;
        if is_still {
            all.generations = now;
        }
        Ok(is_still)
    }
}
