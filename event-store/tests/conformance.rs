//! The promises of a backend, of all that there are here; and whether the suite sees
//! one that is broken.

#[path = "shared/database.rs"]
mod database;

use std::env;

use anyhow::{Result, anyhow};
use event_store::conformance::{self, PROMISES};
use event_store::{Appended, AppendedAll, Backend, Commit, Dynamo, Fault, Memory, StreamId};

#[tokio::test]
async fn memory_keeps_them() {
    assert_eq!(conformance::all(&Memory::default(), "run").await, Ok(()));
}

#[tokio::test]
async fn the_embedded_database_keeps_them() -> Result<()> {
    let (_local, dynamo) = database::open().await?;
    assert_eq!(conformance::all(&dynamo, "run").await, Ok(()));
    Ok(())
}

/// In a table that is there, which costs some cents, with the credentials of the environment.
#[tokio::test]
async fn the_database_of_aws_keeps_them() -> Result<()> {
    if env::var_os("BOOK_TEST_AWS").is_none_or(|set| set != "1") {
        println!("not run: it needs an account of AWS; set BOOK_TEST_AWS=1");
        return Ok(());
    }
    let table = env::var("EVENT_STORE_TABLE").map_err(|_| {
        anyhow!("EVENT_STORE_TABLE is not set: it is a table that is made if there is none")
    })?;
    let config = aws_config::load_defaults(aws_config::BehaviorVersion::v2026_01_12()).await;
    let client = aws_sdk_dynamodb::Client::new(&config);
    Dynamo::make(&client, &table).await?;
    let run = event_store::Command::once().key;
    let kept = conformance::all(&Dynamo::new(&client, &table), &run).await;
    assert_eq!(kept, Ok(()));
    Ok(())
}

/// A backend with something wrong in it.
struct Wrong {
    memory: Memory,
    how: How,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum How {
    /// It forgets whose commit it is.
    ForgetsTheCommand,
    /// The last to come is kept.
    Overwrites,
    /// It says that it has written what was there.
    SaysYes,
    /// What was written last is not read.
    IsLate,
    /// It counts from the other end.
    ReadsForwards,
    /// It knows streams by the beginning of their names.
    MixesStreams,
    /// It writes one after the other until one does not go.
    WritesHalf,
    /// It lists a stream for each commit.
    ListsTwice,
    /// It takes what is too large, and cuts it.
    Cuts,
}

impl Backend for Wrong {
    async fn append(&self, commit: &Commit) -> Result<Appended, Fault> {
        let mut commit = commit.clone();
        match self.how {
            How::ForgetsTheCommand => commit.command.key.clear(),
            How::Overwrites => self.memory.lose(&commit.stream, commit.number),
            How::MixesStreams => {
                let name = commit.stream.0.split('#').next().unwrap_or_default();
                commit.stream = name.into();
            }
            How::Cuts => {
                let text = commit.events[0].body.to_string();
                if text.len() > 300_000 {
                    commit.events[0].body = serde_json::json!("x");
                }
            }
            _ => {}
        }
        match self.memory.append(&commit).await? {
            Appended::There(_) if self.how == How::SaysYes => Ok(Appended::Written),
            told => Ok(told),
        }
    }

    async fn append_all(&self, commits: &[Commit]) -> Result<AppendedAll, Fault> {
        if self.how != How::WritesHalf {
            return self.memory.append_all(commits).await;
        }
        let mut there = vec![];
        for (place, commit) in commits.iter().enumerate() {
            if let Appended::There(commit) = self.memory.append(commit).await? {
                there.push((place, *commit));
            }
        }
        Ok(if there.is_empty() {
            AppendedAll::Written
        } else {
            AppendedAll::There(there)
        })
    }

    async fn backwards(
        &self,
        stream: &StreamId,
        up_to: Option<u64>,
        most: u32,
    ) -> Result<Vec<Commit>, Fault> {
        match self.how {
            How::IsLate => {
                let mut found = self.memory.backwards(stream, up_to, most + 1).await?;
                if up_to.is_none() && found.len() > 1 {
                    found.remove(0);
                }
                Ok(found)
            }
            How::ReadsForwards => self.memory.forwards(stream, 0, most).await,
            How::MixesStreams => {
                let name = stream.0.split('#').next().unwrap_or_default();
                self.memory.backwards(&name.into(), up_to, most).await
            }
            _ => self.memory.backwards(stream, up_to, most).await,
        }
    }

    async fn forwards(
        &self,
        stream: &StreamId,
        after: u64,
        most: u32,
    ) -> Result<Vec<Commit>, Fault> {
        self.memory.forwards(stream, after, most).await
    }

    async fn streams(
        &self,
        prefix: &str,
        after: Option<&StreamId>,
        most: u32,
    ) -> Result<Vec<StreamId>, Fault> {
        let mut names = self.memory.streams(prefix, after, most).await?;
        if self.how == How::ListsTwice {
            names.extend(names.clone());
        }
        Ok(names)
    }
}

#[tokio::test(start_paused = true)]
async fn each_promise_can_be_broken() {
    let wrong = [
        How::ForgetsTheCommand,
        How::Overwrites,
        How::SaysYes,
        How::IsLate,
        How::ReadsForwards,
        How::MixesStreams,
        How::WritesHalf,
        How::ListsTwice,
        How::Cuts,
    ];
    for (how, promise) in wrong.into_iter().zip(PROMISES) {
        let memory = Memory::default();
        let told = conformance::all(&Wrong { memory, how }, "run").await;
        let broken = told.expect_err(promise);
        assert!(
            broken.iter().any(|broken| broken.promise == promise),
            "{how:?}: {broken:?}"
        );
    }
}
