//! The store of this book.

use std::time::UNIX_EPOCH;

use anyhow::Result;
use aws_sdk_dynamodb::Client;
use event_store::{
    Command, Decider, Dynamo, Error, Issued, Record, Settings, Store, Stored, StreamId, Unreadable,
};
use serde_json::{Value, from_value, json};

use crate::peer::{Outcome, Peer};
use crate::pet::{Event, Pet, Refusal, Wish};

const TABLE: &str = "ours-commits";

/// `event-store`, with the settings that it has by itself: a small state goes into each commit.
#[derive(Debug)]
pub struct Ours(Store<Shop, Dynamo>);

#[derive(Debug)]
enum Shop {}

impl Decider for Shop {
    type Command = Wish;
    type Event = Event;
    type State = Pet;
    type Error = Refusal;

    fn decide(pet: &Pet, wish: &Wish) -> Result<Vec<Event>, Refusal> {
        Ok(vec![pet.decide(wish)?])
    }

    fn evolve(mut pet: Pet, event: &Event) -> Pet {
        pet.apply(event);
        pet
    }
}

impl Stored for Shop {
    const STATE: u32 = 1;

    fn record(event: &Event) -> Record {
        Record::new("Pet", 1, json!(event))
    }

    fn event(record: &Record) -> Result<Event, Unreadable> {
        Ok(from_value(record.body.clone())?)
    }

    fn snapshot(pet: &Pet) -> Value {
        json!(pet)
    }

    fn state(snapshot: &Value) -> Result<Pet, Unreadable> {
        Ok(from_value(snapshot.clone())?)
    }
}

impl Peer for Ours {
    const NAME: &'static str = "event-store";

    async fn make(client: &Client) -> Result<()> {
        Ok(Dynamo::make(client, TABLE).await?)
    }

    async fn open(client: &Client) -> Result<Self> {
        let dynamo = Dynamo::new(client, TABLE);
        Ok(Self(Store::new(dynamo, Settings::default())))
    }

    async fn execute(&self, pet: &str, key: Option<&str>, wish: &Wish) -> Outcome {
        let command = match key {
            None => Command::once(),
            Some(key) => Command {
                key: key.to_owned(),
                fingerprint: format!("{wish:?}"),
            },
        };
        let issued = Issued::at(command, UNIX_EPOCH.elapsed().unwrap_or_default());
        match self.0.execute(&stream(pet), &issued, wish).await {
            Ok(done) if done.again => Outcome::Again,
            Ok(_) => Outcome::Done,
            Err(Error::Refused(refusal)) => Outcome::Refused(refusal),
            Err(Error::Failed(failure)) => Outcome::Failed(failure.to_string()),
        }
    }

    async fn load(&self, pet: &str) -> Result<Pet> {
        Ok(self.0.load(&stream(pet)).await?.state)
    }

    async fn history(&self, pet: &str) -> Result<Vec<Event>> {
        let told = self.0.read(&stream(pet), 0, 500).await?;
        Ok(told.into_iter().flat_map(|told| told.events).collect())
    }
}

fn stream(pet: &str) -> StreamId {
    StreamId(format!("pet#{pet}"))
}
