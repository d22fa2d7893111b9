//! The way to the streams.

use std::sync::Arc;
use std::time::Duration;

use ch10_processes::checkout::CheckoutId;
use event_store::{Appended, AppendedAll, Backend, Commit, Fault, StreamId};
use tokio::time::Instant;

use crate::day::Day;

/// How late the list of streams may be.
pub const LATE: Duration = Duration::from_secs(2);

const BEFORE: &str = "deaths before a call to the streams";
const AFTER: &str = "deaths after a call to the streams, before its answer";

/// What a performer sees of the streams.
#[derive(Clone)]
pub struct Wire(pub Arc<Day>);

impl Wire {
    async fn call<T>(&self, call: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
        self.0.step(BEFORE).await;
        if self.0.is_bad(2) {
            self.0.count("calls that the streams had no time for");
            return Err(Fault::Throttled);
        }
        let done = call.await;
        self.0.step(AFTER).await;
        if self.0.is_bad(2) {
            self.0.count("answers of the streams lost");
            return Err(Fault::Unclear("it is lost".to_owned()));
        }
        done
    }

    async fn write(&self, commit: &Commit) -> Result<Appended, Fault> {
        let appended = self.0.memory.append(commit).await?;
        let checkout = CheckoutId::of(&commit.stream);
        match (&appended, checkout) {
            (Appended::Written, Some(checkout)) => self.0.begun(&checkout),
            (Appended::Written, None) => {}
            (Appended::There(_), _) => self.0.count("commits that others were faster with"),
        }
        Ok(appended)
    }
}

impl Day {
    /// A checkout has a new commit.
    pub fn begun(self: &Arc<Self>, checkout: &CheckoutId) {
        let mut begun = self.begun.lock().expect("nobody panics");
        begun.entry(checkout.stream()).or_insert_with(Instant::now);
        drop(begun);
        self.ring(checkout);
    }
}

impl Backend for Wire {
    async fn append(&self, commit: &Commit) -> Result<Appended, Fault> {
        self.call(self.write(commit)).await
    }

    async fn append_all(&self, _: &[Commit]) -> Result<AppendedAll, Fault> {
        Err(Fault::Refused("nobody needs it".to_owned()))
    }

    async fn backwards(
        &self,
        stream: &StreamId,
        up_to: Option<u64>,
        most: u32,
    ) -> Result<Vec<Commit>, Fault> {
        self.call(self.0.memory.backwards(stream, up_to, most))
            .await
    }

    async fn forwards(
        &self,
        stream: &StreamId,
        after: u64,
        most: u32,
    ) -> Result<Vec<Commit>, Fault> {
        self.call(self.0.memory.forwards(stream, after, most)).await
    }

    async fn streams(
        &self,
        prefix: &str,
        after: Option<&StreamId>,
        most: u32,
    ) -> Result<Vec<StreamId>, Fault> {
        let streams = self.0.memory.streams(prefix, after, most);
        let mut streams = self.call(streams).await?;
        let begun = self.0.begun.lock().expect("nobody panics");
        let before = streams.len();
        streams.retain(|stream| begun[stream].elapsed() > LATE);
        if streams.len() < before {
            self.0.count("checkouts that were not listed yet");
        }
        Ok(streams)
    }
}
