//! What a store relies on: nine promises of a backend, and a suite that asks for them.
//!
//! It runs against the memory of this process, against the embedded `DynamoDB`, and
//! against whatever else somebody wants to keep commits in.

use std::time::Duration;

use serde_json::json;
use tokio::time::sleep;

use crate::backend::{Appended, AppendedAll, Backend, Fault};
use crate::commit::{Command, Commit, MAX_BYTES, Record, Snapshot, StreamId};

/// A promise that was not kept, or could not be asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{promise}: {what}")]
pub struct Broken {
    /// The promise.
    pub promise: &'static str,
    /// What happened instead.
    pub what: String,
}

// ANCHOR: promises
/// The promises, each with what it is called.
pub const PROMISES: [&str; 9] = [
    "a commit comes back as it was written",
    "a number is given once, and whoever comes later is handed what is there",
    "of many who write one number at once, one does",
    "what was written is read at once, the newest first",
    "a stream is read from any commit, forwards and backwards",
    "a stream knows nothing of the others",
    "of several commits all are written, or none",
    "every stream is listed once, in the order of names, page by page",
    "a commit of 400 KB is written, and a larger one is refused as a whole",
];
// ANCHOR_END: promises

/// How often it is asked for a list that may be late.
const PATIENCE: u32 = 100;

const PAUSE: Duration = Duration::from_millis(100);

/// Asks a backend for all of them. `run` sets this run apart from those before it, whose
/// commits may still be there.
///
/// # Errors
///
/// All that are broken.
pub async fn all<B: Backend>(backend: &B, run: &str) -> Result<(), Vec<Broken>> {
    let suite = Suite { backend, run };
    let mut broken = vec![];
    for (number, promise) in PROMISES.into_iter().enumerate() {
        if let Err(Told(what)) = Box::pin(suite.ask(number)).await {
            broken.push(Broken { promise, what });
        }
    }
    if broken.is_empty() {
        return Ok(());
    }
    Err(broken)
}

struct Suite<'a, B> {
    backend: &'a B,
    run: &'a str,
}

/// What happened instead.
struct Told(String);

impl From<Fault> for Told {
    fn from(fault: Fault) -> Self {
        Self(fault.to_string())
    }
}

type Asked = Result<(), Told>;

fn ensure(holds: bool, what: impl FnOnce() -> String) -> Asked {
    if holds { Ok(()) } else { Err(Told(what())) }
}

