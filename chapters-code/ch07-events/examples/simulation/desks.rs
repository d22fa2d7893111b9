//! The desks of the office, and those who bring them what is in the queues, as
//! `src/poll.rs` does.

use std::time::Duration;

use anyhow::{Result, bail};
use aws_lambda_events::sqs::{SqsEvent, SqsMessage};
use ch06_state::store::Store;
use ch07_events::bus::inbox;
use ch07_events::failed::{self, GivenUp};
use ch07_events::office::{display, papers, thanks};
use ch07_events::poll::PATIENCE;
use ch07_events::queue::{Message, Queue};
use ch07_events::sources::Sources;
use serde_json::{Value, json};

use crate::bus::about;
use crate::guards::Guard;
use crate::tally::Fault;
use crate::world::{Done, Whose, World};

/// How many messages a desk has at a time.
const AT_ONCE: usize = 2;

/// A function, and the queue of what is for it.
pub struct Desk {
    pub function: String,
    pub queue: Queue,
    /// How many messages it is given at once, at most.
    batch: usize,
    /// How often one is tried again, and where it goes then. None: the queue knows.
    attempts: Option<(u32, String)>,
}

/// Those that the bus leads to. What it has for a function waits in an inbox, as in
/// `src/house.rs`.
pub fn desks(sources: &Sources) -> Vec<Desk> {
    let polls = sources.polls.iter().map(|poll| Desk {
        function: poll.function.clone(),
        queue: poll.queue.clone(),
        batch: poll.batch,
        attempts: None,
    });
    let clock = |name: &String| {
        let mut timers = sources.schedules.iter();
        timers.any(|timer| timer.function == *name)
    };
    let events = sources.events.iter();
    let events = events.filter(|events| !clock(&events.function));
    let events = events.map(|events| Desk {
        function: events.function.clone(),
        queue: Queue {
            name: inbox(&events.function),
            visibility: PATIENCE + Duration::from_secs(3),
            retention: Duration::from_hours(6),
            dead: None,
        },
        batch: 1,
        attempts: events
            .failed
            .clone()
            .map(|failed| (events.attempts, failed)),
    });
    polls.chain(events).collect()
}

