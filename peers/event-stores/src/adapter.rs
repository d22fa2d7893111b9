//! event-store-adapter-rs 5.2.0: <https://docs.rs/event-store-adapter-rs/5.2.0>
//!
//! It reads and writes, and leaves commands to whoever uses it. Facts about this version:
//!
//! - An append is one event: a command with several of them is several transactions, and may be half done.
//! - An event has no key. Whoever keeps the number that the event was to have is told of a conflict when it is there already;
//!   a customer who asks again is not one of these.
//! - It keeps its newest event in a table of heads, too, so that an event is written twice.

use anyhow::Result;
use aws_sdk_dynamodb::Client;
use chrono::Utc;
use event_store_adapter_rs::{
    AggregateId, DynamoDbOptions, DynamoDbTables, EventEnvelope, EventStoreError,
    EventStoreForDynamoDB, SnapshotEnvelope,
};

use crate::peer::{Outcome, Peer};
use crate::pet::{Event, Pet, Wish};
use crate::tables::Table;

const JOURNAL: &str = "adapter-journal";
const SNAPSHOTS: &str = "adapter-snapshots";
const HEADS: &str = "adapter-heads";
const HISTORY: &str = "history";

/// `event-store-adapter-rs`, which keeps the current snapshot alone, as it does by itself.
#[derive(Debug)]
pub struct Adapter(EventStoreForDynamoDB<PetId, Pet, Event>);

/// The tables that [`Peer::make`] makes for it.
#[must_use]
pub fn tables() -> DynamoDbTables {
    DynamoDbTables {
        journal_table_name: JOURNAL.to_owned(),
        snapshot_table_name: SNAPSHOTS.to_owned(),
        head_table_name: HEADS.to_owned(),
        snapshot_history_index_name: HISTORY.to_owned(),
    }
}

#[derive(Debug, Clone)]
struct PetId(String);

impl AggregateId for PetId {
    fn type_name(&self) -> String {
        "pet".to_owned()
    }

    fn value(&self) -> String {
        self.0.clone()
    }
}

impl Adapter {
    /// The pet, and the number of its newest event.
    async fn newest(&self, id: &PetId) -> Result<(Pet, u64), EventStoreError> {
        let Some(read) = self.0.get_latest_snapshot_by_id(id).await? else {
            return Ok((Pet::default(), 0));
        };
        let (snapshot, head) = read.into_parts();
        let (mut pet, number) = match snapshot {
            Some(snapshot) => {
                let number = snapshot.seq_nr();
                (snapshot.into_aggregate(), number)
            }
            None => (Pet::default(), 0),
        };
        // A snapshot of the newest event needs none after it.
        if number < head {
            let events = self.0.get_events_by_id_since_seq_nr(id, number + 1);
            for event in events.await? {
                pet.apply(event.payload());
            }
        }
        Ok((pet, head))
    }

    async fn try_to(&self, id: &PetId, wish: &Wish) -> Result<Outcome, EventStoreError> {
        let (mut pet, number) = self.newest(id).await?;
        let event = match pet.decide(wish) {
            Ok(event) => event,
            Err(refusal) => return Ok(Outcome::Refused(refusal)),
        };
        pet.apply(&event);
        let event = EventEnvelope::new(id.clone(), number + 1, Utc::now(), event);
        let snapshot = SnapshotEnvelope::new(pet, number + 1);
        self.0.persist_event_and_snapshot(event, snapshot).await?;
        Ok(Outcome::Done)
    }
}

impl Peer for Adapter {
    const NAME: &'static str = "event-store-adapter";

    async fn make(client: &Client) -> Result<()> {
        let journal = Table {
            name: JOURNAL,
            partition: "aid",
            sort: Some("seq_nr"),
            index: None,
        };
        let snapshots = Table {
            name: SNAPSHOTS,
            sort: Some("skey"),
            index: Some((HISTORY, "active_history_seq_nr")),
            ..journal
        };
        let heads = Table {
            name: HEADS,
            sort: None,
            ..journal
        };
        for table in [journal, snapshots, heads] {
            table.make(client).await?;
        }
        // Whoever opens it first writes its configuration.
        Self::open(client).await.map(drop)
    }

    async fn open(client: &Client) -> Result<Self> {
        let options = DynamoDbOptions::default();
        let store = EventStoreForDynamoDB::open(client.clone(), tables(), options);
        Ok(Self(store.await?))
    }

    async fn execute(&self, pet: &str, _key: Option<&str>, wish: &Wish) -> Outcome {
        match self.try_to(&PetId(pet.to_owned()), wish).await {
            Ok(outcome) => outcome,
            Err(EventStoreError::OptimisticLock { .. }) => Outcome::Conflict,
            Err(error) => Outcome::Failed(error.to_string()),
        }
    }

    async fn load(&self, pet: &str) -> Result<Pet> {
        let (pet, _) = self.newest(&PetId(pet.to_owned())).await?;
        Ok(pet)
    }

    async fn history(&self, pet: &str) -> Result<Vec<Event>> {
        let id = PetId(pet.to_owned());
        let events = self.0.get_events_by_id_since_seq_nr(&id, 1).await?;
        Ok(events
            .into_iter()
            .map(EventEnvelope::into_payload)
            .collect())
    }
}
