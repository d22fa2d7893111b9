//! Commits in the memory of this process: for tests, and for those who want to see how
//! little a backend is.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::backend::{Appended, AppendedAll, Backend, Fault};
use crate::commit::{Commit, MAX_BYTES, StreamId};
use crate::item;

// ANCHOR: memory
/// Commits by stream and number. They are lost with the process.
#[derive(Debug, Default)]
pub struct Memory(Mutex<BTreeMap<StreamId, BTreeMap<u64, Commit>>>);

impl Backend for Memory {
    async fn append(&self, commit: &Commit) -> Result<Appended, Fault> {
        fits(commit)?;
        let mut streams = self.lock();
        let stream = streams.entry(commit.stream.clone()).or_default();
        if let Some(there) = stream.get(&commit.number) {
            return Ok(Appended::There(Box::new(there.clone())));
        }
        stream.insert(commit.number, commit.clone());
        Ok(Appended::Written)
    }
    // ANCHOR_END: memory

    async fn append_all(&self, commits: &[Commit]) -> Result<AppendedAll, Fault> {
        commits.iter().try_for_each(fits)?;
        let mut streams = self.lock();
        let there = |commit: &Commit| streams.get(&commit.stream)?.get(&commit.number).cloned();
        let there = commits.iter().map(there).enumerate();
        let there: Vec<(usize, Commit)> = there
            .filter_map(|(place, commit)| Some((place, commit?)))
            .collect();
        if !there.is_empty() {
            return Ok(AppendedAll::There(there));
        }
        for commit in commits {
            let stream = streams.entry(commit.stream.clone()).or_default();
            stream.insert(commit.number, commit.clone());
        }
        Ok(AppendedAll::Written)
    }

    async fn backwards(
        &self,
        stream: &StreamId,
        up_to: Option<u64>,
        most: u32,
    ) -> Result<Vec<Commit>, Fault> {
        let streams = self.lock();
        let commits = streams.get(stream).into_iter();
        let commits = commits.flat_map(|commits| commits.range(..=up_to.unwrap_or(u64::MAX)).rev());
        Ok(commits
            .take(most as usize)
            .map(|(_, commit)| commit.clone())
            .collect())
    }

    async fn forwards(
        &self,
        stream: &StreamId,
        after: u64,
        most: u32,
    ) -> Result<Vec<Commit>, Fault> {
        let streams = self.lock();
        let commits = streams.get(stream).into_iter();
        let commits = commits.flat_map(|commits| commits.range(after.saturating_add(1)..));
        Ok(commits
            .take(most as usize)
            .map(|(_, commit)| commit.clone())
            .collect())
    }

    async fn streams(
        &self,
        prefix: &str,
        after: Option<&StreamId>,
        most: u32,
    ) -> Result<Vec<StreamId>, Fault> {
        let streams = self.lock();
        // Only the first commit of a stream lists it, as in the table's index.
        let listed = streams
            .iter()
            .filter(|(_, commits)| commits.contains_key(&1));
        let names = listed.map(|(name, _)| name);
        let names = names.filter(|name| name.0.starts_with(prefix));
        let names = names.filter(|name| after.is_none_or(|after| *name > after));
        Ok(names.take(most as usize).cloned().collect())
    }
}

impl Memory {
    /// Somebody deletes a commit, which nobody ever should.
    pub fn lose(&self, stream: &StreamId, number: u64) {
        let mut streams = self.lock();
        if let Some(commits) = streams.get_mut(stream) {
            commits.remove(&number);
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<StreamId, BTreeMap<u64, Commit>>> {
        // A commit is there or not, wherever a thread has panicked.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What `DynamoDB` refuses is refused here.
fn fits(commit: &Commit) -> Result<(), Fault> {
    let bytes = item::size(&item::write(commit, 1));
    if bytes <= MAX_BYTES {
        return Ok(());
    }
    Err(Fault::Refused(format!("an item of {bytes} bytes")))
}
