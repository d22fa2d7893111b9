//! What the steps to the commit item share: a table in the database that the environment
//! names, Gustav, and what calls cost.

#![allow(dead_code, reason = "each step uses its part")]

use std::cell::Cell;
use std::collections::HashMap;
use std::env;
use std::fmt;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, anyhow};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue::{self, N, S};
use aws_sdk_dynamodb::types::{
    ConsumedCapacity, Put, PutRequest, ReturnConsumedCapacity, TransactWriteItem, WriteRequest,
};
use ch01_bare_server::pets::{Customer, Description, Money, PetId};
use ch03_platform::table;
use ch08_event_sourcing::pet::{Command, Event, Pets, Wish};
use event_store::{Dynamo, Stored};

pub type Item = HashMap<String, AttributeValue>;

/// The stream of Gustav.
pub const GUSTAV: &str = "pet#gustav";

/// How many items a call may put at once that asks for no condition.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html>
const BATCH: usize = 25;

/// What calls have cost.
#[derive(Debug, Default, Clone, Copy)]
pub struct Cost {
    pub requests: u64,
    pub reads: f64,
    pub writes: f64,
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = |count: f64, what| {
            let s = if (count - 1.0).abs() < 1e-9 { "" } else { "s" };
            format!("{count} {what}{s}")
        };
        #[allow(clippy::cast_precision_loss, reason = "a handful of calls")]
        let requests = plural(self.requests as f64, "request");
        let (reads, writes) = (
            plural(self.reads, "read unit"),
            plural(self.writes, "write unit"),
        );
        write!(f, "{requests}, {reads}, {writes}")
    }
}

/// A table of its own, and what calls on it have cost.
pub struct Walk {
    client: Client,
    table: String,
    cost: Cell<Cost>,
}

impl Walk {
    /// Makes the table, as `event-store` makes its own.
    pub async fn new() -> Result<Self> {
        let (client, table) = fresh().await?;
        let cost = Cell::default();
        Ok(Self {
            client,
            table,
            cost,
        })
    }

    /// What calls have cost since this was asked for the last time.
    pub fn cost(&self) -> Cost {
        self.cost.take()
    }

    fn count(&self, reads: f64, writes: f64) {
        let mut cost = self.cost.get();
        cost.requests += 1;
        cost.reads += reads;
        cost.writes += writes;
        self.cost.set(cost);
    }

    /// The items of Gustav's stream after this number, all pages of them.
    pub async fn read(&self, after: usize) -> Result<Vec<Item>> {
        let mut start = None;
        let mut items = vec![];
        loop {
            let query = self.client.query().table_name(&self.table);
            let query = query
                .consistent_read(true)
                .key_condition_expression("pk = :stream AND c > :after")
                .expression_attribute_values(":stream", S(GUSTAV.into()))
                .expression_attribute_values(":after", N(after.to_string()))
                .set_exclusive_start_key(start)
                .return_consumed_capacity(ReturnConsumedCapacity::Total);
            let page = query.send().await?;
            self.count(units(page.consumed_capacity()), 0.0);
            items.extend(page.items.unwrap_or_default());
            start = page.last_evaluated_key;
            if start.is_none() {
                return Ok(items);
            }
        }
    }

    /// One item.
    pub async fn get(&self, number: usize) -> Result<Option<Item>> {
        let get = self.client.get_item().table_name(&self.table);
        let get = get
            .set_key(Some(key(number)))
            .consistent_read(true)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let found = get.send().await?;
        self.count(units(found.consumed_capacity()), 0.0);
        Ok(found.item)
    }

    // ANCHOR: write
    /// Writes new items: one by itself, several in a transaction.
    pub async fn write(&self, mut items: Vec<Item>) -> Result<()> {
        if items.len() == 1 {
            let put = self.client.put_item().table_name(&self.table);
            let put = put
                .set_item(items.pop())
                .condition_expression("attribute_not_exists(pk)")
                .return_consumed_capacity(ReturnConsumedCapacity::Total);
            let put = put.send().await?;
            self.count(0.0, units(put.consumed_capacity()));
            return Ok(());
        }
        let puts = items.into_iter().map(|item| {
            let put = Put::builder().table_name(&self.table).set_item(Some(item));
            let put = put.condition_expression("attribute_not_exists(pk)");
            Ok(TransactWriteItem::builder().put(put.build()?).build())
        });
        let call = self.client.transact_write_items();
        let call = call
            .set_transact_items(Some(puts.collect::<Result<_>>()?))
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let written = call.send().await?;
        let told = written.consumed_capacity().iter();
        self.count(0.0, told.map(|told| units(Some(told))).sum());
        Ok(())
    }
    // ANCHOR_END: write

