//! The mapping of the table's stream: the shop's own rules, driven as `src/mapping.rs`
//! does, in a world in which a batch may be brought three times or not at all.

use std::mem;

use anyhow::{Context, Result, bail};
use aws_lambda_events::dynamodb::{Event, EventRecord};
use aws_lambda_events::streams::DynamoDbEventResponse;
use aws_sdk_dynamodbstreams::types::ShardIteratorType;
use ch07_events::outbox::Told;
use ch07_events::shard::{Next, Outcome, Record, Shard};
use ch07_events::sources::Stream;
use ch07_events::{answer, changes, teller};
use quamina::Quamina;

use crate::guards::Guard;
use crate::tally::{self, Fault};
use crate::world::{Done, Whose, World};

/// What a host knows of a mapping, until it ends.
pub struct Mapping {
    shard: Shard<EventRecord>,
    filter: Quamina<()>,
    /// Where to go on, if it has begun.
    iterator: Option<String>,
    /// What was read, and is in no batch yet.
    read: Vec<Record<EventRecord>>,
    /// The last record that is in a batch, or that nobody wants.
    last: Option<String>,
    /// How often the batch that is under way is brought yet.
    times: u8,
    /// There was nothing to read.
    pub is_at_end: bool,
}

impl Mapping {
    /// One that has just begun.
    pub fn new(stream: &Stream) -> Result<Self> {
        let mut filter = Quamina::new();
        let pattern = stream.pattern.as_ref();
        filter.add_pattern((), pattern.context("the mapping has no pattern")?)?;
        Ok(Self {
            shard: Shard::new(stream.policy),
            filter,
            iterator: None,
            read: vec![],
            last: None,
            times: 0,
            is_at_end: false,
        })
    }
}

impl World<'_> {
    /// Does what is to be done next, unless the teller is at a batch.
    pub async fn map(&mut self) -> Result<()> {
        let is_told = |whose: &Whose| matches!(whose, Whose::Mapping);
        if self.processes.iter().any(|process| is_told(&process.whose)) {
            return Ok(());
        }
        match self.mapping.shard.next(self.now()) {
            Next::Fetch => self.fetch().await,
            Next::GivenUp(records, because) => {
                bail!("{} records are given up: {because:?}", records.len())
            }
            Next::Invoke(records) => {
                self.deliver(records);
                Ok(())
            }
        }
    }

    // ANCHOR: fetch
    /// All that was fetched before is done: how far that is, is kept.
    async fn fetch(&mut self) -> Result<()> {
        self.keep_position()?;
        if self.mapping.read.is_empty() {
            self.read().await?;
        }
        let most = self.mapping.read.len().min(self.rng.usize(1..=4));
        let batch: Vec<_> = self.mapping.read.drain(..most).collect();
        if let Some(last) = batch.last() {
            self.mapping.last = Some(last.number.clone());
            self.mapping.shard.take(batch);
        }
        if self.without == Some(Guard::Position) {
            self.keep_position()?;
        }
        Ok(())
    }
    // ANCHOR_END: fetch

    fn keep_position(&self) -> Result<()> {
        let Some(last) = &self.mapping.last else {
            return Ok(());
        };
        let name = &self.stream.name;
        Ok(self.queues.set_position(name, &self.shop.shard, last)?)
    }

    async fn read(&mut self) -> Result<()> {
        let iterator = match self.mapping.iterator.take() {
            Some(iterator) => Some(iterator),
            None => self.iterator().await?,
        };
        let call = self.shop.streams.get_records().set_shard_iterator(iterator);
        let answer = call.limit(self.rng.i32(5..50)).send().await?;
        self.mapping.iterator = answer.next_shard_iterator;
        let records = answer.records.unwrap_or_default();
        self.mapping.is_at_end = records.is_empty();
        for record in records {
            let body = changes::record(record, &self.shop.stream);
            let number = body.change.sequence_number.clone().unwrap_or_default();
            let event = serde_json::to_vec(&body)?;
            if !self.mapping.filter.matches_for_event(&event)?.is_empty() {
                let at = self.now();
                self.mapping.read.push(Record { number, at, body });
            } else if self.mapping.read.is_empty() {
                self.mapping.last = Some(number);
            }
        }
        Ok(())
    }

    /// Goes on at the position that is kept.
    async fn iterator(&self) -> Result<Option<String>> {
        let last = self.queues.position(&self.stream.name, &self.shop.shard)?;
        let call = self.shop.streams.get_shard_iterator();
        let call = call
            .stream_arn(&self.shop.stream)
            .shard_id(&self.shop.shard);
        let call = match &last {
            Some(last) => call
                .shard_iterator_type(ShardIteratorType::AfterSequenceNumber)
                .sequence_number(last),
            None => call.shard_iterator_type(ShardIteratorType::TrimHorizon),
        };
        Ok(call.send().await?.shard_iterator)
    }

    /// Brings a batch to the teller: once, twice, three times, or not at all.
    fn deliver(&mut self, records: Vec<Record<EventRecord>>) {
        let mut state = self.wire.state();
        let (times, fault) = match state.chance() {
            0..8 => (0, Some(Fault::DeliveryLost)),
            8..20 => (2, Some(Fault::DeliveredTwice)),
            20..28 => (3, Some(Fault::DeliveredThreeTimes)),
            _ => (1, None),
        };
        if let Some(fault) = fault {
            state.tally.count(fault);
        }
        let told = records.iter().flat_map(|record| Told::read(&record.body));
        let about: Vec<String> = told.map(|told| told.request).collect();
        let (about, often) = (about.join(", "), tally::times(times));
        state.tell(&format!("the teller is brought {about} {often}"));
        drop(state);
        if times == 0 {
            return self.mapping.shard.answered(&Outcome::Failed);
        }
        self.mapping.times = times;
        self.bring(records);
    }

    fn bring(&mut self, records: Vec<Record<EventRecord>>) {
        self.mapping.times -= 1;
        self.wire.state().tally.deliveries += 1;
        let bus = self.bus.clone();
        let mut event = Event::default();
        event.records = records.into_iter().map(|record| record.body).collect();
        let work = async move { Done::Told(outcome(teller::tell(&bus, event).await)) };
        self.begin(Whose::Mapping, "the teller".into(), work);
    }

    /// What the teller says of its batch; none, if it has crashed at it.
    pub fn heard(&mut self, outcome: &Outcome) {
        if self.mapping.times > 0 {
            // What it says the last time counts.
            if let Next::Invoke(records) = self.mapping.shard.next(self.now()) {
                return self.bring(records);
            }
        }
        self.mapping.shard.answered(outcome);
    }

    /// The host is killed, with all that it has started, and starts again.
    pub fn restart(&mut self) -> Result<()> {
        let mut state = self.wire.state();
        state.tally.count(Fault::HostRestarted);
        state.tell("the host is killed, and starts again");
        drop(state);
        self.mapping = Mapping::new(self.stream)?;
        // Messages that were at a desk come again when their timeout is over.
        for process in mem::take(&mut self.processes) {
            if let Whose::Customer(wish) = process.whose {
                self.told(wish, None);
            }
        }
        Ok(())
    }
}

/// What the teller has said, as a mapping reads it.
fn outcome(answer: Result<DynamoDbEventResponse>) -> Outcome {
    let answer = answer.and_then(|answer| Ok(serde_json::to_vec(&answer)?));
    let failed = answer.ok().and_then(|answer| answer::failures(&answer));
    failed.map_or(Outcome::Failed, Outcome::FailedAt)
}
