//! What other people's stores do that their users may not expect, in the versions that are used here. When one of these
//! fails after an update, it is good news.

use std::time::Duration;

use anyhow::Result;
use aws_sdk_dynamodb::Client;
use chrono::DateTime;
use cqrs_es::event_sink::EventSink;
use cqrs_es::persist::PersistedEventStore;
use cqrs_es::{Aggregate, AggregateError, CqrsFramework, DomainEvent, EventStore};
use dynamo_es::DynamoEventRepository;
use event_store_adapter_rs::{
    AggregateId, DynamoDbOptions, EventEnvelope, EventStoreError, EventStoreForDynamoDB,
    SnapshotEnvelope,
};
use event_stores::adapter::{self, Adapter};
use event_stores::dynamo_es::DynamoEs;
use event_stores::peer::Peer;
use event_stores::pet::{Event, Pet, Refusal, Wish};
use event_stores::situations::client;
use local::Local;
use serde::{Deserialize, Serialize};

async fn tables(local: &Local) -> Result<Client> {
    let (client, _) = client(&local.url()).await;
    DynamoEs::<false>::make(&client).await?;
    Ok(client)
}

/// A number, written as the documentation of cqrs-es 0.5.0 writes an aggregate.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Sum(u64);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Added(u64);

impl DomainEvent for Added {
    fn event_type(&self) -> String {
        "Added".to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}

impl Aggregate for Sum {
    const TYPE: &'static str = "sum";
    type Command = u64;
    type Event = Added;
    type Error = Refusal;
    type Services = ();

    async fn handle(&mut self, add: u64, (): &(), sink: &EventSink<Self>) -> Result<(), Refusal> {
        sink.write(Added(add), self).await;
        Ok(())
    }

    fn apply(&mut self, added: Added) {
        self.0 += added.0;
    }
}

/// cqrs-es 0.5.0: `EventSink::write` applies an event to the aggregate, and `PersistedEventStore::commit` once more before
/// it is written.
#[tokio::test]
async fn an_event_counts_twice_in_a_snapshot_of_cqrs_es() -> Result<()> {
    let local = Local::in_memory()?;
    let client = tables(&local).await?;
    let repository = || DynamoEventRepository::new(client.clone());
    let store = PersistedEventStore::<_, Sum>::new_aggregate_store(repository());
    let cqrs = CqrsFramework::new(store, vec![], ());
    cqrs.execute("one", 5).await?;
    cqrs.execute("one", 1).await?;
    let snapshots = PersistedEventStore::<_, Sum>::new_aggregate_store(repository());
    assert_eq!(snapshots.load_aggregate("one").await?.aggregate.0, 12);
    let events = PersistedEventStore::<_, Sum>::new_event_store(repository());
    assert_eq!(events.load_aggregate("one").await?.aggregate.0, 6);
    Ok(())
}

/// dynamo-es 0.5.0: `get_events` asks for one page, which has 1 MB. A pet with more of a past is not what it was, and can
/// do nothing any more.
#[tokio::test]
async fn dynamo_es_reads_one_page_of_events() -> Result<()> {
    let local = Local::in_memory()?;
    let client = tables(&local).await?;
    let repository = || DynamoEventRepository::new(client.clone());
    let store = PersistedEventStore::<_, Pet>::new_event_store(repository());
    let cqrs = CqrsFramework::new(store, vec![], ());
    let long = "x".repeat(300_000);
    for _ in 0..3 {
        cqrs.execute("rex", Wish::Adopt(long.clone())).await?;
        cqrs.execute("rex", Wish::Return).await?;
    }
    cqrs.execute("rex", Wish::Adopt(long.clone())).await?;
    let store = PersistedEventStore::<_, Pet>::new_event_store(repository());
    assert_eq!(store.load_events("rex").await?.len(), 6);
    let returned = cqrs.execute("rex", Wish::Return).await;
    assert!(
        matches!(&returned, Err(AggregateError::UserError(Refusal::HasNone))),
        "{returned:?}"
    );
    for _ in 0..3 {
        let adopted = cqrs.execute("rex", Wish::Adopt("Ada".to_owned())).await;
        assert!(
            matches!(&adopted, Err(AggregateError::AggregateConflict)),
            "{adopted:?}"
        );
    }
    Ok(())
}

#[derive(Debug, Clone)]
struct Rex;

impl AggregateId for Rex {
    fn type_name(&self) -> String {
        "pet".to_owned()
    }

    fn value(&self) -> String {
        "rex".to_owned()
    }
}

/// event-store-adapter-rs 5.2.0: it is told by its number alone whether an event is there already. Whoever keeps that, and
/// not only the command, until there is an answer does nothing twice.
#[tokio::test]
async fn the_adapter_knows_an_event_by_its_number() -> Result<()> {
    let local = Local::in_memory()?;
    let (client, _) = client(&local.url()).await;
    Adapter::make(&client).await?;
    let (tables, options) = (adapter::tables(), DynamoDbOptions::default());
    let store = EventStoreForDynamoDB::<Rex, Pet, Event>::open(client, tables, options).await?;
    let gift = |number| {
        let at = DateTime::UNIX_EPOCH + Duration::from_secs(1_795_000_000);
        let event = EventEnvelope::new(Rex, number, at, Event::Given(500));
        let pet = Pet {
            cents: 500 * number,
            ..Pet::default()
        };
        store.persist_event_and_snapshot(event, SnapshotEnvelope::new(pet, number))
    };
    gift(1).await?;
    let again = gift(1).await;
    assert!(
        matches!(&again, Err(EventStoreError::OptimisticLock { .. })),
        "{again:?}"
    );
    gift(2).await?;
    let events = store.get_events_by_id_since_seq_nr(&Rex, 1).await?;
    assert_eq!(events.len(), 2);
    Ok(())
}