    /// Writes an item over whatever is there.
    pub async fn replace(&self, item: Item) -> Result<()> {
        let put = self.client.put_item().table_name(&self.table);
        let put = put.set_item(Some(item));
        let put = put.return_consumed_capacity(ReturnConsumedCapacity::Total);
        let put = put.send().await?;
        self.count(0.0, units(put.consumed_capacity()));
        Ok(())
    }

    /// Fills the stream, and counts nothing.
    pub async fn fill(&self, items: &[Item]) -> Result<()> {
        for batch in items.chunks(BATCH) {
            let put = |item: &Item| {
                let put = PutRequest::builder().set_item(Some(item.clone()));
                Ok(WriteRequest::builder().put_request(put.build()?).build())
            };
            let puts = batch.iter().map(put).collect::<Result<_>>()?;
            let call = self.client.batch_write_item();
            call.request_items(&self.table, puts).send().await?;
        }
        Ok(())
    }
}

fn units(told: Option<&ConsumedCapacity>) -> f64 {
    let units = told.and_then(ConsumedCapacity::capacity_units);
    units.unwrap_or_default()
}

/// The way to the database, and a table that nobody else has.
pub async fn fresh() -> Result<(Client, String)> {
    let client = table::patient(&Client::new(&table::connect().await));
    let table = format!("walk-{}", std::process::id());
    Dynamo::make(&client, &table).await?;
    Ok((client, table))
}

/// How old the stream is to be: the number of commands that is the only word.
pub fn age() -> Result<usize> {
    let word = env::args().nth(1);
    let age = word.as_deref().map(str::parse);
    let age = age.and_then(Result::ok).filter(|age| *age > 0);
    age.context("say how many commands the stream is old: 1, 100 or 10000")
}

/// The key of an item.
pub fn key(number: usize) -> Item {
    HashMap::from([
        ("pk".into(), S(GUSTAV.into())),
        ("c".into(), N(number.to_string())),
    ])
}

// ANCHOR: item
/// An event as an item of its own, with the command by which it came about, and its time.
pub fn item(number: usize, event: &Event) -> Item {
    let record = Pets::record(event);
    let mut item = key(number);
    item.insert("i".into(), S(event_store::Command::once().key));
    item.insert("m".into(), N(now().as_millis().to_string()));
    item.insert("t".into(), S(record.kind));
    item.insert("v".into(), N(record.version.to_string()));
    item.insert("b".into(), S(record.body.to_string()));
    item
}
// ANCHOR_END: item

/// The event that an item is.
pub fn event(item: &Item) -> Result<Event> {
    let text = |name: &str| item.get(name)?.as_s().ok().map(String::as_str);
    let parts = text("t").zip(text("b")).context("an event's item")?;
    let record = event_store::Record::new(parts.0, 1, serde_json::from_str(parts.1)?);
    Ok(Pets::event(&record)?)
}

/// What has happened to Gustav after so many commands.
pub fn past(age: usize) -> impl Iterator<Item = Event> {
    let taken_in = Event::TakenIn(gustav(), about());
    std::iter::once(taken_in).chain((1..age).map(|number| match wish(number) {
        Wish::Return { reason } => Event::Returned { reason },
        Wish::Adopt { customer, together } => Event::Adopted { customer, together },
        Wish::TakeIn(_) => unreachable!("he is taken in once"),
    }))
}

/// What somebody wants after so many commands, of which the first takes him in.
pub fn command(number: usize) -> Command {
    let wish = if number == 0 {
        Wish::TakeIn(about())
    } else {
        wish(number)
    };
    let pet = gustav();
    Command { pet, wish }
}

fn wish(number: usize) -> Wish {
    if number % 2 == 1 {
        let customer = Customer("Ada Lovelace".into());
        let together = vec![];
        Wish::Adopt { customer, together }
    } else {
        let reason = "He eats the tulips".into();
        Wish::Return { reason }
    }
}

fn gustav() -> PetId {
    PetId("0199f0a0-0000-7000-8000-000000000000".into())
}

fn about() -> Description {
    let price = Money {
        amount: 12_000,
        currency: "EUR".into(),
    };
    Description {
        name: "Gustav".into(),
        species: "tortoise".into(),
        born: 1923,
        price,
    }
}

/// What time it is.
pub fn now() -> Duration {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.unwrap_or_default()
}

/// Bytes of the items of the stream, as the database counts them.
pub fn room(items: &[Item]) -> usize {
    let bytes = |value: &AttributeValue| match value {
        S(text) => text.len(),
        N(digits) => digits.len().div_ceil(2) + 1,
        _ => 0,
    };
    let item = |item: &Item| -> usize {
        item.iter()
            .map(|(name, value)| name.len() + bytes(value))
            .sum()
    };
    items.iter().map(item).sum()
}

/// Why the business says no to somebody who should have been told yes.
pub fn refused(refusal: &ch01_bare_server::pets::Refusal) -> anyhow::Error {
    anyhow!("{refusal}")
}
