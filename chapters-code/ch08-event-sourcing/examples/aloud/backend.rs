//! A memory that is asked aloud.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use event_store::{Appended, AppendedAll, Backend, Commit, Fault, Memory, StreamId};

/// Does something while a shop is about to write.
pub type Meanwhile = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What a process asks of the commits that it shares with others.
pub struct Aloud {
    name: &'static str,
    commits: Arc<Memory>,
    meanwhile: Mutex<Option<Meanwhile>>,
}

impl Aloud {
    /// What the process of this name asks.
    pub fn new(name: &'static str, commits: &Arc<Memory>) -> Self {
        Self {
            name,
            commits: Arc::clone(commits),
            meanwhile: Mutex::default(),
        }
    }

    /// This happens before the next commit is written.
    pub fn meanwhile(&self, happens: Meanwhile) {
        *self.due() = Some(happens);
    }

    fn due(&self) -> MutexGuard<'_, Option<Meanwhile>> {
        self.meanwhile
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn says_what_it_reads(&self, commits: &[Commit]) {
        let numbers = commits.iter().map(|commit| format!(" {}", commit.number));
        println!("{} reads{}", self.name, numbers.collect::<String>());
    }
}

impl Backend for Aloud {
    async fn append(&self, commit: &Commit) -> Result<Appended, Fault> {
        let due = self.due().take();
        if let Some(happens) = due {
            happens.await;
        }
        let appended = self.commits.append(commit).await?;
        let what = match appended {
            Appended::Written => "writes",
            Appended::There(_) => "is too late for",
        };
        println!("{} {what} {}", self.name, commit.number);
        Ok(appended)
    }

    async fn append_all(&self, commits: &[Commit]) -> Result<AppendedAll, Fault> {
        self.commits.append_all(commits).await
    }

    async fn backwards(
        &self,
        stream: &StreamId,
        up_to: Option<u64>,
        most: u32,
    ) -> Result<Vec<Commit>, Fault> {
        let commits = self.commits.backwards(stream, up_to, most).await?;
        self.says_what_it_reads(&commits);
        Ok(commits)
    }

    async fn forwards(
        &self,
        stream: &StreamId,
        after: u64,
        most: u32,
    ) -> Result<Vec<Commit>, Fault> {
        let commits = self.commits.forwards(stream, after, most).await?;
        self.says_what_it_reads(&commits);
        Ok(commits)
    }

    async fn streams(
        &self,
        prefix: &str,
        after: Option<&StreamId>,
        most: u32,
    ) -> Result<Vec<StreamId>, Fault> {
        self.commits.streams(prefix, after, most).await
    }
}
