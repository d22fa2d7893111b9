//! An event source mapping: brings what changes in a table to a function.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html>

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use aws_lambda_events::dynamodb::{Event, EventRecord};
use aws_sdk_dynamodbstreams::Client as Streams;
use aws_sdk_dynamodbstreams::types::ShardIteratorType;
use ch04_functions::failure::Failure;
use ch04_functions::pool::Pool;
use quamina::Quamina;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use tracing::{error, warn};

use crate::answer;
use crate::changes;
use crate::clock::now;
use crate::failed;
use crate::mailroom::Mailroom;
use crate::poll::PATIENCE;
use crate::shard::{Next, Outcome, Record, Shard};
use crate::sources::Stream;

/// How often an idle shard is looked at: Lambda does so 4 times a second.
/// <https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html>
const PAUSE: Duration = Duration::from_millis(250);

/// Between the tries of a batch: twice as long each time, until it is a minute.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// How many records a call may give.
const MOST: usize = 1_000;

/// What all shards of a mapping share.
#[derive(Debug)]
pub struct Mapping {
    /// What is wanted.
    pub stream: Stream,
    /// Who is told.
    pub function: Arc<Pool>,
    /// Where it is kept how far each shard has come, and where word of failures goes.
    pub mail: Arc<Mailroom>,
    /// Where the changes of tables are.
    pub streams: Streams,
    /// The table.
    pub table: String,
    /// How often each batch is brought: *at least once* is all that a stream promises.
    pub times: usize,
    /// When somebody has last begun to look for changes of which there were none.
    pub quiet: watch::Sender<Instant>,
}

impl Mapping {
    /// Follows the table's stream for as long as the host runs, however often the database
    /// is away. A shard is followed when the one that it comes of is at its end.
    pub async fn follow(self: Arc<Self>) {
        let mut tasks: HashMap<String, _> = HashMap::new();
        loop {
            let pause = match self.shards().await {
                Ok((arn, shards)) => {
                    for shard in shards {
                        let id = shard.shard_id.unwrap_or_default();
                        let parent = shard.parent_shard_id.and_then(|parent| tasks.get(&parent));
                        let is_due = parent.is_none_or(JoinHandle::is_finished);
                        if is_due && !tasks.contains_key(&id) {
                            let followed = Arc::clone(&self).keep_at(arn.clone(), id.clone());
                            tasks.insert(id, tokio::spawn(followed));
                        }
                    }
                    Duration::from_secs(10)
                }
                Err(because) => {
                    self.is_away(&because);
                    Duration::from_secs(1)
                }
            };
            sleep(pause).await;
        }
    }

    /// The table's stream, and its shards.
    async fn shards(&self) -> Result<(String, Vec<aws_sdk_dynamodbstreams::types::Shard>)> {
        let streams = self.streams.list_streams().table_name(&self.table);
        let streams = streams.send().await?.streams.unwrap_or_default();
        // One that was switched off remains for a day. The label says when one began.
        let latest = streams
            .into_iter()
            .max_by_key(|stream| stream.stream_label.clone());
        let arn = latest.and_then(|stream| stream.stream_arn);
        let arn = arn.context("the table has no stream; ch07-events release gives it one")?;
        let call = self.streams.describe_stream().stream_arn(&arn);
        let shards = call.send().await?.stream_description;
        let shards = shards.and_then(|stream| stream.shards);
        Ok((arn, shards.unwrap_or_default()))
    }

    /// Waits until all is brought that has changed before now.
    pub async fn has_come_to_now(&self) {
        let now = Instant::now();
        let _ = self.quiet.subscribe().wait_for(|quiet| *quiet > now).await;
    }

    /// Follows a shard to its end, however often the database is away.
    async fn keep_at(self: Arc<Self>, arn: String, shard: String) {
        while let Err(because) = self.follow_shard(&arn, &shard).await {
            self.is_away(&because);
            sleep(Duration::from_secs(1)).await;
        }
    }

    fn is_away(&self, because: &anyhow::Error) {
        let (mapping, because) = (&self.stream.name, format!("{because:#}"));
        warn!(mapping, because, "a stream cannot be read");
    }

    // ANCHOR: follow_shard
    /// Brings the records of a shard to the function, in batches, one after the other.
    async fn follow_shard(&self, arn: &str, id: &str) -> Result<()> {
        let mut reader = Reader::open(self, arn, id).await?;
        let mut shard = Shard::new(self.stream.policy);
        loop {
            match shard.next(now()) {
                Next::Fetch => {
                    self.has_come_to(id, reader.last.as_deref())?;
                    let Some(records) = reader.batch().await? else {
                        return Ok(());
                    };
                    if !records.is_empty() {
                        shard.take(records);
                    }
                }
                Next::GivenUp(records, because) => {
                    let (mapping, count) = (&self.stream.name, records.len());
                    error!(mapping, count, ?because, "records are given up");
                    if let Some(queue) = &self.stream.failed {
                        let name = self.function.name();
                        let told = failed::records(name, arn, id, &records, because);
                        self.mail.send(&[queue], &told.to_string())?;
                    }
                }
                Next::Invoke(records) => {
                    sleep(pause(shard.failures())).await;
                    let outcome = self.invoke(&records).await?;
                    shard.answered(&outcome);
                }
            }
        }
    }
    // ANCHOR_END: follow_shard

    fn has_come_to(&self, shard: &str, last: Option<&str>) -> Result<()> {
        let Some(last) = last else { return Ok(()) };
        let name = &self.stream.name;
        self.mail
            .with(|queues| queues.set_position(name, shard, last))?;
        Ok(())
    }

