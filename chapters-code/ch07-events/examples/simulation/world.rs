//! The shop and all who have to do with it, in a world in which goes wrong what may.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use aws_sdk_dynamodb::config::SharedHttpClient;
use aws_sdk_eventbridge as eventbridge;
use ch02_virtual_server::answer::Answer;
use ch03_platform::failure::Failure;
use ch06_state::store as table;
use ch07_events::queue::{Message, Queues};
use ch07_events::shard::Outcome;
use ch07_events::sources::{Sources, Stream};
use ch07_events::store::Store;
use fastrand::Rng;

use crate::bus::House;
use crate::customers::Wish;
use crate::database::{Database, Shop, client, tireless};
use crate::desks::{Desk, desks};
use crate::faults::{Stand, Wire};
use crate::guards::Guard;
use crate::mapping::Mapping;

/// While things go wrong.
const STEPS: u32 = 100;

/// How often more than a minute passes afterwards, until all must be done.
const CALM: u32 = 30;

/// A world of its own for each seed.
pub struct World<'a> {
    pub sources: &'a Sources,
    pub stream: &'a Stream,
    pub without: Option<Guard>,
    /// Decides who does what next.
    pub rng: Rng,
    pub wire: Wire,
    pub shop: Shop,
    pub counter: Store,
    pub office: table::Store,
    pub bus: eventbridge::Client,
    pub queues: Arc<Queues>,
    pub wishes: Vec<Wish>,
    pub mapping: Mapping,
    pub desks: Vec<Desk>,
    pub processes: Vec<Process>,
    /// What must not be.
    pub wrong: Vec<String>,
}

/// A process that is at something: a future, which is dropped when it crashes.
pub struct Process {
    pub whose: Whose,
    name: String,
    work: Pin<Box<dyn Future<Output = Done>>>,
}

/// For whom a process works.
pub enum Whose {
    /// For one who has this wish.
    Customer(usize),
    Mapping,
    /// For this desk, which was given these.
    Desk(usize, Vec<Message>),
}

/// What a process says when it is done.
pub enum Done {
    Answer(Result<Answer, Failure>),
    Told(Outcome),
    /// The messages that it has failed at, by their ids.
    Handled(Vec<String>),
}

impl<'a> World<'a> {
    /// A shop with some pets, and nobody has come yet.
    pub async fn new(
        seed: u64,
        house: &'a House,
        database: &Database,
        without: Option<Guard>,
    ) -> Result<Self> {
        let mut rng = Rng::with_seed(seed);
        let queues = Arc::new(Queues::in_memory()?);
        let bus = house.bus(Arc::clone(&queues))?;
        let wire = Wire::new(database.http.clone(), bus, without, rng.fork());
        let shop = database.shop(rng.usize(3..=5)).await?;
        let sdk = database.sdk(SharedHttpClient::new(wire.clone()));
        let office = shop.store(client(&sdk));
        let bus = eventbridge::config::Builder::from(&sdk).retry_partition(tireless());
        let stream = house.sources.streams.first();
        let stream = stream.context("nobody reads the stream")?;
        Ok(Self {
            sources: &house.sources,
            stream,
            without,
            rng,
            wire,
            shop,
            counter: Store(office.clone()),
            office,
            bus: eventbridge::Client::from_conf(bus.build()),
            queues,
            wishes: vec![],
            mapping: Mapping::new(stream)?,
            desks: desks(&house.sources),
            processes: vec![],
            wrong: vec![],
        })
    }

    /// Lets things go wrong for a while, and then no more until all is done.
    pub async fn live(&mut self) -> Result<()> {
        for _ in 0..STEPS {
            self.step().await?;
        }
        self.wire.state().calm = true;
        for _ in 0..CALM {
            self.settle().await?;
            if self.is_still()? {
                return Ok(());
            }
            self.wire.state().now += Duration::from_secs(100);
        }
        self.wrong.push("it never ends".into());
        Ok(())
    }

    // ANCHOR: step
    /// Time passes; then somebody begins something, or makes the call at which it stands.
    async fn step(&mut self) -> Result<()> {
        self.time_passes();
        match self.rng.u8(0..100) {
            0..10 => self.somebody_asks(),
            10..23 => self.map().await?,
            23..48 => {
                let desk = self.rng.usize(0..self.desks.len());
                self.receive(desk)?;
            }
            48..49 => self.restart()?,
            _ => {
                if !self.processes.is_empty() {
                    let process = self.rng.usize(0..self.processes.len());
                    self.go_on(process).await?;
                }
            }
        }
        Ok(())
    }
    // ANCHOR_END: step

    /// Mostly a moment, and now and then longer than a queue waits for a desk.
    fn time_passes(&mut self) {
        let longest = if self.rng.u8(0..8) == 0 { 60 } else { 2 };
        let passes = Duration::from_secs(longest).mul_f64(self.rng.f64());
        self.wire.state().now += passes;
    }

    /// Everybody does what there is to do.
    async fn settle(&mut self) -> Result<()> {
        self.all_ask();
        self.finish().await?;
        self.mapping.is_at_end = false;
        while !self.mapping.is_at_end {
            self.map().await?;
            self.finish().await?;
        }
        for desk in 0..self.desks.len() {
            while self.receive(desk)? {
                self.finish().await?;
            }
        }
        self.redrive()
    }

    async fn finish(&mut self) -> Result<()> {
        while !self.processes.is_empty() {
            self.go_on(0).await?;
        }
        Ok(())
    }

    fn is_still(&self) -> Result<bool> {
        let desks = self.desks.iter().map(|desk| &desk.queue);
        for queue in desks.chain(&self.sources.queues) {
            let counts = self.queues.counts(&queue.name, self.now())?;
            if counts.visible + counts.hidden > 0 {
                return Ok(false);
            }
        }
        Ok(self.open().is_empty())
    }

    pub fn now(&self) -> Duration {
        self.wire.state().now
    }

    /// A process begins, and does nothing before it is woken.
    pub fn begin(
        &mut self,
        whose: Whose,
        name: String,
        work: impl Future<Output = Done> + 'static,
    ) {
        let work = Box::pin(work);
        self.processes.push(Process { whose, name, work });
    }

    // ANCHOR: go_on
    /// A process goes on to its next call, to its end, or to where it crashes.
    async fn go_on(&mut self, process: usize) -> Result<()> {
        let Process { name, work, .. } = &mut self.processes[process];
        let done = match self.wire.go_on(name, work).await {
            Stand::AtCall => return Ok(()),
            Stand::Done(done) => Some(done),
            Stand::Crashed => None,
        };
        let process = self.processes.swap_remove(process);
        self.ended(process.whose, done)
    }

    /// What becomes of what a process was at. None: it has crashed.
    pub fn ended(&mut self, whose: Whose, done: Option<Done>) -> Result<()> {
        match (whose, done) {
            (Whose::Customer(wish), Some(Done::Answer(answer))) => self.told(wish, Some(answer)),
            (Whose::Customer(wish), _) => self.told(wish, None),
            (Whose::Mapping, Some(Done::Told(outcome))) => self.heard(&outcome),
            (Whose::Mapping, _) => self.heard(&Outcome::Failed),
            (Whose::Desk(desk, messages), Some(Done::Handled(failed))) => {
                self.handled(desk, messages, Some(&failed))?;
            }
            (Whose::Desk(desk, messages), _) => self.handled(desk, messages, None)?,
        }
        Ok(())
    }
    // ANCHOR_END: go_on
}
