//! What becomes of the records of a shard. No I/O and no clock: time is told.
//!
//! The rules are those of Lambda's event source mappings for streams:
//! <https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html>,
//! <https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html>

use std::collections::VecDeque;
use std::mem;
use std::time::Duration;

// ANCHOR: policy
/// What is done about records that a function fails at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// How often a batch is tried again; `None`: until its records are too old.
    pub attempts: Option<u32>,
    /// How old a record may be that is tried; `None`: as old as the stream keeps it.
    pub age: Option<Duration>,
    /// Whether a batch that fails is cut in two, to find out which half it is.
    pub bisects: bool,
    /// Whether the function says which records it has failed at.
    pub partial: bool,
}
// ANCHOR_END: policy

/// A change, as far as the mapping looks at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record<B> {
    /// Its sequence number, up to 40 digits, by which the stream knows it.
    pub number: String,
    /// When it happened, since some beginning.
    pub at: Duration,
    /// What happened.
    pub body: B,
}

/// What a function has said of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// All of it is done.
    Done,
    /// It has failed, or did not answer.
    Failed,
    /// The records that it has failed at, by their numbers. None: all of it is done.
    FailedAt(Vec<String>),
}

/// What is to be done next.
#[derive(Debug, PartialEq, Eq)]
pub enum Next<B> {
    /// Give these to the function, and say what it [`Shard::answered`].
    Invoke(Vec<Record<B>>),
    /// These were given up. Whoever repairs that is told where they were.
    GivenUp(Vec<Record<B>>, Because),
    /// Get more.
    Fetch,
}

/// Why records were given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Because {
    /// They were tried as often as they may be.
    Attempts,
    /// They were too old.
    Age,
}

/// A part of a batch, and how often it has failed.
#[derive(Debug)]
struct Part<B> {
    records: Vec<Record<B>>,
    failures: u32,
}

// ANCHOR: shard
/// The records of a shard that are under way, in their order. None is handed to the
/// function before all that came before it are done, or were given up: a record that
/// fails for ever stands in the way of all that come after it.
#[derive(Debug)]
pub struct Shard<B> {
    policy: Policy,
    parts: VecDeque<Part<B>>,
}

impl<B: Clone> Shard<B> {
    /// A shard of which nothing is under way.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        let parts = VecDeque::new();
        Self { policy, parts }
    }

    /// A batch that has been fetched.
    pub fn take(&mut self, records: Vec<Record<B>>) {
        let failures = 0;
        self.parts.push_back(Part { records, failures });
    }

    /// What is to be done at this time.
    pub fn next(&mut self, now: Duration) -> Next<B> {
        while let Some(part) = self.parts.front_mut() {
            let too_old = |record: &Record<B>| {
                let age = now.saturating_sub(record.at);
                self.policy.age.is_some_and(|most| age > most)
            };
            let old = part.records.iter().take_while(|record| too_old(record));
            let old = old.count();
            if old > 0 {
                let old = part.records.drain(..old).collect();
                return Next::GivenUp(old, Because::Age);
            }
            let most = self.policy.attempts;
            if most.is_some_and(|most| part.failures > most) {
                let records = mem::take(&mut part.records);
                self.parts.pop_front();
                return Next::GivenUp(records, Because::Attempts);
            }
            if !part.records.is_empty() {
                return Next::Invoke(part.records.clone());
            }
            self.parts.pop_front();
        }
        Next::Fetch
    }
    // ANCHOR_END: shard

    /// How often what is to be done next has failed.
    #[must_use]
    pub fn failures(&self) -> u32 {
        self.parts.front().map_or(0, |part| part.failures)
    }

    // ANCHOR: answered
    /// What the function has said of the records that it was given.
    pub fn answered(&mut self, outcome: &Outcome) {
        let Some(mut part) = self.parts.pop_front() else {
            return;
        };
        match outcome {
            Outcome::Done => return,
            // What nobody has asked for is not read.
            Outcome::FailedAt(_) if !self.policy.partial => return,
            Outcome::FailedAt(numbers) if numbers.is_empty() => return,
            Outcome::FailedAt(numbers) => {
                let place = |number: &String| {
                    let mut records = part.records.iter();
                    records.position(|record| record.number == *number)
                };
                let places: Option<Vec<usize>> = numbers.iter().map(place).collect();
                // A number that is none of the batch's: nobody knows what was meant.
                if let Some(first) = places.and_then(|places| places.into_iter().min()) {
                    // What came before it is done, whatever came after it.
                    part.records.drain(..first);
                    if first > 0 {
                        part.failures = 0;
                    }
                }
            }
            Outcome::Failed => {}
        }
        if self.policy.bisects && part.records.len() > 1 {
            let records = part.records.split_off(part.records.len() / 2);
            let failures = part.failures;
            // To cut a batch in two is no attempt.
            self.parts.push_front(Part { records, failures });
        } else {
            part.failures += 1;
        }
        self.parts.push_front(part);
    }
    // ANCHOR_END: answered
}
