//! dynamo-es 0.5.0, the `DynamoDB` of cqrs-es 0.5.0: <https://docs.rs/dynamo-es/0.5.0>
//!
//! Facts about these versions, each of which a test shows or a line of their source:
//!
//! - `EventSink::write` applies an event to the aggregate that it is given, and `PersistedEventStore::commit` applies it
//!   again to the same one before it writes it as a snapshot. Whoever hands on `self`, as the documentation does, finds
//!   each event counted twice in the snapshot. Here a clone is handed on.
//! - `get_events` is one Query, and a page of it has 1 MB: of a longer stream the rest is not read.
//! - `get_last_events` is not consistent, so that a command may be decided on less than its stream holds. It is not written
//!   then.
//! - A transaction that meets another one (`TransactionConflict`) is not `AggregateConflict` but `UnexpectedError`.
//! - A command has no key. Its metadata is written, and not looked at.

use std::collections::HashMap;

use anyhow::Result;
use aws_sdk_dynamodb::Client;
use cqrs_es::event_sink::EventSink;
use cqrs_es::persist::PersistedEventStore;
use cqrs_es::{Aggregate, AggregateError, CqrsFramework, DomainEvent, EventStore};
use dynamo_es::{DynamoCqrs, DynamoEventRepository};

use crate::peer::{Outcome, Peer};
use crate::pet::{Event, Pet, Refusal, Wish};
use crate::tables::Table;

type Persisted = PersistedEventStore<DynamoEventRepository, Pet>;

impl DomainEvent for Event {
    fn event_type(&self) -> String {
        let name = match self {
            Self::Adopted(_) => "Adopted",
            Self::Returned => "Returned",
            Self::Given(_) => "Given",
        };
        name.to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}

impl Aggregate for Pet {
    const TYPE: &'static str = "pet";
    type Command = Wish;
    type Event = Event;
    type Error = Refusal;
    type Services = ();

    async fn handle(&mut self, wish: Wish, (): &(), sink: &EventSink<Self>) -> Result<(), Refusal> {
        let event = self.decide(&wish)?;
        // A clone, lest the event count twice in a snapshot.
        sink.write(event, &mut self.clone()).await;
        Ok(())
    }

    fn apply(&mut self, event: Event) {
        Pet::apply(self, &event);
    }
}

/// Either with the aggregate beside its events, from which alone it is loaded, which is what it does in the fewest calls; or
/// with a snapshot for each event, and the events after it.
pub struct DynamoEs<const SNAPSHOTS: bool>(Framework);

struct Framework {
    cqrs: DynamoCqrs<Pet>,
    /// The framework does not show what it has.
    store: Persisted,
}

impl Framework {
    fn new(store: impl Fn() -> Persisted) -> Self {
        Self {
            cqrs: CqrsFramework::new(store(), vec![], ()),
            store: store(),
        }
    }

    async fn make(client: &Client) -> Result<()> {
        let events = Table {
            name: "Events",
            partition: "AggregateTypeAndId",
            sort: Some("AggregateIdSequence"),
            index: None,
        };
        let snapshots = Table {
            name: "Snapshots",
            sort: None,
            ..events
        };
        snapshots.make(client).await?;
        events.make(client).await
    }

    async fn execute(&self, pet: &str, key: Option<&str>, wish: &Wish) -> Outcome {
        let key = key.map(|key| ("key".to_owned(), key.to_owned()));
        let metadata: HashMap<_, _> = key.into_iter().collect();
        let done = self
            .cqrs
            .execute_with_metadata(pet, wish.clone(), metadata)
            .await;
        match done {
            Ok(()) => Outcome::Done,
            Err(AggregateError::UserError(refusal)) => Outcome::Refused(refusal),
            Err(AggregateError::AggregateConflict) => Outcome::Conflict,
            Err(error) => Outcome::Failed(error.to_string()),
        }
    }

    async fn load(&self, pet: &str) -> Result<Pet> {
        Ok(self.store.load_aggregate(pet).await?.aggregate)
    }

    async fn history(&self, pet: &str) -> Result<Vec<Event>> {
        let events = self.store.load_events(pet).await?;
        Ok(events.into_iter().map(|event| event.payload).collect())
    }
}

impl<const SNAPSHOTS: bool> Peer for DynamoEs<SNAPSHOTS> {
    const NAME: &'static str = if SNAPSHOTS {
        "dynamo-es, snapshots"
    } else {
        "dynamo-es, aggregates"
    };

    async fn make(client: &Client) -> Result<()> {
        Framework::make(client).await
    }

    async fn open(client: &Client) -> Result<Self> {
        let store = || {
            let repository = DynamoEventRepository::new(client.clone());
            if SNAPSHOTS {
                PersistedEventStore::new_snapshot_store(repository, 1)
            } else {
                PersistedEventStore::new_aggregate_store(repository)
            }
        };
        Ok(Self(Framework::new(store)))
    }

    async fn execute(&self, pet: &str, key: Option<&str>, wish: &Wish) -> Outcome {
        self.0.execute(pet, key, wish).await
    }

    async fn load(&self, pet: &str) -> Result<Pet> {
        self.0.load(pet).await
    }

    async fn history(&self, pet: &str) -> Result<Vec<Event>> {
        self.0.history(pet).await
    }
}
