//! A backend in memory whose calls fare as somebody decides.

#![allow(dead_code, reason = "each test uses its part")]

use std::sync::{Arc, Mutex};

use event_store::{Appended, AppendedAll, Backend, Command, Commit, Fault, Memory, StreamId};
use tokio::task::yield_now;

/// How a call fares.
#[derive(Debug, Clone, PartialEq)]
pub enum Fate {
    Passes,
    /// Nothing is done.
    Refused(Fault),
    /// It is done, and the answer is lost.
    Lost,
    /// Somebody else writes that commit first.
    Overtaken,
}

/// A kind of call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    Write,
    Read,
}

type Fates = Box<dyn FnMut(Call) -> Fate + Send>;

pub struct Faulty {
    pub memory: Arc<Memory>,
    fates: Mutex<Fates>,
}

impl Faulty {
    pub fn new(memory: Arc<Memory>, fates: impl FnMut(Call) -> Fate + Send + 'static) -> Self {
        let fates: Mutex<Fates> = Mutex::new(Box::new(fates));
        Self { memory, fates }
    }

    async fn fate(&self, call: Call) -> Fate {
        // Somebody else's turn, as wherever a call goes through a network.
        yield_now().await;
        self.fates.lock().expect("nobody panics")(call)
    }

    async fn read<T>(&self, call: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
        match self.fate(Call::Read).await {
            Fate::Refused(fault) => Err(fault),
            Fate::Lost => Err(lost()),
            Fate::Passes | Fate::Overtaken => call.await,
        }
    }

    async fn overtake(&self, commit: &Commit) -> Result<(), Fault> {
        let mut theirs = commit.clone();
        theirs.command = Command::once();
        theirs.state = None;
        self.memory.append(&theirs).await.map(drop)
    }
}

fn lost() -> Fault {
    Fault::Unclear("it is lost".to_owned())
}

impl Backend for Faulty {
    async fn append(&self, commit: &Commit) -> Result<Appended, Fault> {
        match self.fate(Call::Write).await {
            Fate::Passes => self.memory.append(commit).await,
            Fate::Refused(fault) => Err(fault),
            Fate::Lost => {
                self.memory.append(commit).await?;
                Err(lost())
            }
            Fate::Overtaken => {
                self.overtake(commit).await?;
                self.memory.append(commit).await
            }
        }
    }

    async fn append_all(&self, commits: &[Commit]) -> Result<AppendedAll, Fault> {
        match self.fate(Call::Write).await {
            Fate::Passes => self.memory.append_all(commits).await,
            Fate::Refused(fault) => Err(fault),
            Fate::Lost => {
                self.memory.append_all(commits).await?;
                Err(lost())
            }
            Fate::Overtaken => Ok(AppendedAll::Busy),
        }
    }

    async fn backwards(
        &self,
        stream: &StreamId,
        up_to: Option<u64>,
        most: u32,
    ) -> Result<Vec<Commit>, Fault> {
        self.read(self.memory.backwards(stream, up_to, most)).await
    }

    async fn forwards(
        &self,
        stream: &StreamId,
        after: u64,
        most: u32,
    ) -> Result<Vec<Commit>, Fault> {
        self.read(self.memory.forwards(stream, after, most)).await
    }

    async fn streams(
        &self,
        prefix: &str,
        after: Option<&StreamId>,
        most: u32,
    ) -> Result<Vec<StreamId>, Fault> {
        self.read(self.memory.streams(prefix, after, most)).await
    }
}
