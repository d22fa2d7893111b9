//! How a commit is made and written.

use std::time::Duration;

use tokio::time::sleep;

use super::{Issued, Store};
use crate::backend::{Appended, AppendedAll, Backend, Fault};
use crate::commit::{Commit, MAX_BYTES, MAX_EVENTS, Snapshot};
use crate::decider::Stored;
use crate::error::Failure;
use crate::head::Head;
use crate::item;

/// The first pause is shorter than this.
const FIRST: Duration = Duration::from_millis(25);

/// And none is longer than this.
const LONGEST: Duration = Duration::from_millis(400);

impl<D, B> Store<D, B>
where
    D: Stored<State: Send, Event: Send, Error: Send, Command: Sync>,
    B: Backend,
{
    /// The commit that comes next if this happens, and what is known after it.
    ///
    /// # Errors
    ///
    /// When it is larger than a commit may be.
    pub(crate) fn commit(
        &self,
        head: &Head<D>,
        issued: &Issued,
        events: &[D::Event],
    ) -> Result<(Commit, Head<D>), Failure> {
        if events.len() > MAX_EVENTS {
            return Err(Failure::TooMany {
                stream: head.stream.clone(),
                events: events.len(),
            });
        }
        let mut commit = Commit {
            stream: head.stream.clone(),
            number: head.number + 1,
            events: events.iter().map(D::record).collect(),
            holds: head.holds + events.len() as u64,
            command: issued.command.clone(),
            state: None,
            at: issued.at,
            correlation: issued.correlation.clone(),
            causation: issued.causation.clone(),
        };
        // What cannot be read again is found before it is written.
        let next = head.clone().after(&commit, &self.settings)?;
        let snapshot = next.snapshot();
        if self.settings.carries(bytes(&snapshot), commit.number) {
            commit.state = Some(snapshot);
        }
        fit(&mut commit)?;
        Ok((commit, next))
    }

    pub(crate) async fn append(&self, commit: &Commit) -> Result<Appended, Failure> {
        self.patiently(|| self.backend.append(commit)).await
    }

    pub(crate) async fn append_all(&self, commits: &[Commit]) -> Result<AppendedAll, Failure> {
        self.patiently(|| self.backend.append_all(commits)).await
    }

    // ANCHOR: patiently
    /// Makes a call, and again after a pause if it failed for a reason that passes. A
    /// commit that was written without an answer is met by the next call, which knows it
    /// by its key.
    pub(crate) async fn patiently<T, F>(&self, call: impl Fn() -> F) -> Result<T, Failure>
    where
        F: Future<Output = Result<T, Fault>>,
    {
        let mut unclear = None;
        for tries in 1.. {
            match call().await {
                Ok(done) => return Ok(done),
                Err(Fault::Throttled) => {}
                Err(Fault::Unclear(what)) => unclear = Some(what),
                Err(fault) => return Err(Failure::Backend(fault)),
            }
            if tries >= self.settings.tries {
                return Err(unclear.map_or(Failure::Busy { tries }, Failure::Unclear));
            }
            sleep(pause(tries)).await;
        }
        unreachable!("there is no last try")
    }
    // ANCHOR_END: patiently
}

/// Leaves a state out with which a commit is too large.
fn fit(commit: &mut Commit) -> Result<(), Failure> {
    let size = |commit: &Commit| item::size(&item::write(commit, 1));
    if size(commit) <= MAX_BYTES {
        return Ok(());
    }
    commit.state = None;
    let bytes = size(commit);
    if bytes <= MAX_BYTES {
        return Ok(());
    }
    Err(Failure::TooLarge {
        stream: commit.stream.clone(),
        number: commit.number,
        bytes,
    })
}

/// Twice as long each time, up to a limit, and chance decides how much of that.
pub(crate) fn pause(tries: u32) -> Duration {
    let longest = LONGEST.min(FIRST * 2_u32.saturating_pow(tries.min(10) - 1));
    longest.mul_f64(fastrand::f64())
}

fn bytes(snapshot: &Snapshot) -> usize {
    snapshot.body.to_string().len() + serde_json::json!(snapshot.known).to_string().len()
}