    // ANCHOR: invoke
    async fn invoke(&self, records: &[Record<EventRecord>]) -> Result<Outcome> {
        let mut event = Event::default();
        event.records = records.iter().map(|record| record.body.clone()).collect();
        let event = serde_json::to_vec(&event)?;
        let mut outcome = Outcome::Done;
        for _ in 0..self.times {
            outcome = match self.function.invoke(event.clone().into(), PATIENCE).await {
                Ok(answer) if self.stream.policy.partial => read(&answer),
                Ok(_) => Outcome::Done,
                Err(Failure::Stopped) => bail!("the host ends"),
                Err(because) => {
                    let (mapping, because) = (&self.stream.name, because.to_string());
                    warn!(
                        mapping,
                        because,
                        records = records.len(),
                        "a batch has failed"
                    );
                    Outcome::Failed
                }
            };
        }
        Ok(outcome)
    }
    // ANCHOR_END: invoke
}

/// What a function says of a batch.
fn read(answer: &[u8]) -> Outcome {
    answer::failures(answer).map_or(Outcome::Failed, Outcome::FailedAt)
}

/// None for a batch that has not failed yet, or that was cut in two.
fn pause(failures: u32) -> Duration {
    let Some(before) = failures.checked_sub(1) else {
        return Duration::ZERO;
    };
    let factor = 2_u32.saturating_pow(before);
    FIRST_PAUSE.saturating_mul(factor).min(LONGEST_PAUSE)
}

/// Reads a shard.
struct Reader<'a> {
    mapping: &'a Mapping,
    arn: &'a str,
    /// Where to go on; `None` at the end of a shard that is closed.
    iterator: Option<String>,
    /// What was read, and is in no batch yet.
    read: Vec<Record<EventRecord>>,
    /// The last record that is in a batch, or that nobody wants.
    last: Option<String>,
    filter: Option<Quamina<()>>,
}

impl<'a> Reader<'a> {
    /// Goes on where the mapping was when it was last there; else with the oldest record
    /// of the stream.
    async fn open(mapping: &'a Mapping, arn: &'a str, shard: &str) -> Result<Self> {
        let name = &mapping.stream.name;
        let last = mapping.mail.with(|queues| queues.position(name, shard))?;
        let call = mapping.streams.get_shard_iterator();
        let call = call.stream_arn(arn).shard_id(shard);
        let call = match &last {
            Some(last) => call
                .shard_iterator_type(ShardIteratorType::AfterSequenceNumber)
                .sequence_number(last),
            None => call.shard_iterator_type(ShardIteratorType::TrimHorizon),
        };
        let iterator = call.send().await?.shard_iterator;
        let filter = mapping.stream.pattern.as_ref().map(|pattern| {
            let mut filter = Quamina::new();
            filter.add_pattern((), pattern)?;
            anyhow::Ok(filter)
        });
        let filter = filter.transpose()?;
        Ok(Self {
            mapping,
            arn,
            iterator,
            read: vec![],
            last,
            filter,
        })
    }

    // ANCHOR: batch
    /// The next batch: as many as there are, and at most as many as there may be. It
    /// waits for one record; for more only as long as the window is open. `None` at the
    /// end of the shard.
    async fn batch(&mut self) -> Result<Option<Vec<Record<EventRecord>>>> {
        let (most, window) = (self.mapping.stream.batch, self.mapping.stream.window);
        let mut opened = None;
        while self.read.len() < most {
            let is_open = opened.is_none_or(|opened: Instant| opened.elapsed() < window);
            if !self.read.is_empty() && !is_open {
                break;
            }
            let Some(iterator) = &self.iterator else {
                break;
            };
            let found = self.fetch(iterator.clone()).await?;
            if !self.read.is_empty() {
                opened.get_or_insert_with(Instant::now);
            } else if found {
                // Nobody wants them: it is kept how far that is.
                return Ok(Some(vec![]));
            }
            if !found && self.iterator.is_some() {
                sleep(PAUSE).await;
            }
        }
        if self.read.is_empty() {
            return Ok(None);
        }
        let count = most.min(self.read.len());
        let batch: Vec<_> = self.read.drain(..count).collect();
        self.last = batch.last().map(|record| record.number.clone());
        Ok(Some(batch))
    }
    // ANCHOR_END: batch

    /// Reads on. Says whether there was anything.
    async fn fetch(&mut self, iterator: String) -> Result<bool> {
        let call = self.mapping.streams.get_records().shard_iterator(iterator);
        let limit = i32::try_from(MOST.min(self.mapping.stream.batch))?;
        let begun = Instant::now();
        let answer = call.limit(limit).send().await?;
        self.iterator = answer.next_shard_iterator;
        let records = answer.records.unwrap_or_default();
        let found = !records.is_empty();
        if !found && self.read.is_empty() {
            self.mapping.quiet.send_replace(begun);
        }
        for record in records {
            let record = changes::record(record, self.arn);
            let number = record.change.sequence_number.clone().unwrap_or_default();
            if self.is_wanted(&record)? {
                let time = record.change.approximate_creation_date_time;
                let at = Duration::from_millis(time.timestamp_millis().try_into()?);
                self.read.push(Record {
                    number,
                    at,
                    body: record,
                });
            } else if self.read.is_empty() {
                self.last = Some(number);
            }
        }
        Ok(found)
    }

    fn is_wanted(&self, record: &EventRecord) -> Result<bool> {
        let Some(filter) = &self.filter else {
            return Ok(true);
        };
        let record = serde_json::to_vec(record)?;
        Ok(!filter.matches_for_event(&record)?.is_empty())
    }
}