impl<B: Backend> Suite<'_, B> {
    async fn ask(&self, number: usize) -> Asked {
        match number {
            0 => self.comes_back().await,
            1 => self.given_once().await,
            2 => self.one_of_many().await,
            3 => self.read_at_once().await,
            4 => self.at_any_commit().await,
            5 => self.nothing_of_others().await,
            6 => self.all_or_none().await,
            7 => self.listed().await,
            _ => self.sizes().await,
        }
    }

    fn stream(&self, name: &str) -> StreamId {
        StreamId(format!("{}-{name}", self.run))
    }

    async fn comes_back(&self) -> Asked {
        let mut commit = commit(&self.stream("odd"), 1);
        commit.events[0].body = json!({ "name": "Zoë \"\\ \u{1F422}", "empty": "", "none": null,
            "list": [1, -2.5, true, {}], "large": 9_007_199_254_740_991_u64 });
        commit.state = Some(Snapshot {
            version: 3,
            body: json!({ "home": null }),
            known: vec![commit.known()],
        });
        commit.correlation = Some("sale 7".into());
        self.write(&commit).await?;
        let found = self.backend.backwards(&commit.stream, None, 1).await?;
        ensure(found == [commit], || format!("it came back as {found:?}"))
    }

    async fn given_once(&self) -> Asked {
        let first = commit(&self.stream("once"), 1);
        let mut second = first.clone();
        second.command = Command::once();
        self.write(&first).await?;
        for again in [&second, &first] {
            let told = self.backend.append(again).await?;
            let due = Appended::There(Box::new(first.clone()));
            ensure(told == due, || format!("it said {told:?}"))?;
        }
        Ok(())
    }

    async fn one_of_many(&self) -> Asked {
        let stream = self.stream("many");
        let commits: Vec<Commit> = (0..20).map(|_| commit(&stream, 1)).collect();
        let mut written = vec![];
        // Two at a time is enough to find out, and needs no more of the backend than that
        // it can be called while it is being called.
        for pair in commits.chunks(2) {
            let (one, two) = (&pair[0], &pair[1]);
            let told = tokio::join!(self.backend.append(one), self.backend.append(two));
            for (told, commit) in [(told.0?, one), (told.1?, two)] {
                if told == Appended::Written {
                    written.push(commit);
                }
            }
        }
        ensure(written.len() == 1, || {
            format!("{} were told that they had written it", written.len())
        })?;
        let found = self.backend.backwards(&stream, None, 5).await?;
        ensure(found == [written[0].clone()], || {
            format!("there is {found:?}")
        })
    }

    async fn read_at_once(&self) -> Asked {
        let stream = self.stream("at once");
        for number in 1..=30 {
            self.write(&commit(&stream, number)).await?;
            let found = self.backend.backwards(&stream, None, 2).await?;
            let numbers: Vec<u64> = found.iter().map(|commit| commit.number).collect();
            let due: Vec<u64> = (1..=number).rev().take(2).collect();
            ensure(numbers == due, || {
                format!("{numbers:?} in the place of {due:?}")
            })?;
        }
        Ok(())
    }

    async fn at_any_commit(&self) -> Asked {
        let stream = self.stream("any");
        for number in 1..=12 {
            self.write(&commit(&stream, number)).await?;
        }
        let numbers = |found: Vec<Commit>| -> Vec<u64> {
            found.into_iter().map(|commit| commit.number).collect()
        };
        let back = numbers(self.backend.backwards(&stream, Some(10), 3).await?);
        ensure(back == [10, 9, 8], || format!("back from 10: {back:?}"))?;
        let on = numbers(self.backend.forwards(&stream, 9, 9).await?);
        ensure(on == [10, 11, 12], || format!("on from 9: {on:?}"))?;
        let on = numbers(self.backend.forwards(&stream, 0, 2).await?);
        ensure(on == [1, 2], || format!("two from the beginning: {on:?}"))
    }

    async fn nothing_of_others(&self) -> Asked {
        let (one, two) = (self.stream("one"), self.stream("one#two"));
        self.write(&commit(&one, 1)).await?;
        let none = self.backend.backwards(&two, None, 5).await?;
        ensure(none.is_empty(), || format!("{two} has {none:?}"))?;
        self.write(&commit(&two, 1)).await?;
        self.write(&commit(&two, 2)).await?;
        let found = self.backend.forwards(&one, 0, 5).await?;
        ensure(found.len() == 1, || format!("{one} has {found:?}"))
    }

    async fn all_or_none(&self) -> Asked {
        let (kiwi, mango) = (self.stream("kiwi"), self.stream("mango"));
        let first = [commit(&kiwi, 1), commit(&mango, 1)];
        let told = self.backend.append_all(&first).await?;
        ensure(told == AppendedAll::Written, || format!("it said {told:?}"))?;
        let second = [commit(&kiwi, 2), commit(&mango, 1)];
        let told = self.backend.append_all(&second).await?;
        let due = AppendedAll::There(vec![(1, first[1].clone())]);
        ensure(told == due, || format!("it said {told:?}"))?;
        let found = self.backend.backwards(&kiwi, None, 5).await?;
        ensure(found == [first[0].clone()], || {
            format!("half of it is there: {found:?}")
        })
    }

    async fn listed(&self) -> Asked {
        let prefix = format!("{}-list#", self.run);
        let due: Vec<StreamId> = (10..35)
            .map(|number| StreamId(format!("{prefix}{number}")))
            .collect();
        for stream in &due {
            self.write(&commit(stream, 1)).await?;
            self.write(&commit(stream, 2)).await?;
        }
        self.write(&commit(&self.stream("unlisted"), 1)).await?;
        let mut found = vec![];
        for _ in 0..PATIENCE {
            found = self.walk(&prefix).await?;
            if found == due {
                return Ok(());
            }
            sleep(PAUSE).await;
        }
        Err(Told(format!("the list is {found:?}")))
    }

    async fn walk(&self, prefix: &str) -> Result<Vec<StreamId>, Fault> {
        let mut found: Vec<StreamId> = vec![];
        loop {
            let page = self.backend.streams(prefix, found.last(), 7).await?;
            if page.is_empty() || found.len() > 100 {
                return Ok(found);
            }
            found.extend(page);
        }
    }

    async fn sizes(&self) -> Asked {
        let stream = self.stream("large");
        let mut commit = commit(&stream, 1);
        commit.events[0].body = json!("x".repeat(MAX_BYTES - 400));
        self.write(&commit).await?;
        commit.number = 2;
        commit.events[0].body = json!("x".repeat(MAX_BYTES));
        let told = self.backend.append(&commit).await;
        ensure(matches!(told, Err(Fault::Refused(_))), || {
            format!("of one that is too large it said {:?}", told.map(drop))
        })?;
        let found = self.backend.forwards(&stream, 1, 5).await?;
        ensure(found.is_empty(), || "a part of it is there".to_owned())
    }

    async fn write(&self, commit: &Commit) -> Asked {
        let told = self.backend.append(commit).await?;
        ensure(told == Appended::Written, || {
            format!("commit {} of {}: {told:?}", commit.number, commit.stream)
        })
    }
}

fn commit(stream: &StreamId, number: u64) -> Commit {
    Commit {
        stream: stream.clone(),
        number,
        events: vec![Record {
            kind: "Happened".into(),
            version: 1,
            body: json!({ "number": number }),
        }],
        holds: number,
        command: Command::once(),
        state: None,
        at: Duration::from_millis(1_700_000_000_000 + number),
        correlation: None,
        causation: None,
    }
}