impl World<'_> {
    // ANCHOR: receive
    /// Brings a desk what is in its queue. Some of it is held back, and others overtake
    /// it.
    pub fn receive(&mut self, desk: usize) -> Result<bool> {
        let is_its = |whose: &Whose| matches!(whose, Whose::Desk(at, _) if *at == desk);
        let busy = self
            .processes
            .iter()
            .filter(|process| is_its(&process.whose));
        if busy.count() >= AT_ONCE {
            return Ok(false);
        }
        let (now, batch) = (self.now(), self.desks[desk].batch.min(3));
        let queue = &self.desks[desk].queue;
        let received = self.queues.receive(queue, self.rng.usize(1..=batch), now)?;
        let mut given = vec![];
        for message in received {
            if self.wire.state().happens(15, Fault::Late) {
                let pause = Duration::from_secs(self.rng.u64(5..90));
                self.queues.hide(&message.receipt, now + pause)?;
            } else {
                given.push(message);
            }
        }
        let is_given = !given.is_empty();
        if is_given {
            self.give(desk, given)?;
        }
        Ok(is_given)
    }
    // ANCHOR_END: receive

    fn give(&mut self, desk: usize, messages: Vec<Message>) -> Result<()> {
        if self.without == Some(Guard::Delete) {
            self.delete(&messages)?;
        }
        let Desk { function, .. } = &self.desks[desk];
        let mut state = self.wire.state();
        state.tally.deliveries += 1;
        let about = messages
            .iter()
            .map(|message| about(message.body.as_bytes()));
        let about = about.collect::<Vec<_>>().join(", ");
        state.tell(&format!("{function} is given {about}"));
        drop(state);
        let (office, function) = (self.office.clone(), function.clone());
        let given = messages.iter().map(|message| self.as_given(message));
        let (name, given) = (function.clone(), given.collect::<Result<_>>()?);
        let work = async move { Done::Handled(handle(&office, &function, given).await) };
        self.begin(Whose::Desk(desk, messages), name, work);
        Ok(())
    }

    /// A message as a desk gets it. Without its name or its version, it has something else
    /// in their place.
    fn as_given(&self, message: &Message) -> Result<Message> {
        let mut given = message.clone();
        let Some(guard @ (Guard::Name | Guard::Version)) = self.without else {
            return Ok(given);
        };
        let mut event: Value = serde_json::from_str(&given.body)?;
        let request = about(given.body.as_bytes());
        let mut state = self.wire.state();
        if guard == Guard::Name {
            let id = event["id"].as_str().unwrap_or_default().to_owned();
            event["detail"]["request"] = json!(id);
            state.requests.insert(id, request);
        } else {
            let pets = event.pointer_mut("/detail/pets");
            for pet in pets.and_then(Value::as_array_mut).into_iter().flatten() {
                pet["version"] = json!(state.times.get(&request));
            }
        }
        given.body = event.to_string();
        Ok(given)
    }

    /// What a desk has said: which messages it has failed at. All of them, if it has
    /// crashed.
    pub fn handled(
        &mut self,
        desk: usize,
        messages: Vec<Message>,
        failed: Option<&[String]>,
    ) -> Result<()> {
        let is_done =
            |message: &Message| failed.is_some_and(|failed| !failed.contains(&message.id));
        let (done, failed): (Vec<_>, Vec<_>) = messages.into_iter().partition(is_done);
        self.delete(&done)?;
        self.look_for_older(desk, &done)?;
        let Some((attempts, given_up)) = self.desks[desk].attempts.clone() else {
            return Ok(());
        };
        let now = self.now();
        for message in failed {
            if message.receives <= attempts {
                self.queues
                    .hide(&message.receipt, now + Duration::from_secs(2))?;
                continue;
            }
            let Desk { function, .. } = &self.desks[desk];
            let told = failed::event(function, &message.body, message.receives, "it crashed");
            self.queues.send(&[&given_up], &told.to_string(), now)?;
            self.delete(&[message])?;
        }
        Ok(())
    }

    fn delete(&mut self, messages: &[Message]) -> Result<()> {
        if messages.is_empty() || self.wire.state().happens(8, Fault::DeleteLost) {
            return Ok(());
        }
        let receipts = messages.iter().map(|message| message.receipt.as_str());
        self.queues.delete(&receipts.collect::<Vec<_>>())?;
        Ok(())
    }

    /// Which of those that are done were sent after others that still wait.
    fn look_for_older(&self, desk: usize, done: &[Message]) -> Result<()> {
        let waiting = self.queues.look(&self.desks[desk].queue.name, 10)?;
        let is_done = |id: &String| done.iter().any(|message| message.id == *id);
        let oldest = waiting.iter().find(|message| !is_done(&message.id));
        for message in done {
            if oldest.is_some_and(|oldest| oldest.sent < message.sent) {
                self.wire.state().tally.count(Fault::Overtaken);
            }
        }
        Ok(())
    }

    // ANCHOR: redrive
    /// Somebody has looked at what was given up, and sends it once more.
    pub fn redrive(&mut self) -> Result<()> {
        let now = self.now();
        for queue in &self.sources.queues {
            let dead = self.queues.redrive(&queue.name, now)?;
            let given_up = if self.desks.iter().any(|desk| desk.queue == *queue) {
                vec![]
            } else {
                self.queues.receive(queue, 10, now)?
            };
            for message in &given_up {
                let GivenUp::Event { function, event } = GivenUp::read(&message.body)? else {
                    bail!("the teller never gives up here");
                };
                self.queues.send(&[&inbox(&function)], &event, now)?;
                self.queues.delete(&[&message.receipt])?;
            }
            let mut state = self.wire.state();
            (0..dead).for_each(|_| state.tally.count(Fault::DeadLetter));
            (0..given_up.len()).for_each(|_| state.tally.count(Fault::GivenUp));
        }
        Ok(())
    }
    // ANCHOR_END: redrive
}

/// Has a function handle messages, and gives the ids of those that it has failed at.
async fn handle(office: &Store, function: &str, messages: Vec<Message>) -> Vec<String> {
    if function == "thanks" {
        let response = thanks::thank_all(office, event(messages)).await;
        let failures = response.batch_item_failures.into_iter();
        return failures
            .filter_map(|failure| failure.item_identifier)
            .collect();
    }
    let mut failed = vec![];
    for message in messages {
        if handle_one(office, function, &message.body).await.is_err() {
            failed.push(message.id);
        }
    }
    failed
}

async fn handle_one(office: &Store, function: &str, body: &str) -> Result<()> {
    match function {
        "papers" => papers::write(office, serde_json::from_str(body)?).await,
        "display" => display::count(office, serde_json::from_str(body)?).await,
        other => bail!("there is no desk {other}"),
    }
}

fn event(messages: Vec<Message>) -> SqsEvent {
    let records = messages.into_iter().map(|message| {
        let mut record = SqsMessage::default();
        record.message_id = Some(message.id);
        record.body = Some(message.body);
        record
    });
    let mut event = SqsEvent::default();
    event.records = records.collect();
    event
}
