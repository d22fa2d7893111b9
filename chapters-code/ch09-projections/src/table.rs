//! Rows in a table of `DynamoDB`.

mod make;
mod pages;
mod totals;

use std::marker::PhantomData;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{DisplayErrorContext, SdkError};
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::AttributeValue::{N, S};
use aws_sdk_dynamodb::types::{DeleteRequest, WriteRequest};
use ch03_platform::items::Item;
use ch06_state::retries::pauses;
use event_store::StreamId;
use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::time::sleep;

pub use self::make::make;
pub use self::pages::{Found, Order, Page, Wanted};
pub use self::totals::Totals;
use crate::projector::AT_ONCE;
use crate::rows::{At, Away, Generation, Generations, Put, Rows};
use crate::views::{Kept, Places};

/// The index with all rows that are looked through.
pub const ALL: &str = "all";

/// The index with those that are asked for most.
pub const CHOSEN: &str = "chosen";

/// What a row is called.
const KEY: &str = "pk";

/// The view and the generation that it is a part of: the partition of both indexes.
const GENERATION: &str = "g";

/// Where it is in each of them.
const PLACE_IN_ALL: &str = "a";
const PLACE_IN_CHOSEN: &str = "b";

/// How many rows can be deleted at once.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html>
const DELETED: usize = 25;

// ANCHOR: table
/// The rows of one view, in a table that may have those of others, too. A row is called by
/// the name of its view, its generation and its stream.
#[derive(Debug, Clone)]
pub struct Table<V> {
    client: Client,
    name: String,
    view: PhantomData<V>,
}
// ANCHOR_END: table

impl<V: Kept> Table<V> {
    /// The rows in this table, which [`make`] makes.
    #[must_use]
    pub fn new(client: Client, name: &str) -> Self {
        let (name, view) = (name.to_owned(), PhantomData);
        Self { client, name, view }
    }

    /// Both the view's name and a generation's number have no `#` in them.
    fn key(of: Generation, stream: &StreamId) -> Item {
        key(&format!("{}#{of}#{stream}", V::NAME))
    }

    fn item(of: Generation, stream: &StreamId, at: &At<V::Row>) -> Item {
        let mut item = Self::key(of, stream);
        item.insert("c".into(), N(at.commit.to_string()));
        item.insert("row".into(), S(V::write(&at.row).to_string()));
        let Places { all, chosen } = V::places(&at.row, stream);
        if all.is_some() || chosen.is_some() {
            item.insert(GENERATION.into(), S(format!("{}#{of}", V::NAME)));
        }
        let places = [(PLACE_IN_ALL, all), (PLACE_IN_CHOSEN, chosen)];
        for (name, place) in places {
            item.extend(place.map(|place| (name.to_owned(), S(place))));
        }
        item
    }

    async fn delete(&self, keys: &[Item]) -> Result<(), Away> {
        let mut left: Vec<WriteRequest> = vec![];
        for key in keys {
            let delete = DeleteRequest::builder().set_key(Some(key.clone()));
            let delete = delete.build().map_err(away)?;
            left.push(WriteRequest::builder().delete_request(delete).build());
        }
        let mut pauses = pauses();
        loop {
            let batch = self.client.batch_write_item();
            let batch = batch.request_items(&self.name, left).send().await;
            let unprocessed = batch.map_err(away)?.unprocessed_items.unwrap_or_default();
            left = unprocessed.into_values().flatten().collect();
            if left.is_empty() {
                return Ok(());
            }
            let pause = pauses.next().ok_or_else(|| too_much("to delete"))?;
            sleep(pause).await;
        }
    }
}

impl<V: Kept + Send + Sync> Rows for Table<V>
where
    V::Row: Send + Sync,
{
    type Row = V::Row;

    async fn get(&self, of: Generation, stream: &StreamId) -> Result<At<V::Row>, Away> {
        let get = self.client.get_item().table_name(&self.name);
        let get = get.set_key(Some(Self::key(of, stream)));
        let found = get.consistent_read(true).send().await.map_err(away)?;
        match found.item {
            None => Ok(At::default()),
            Some(item) => read::<V>(&item),
        }
    }

    // ANCHOR: put
    async fn put(
        &self,
        of: Generation,
        stream: &StreamId,
        _: &At<V::Row>,
        now: At<V::Row>,
    ) -> Result<Put, Away> {
        let put = self.client.put_item().table_name(&self.name);
        let put = put
            .set_item(Some(Self::item(of, stream, &now)))
            .condition_expression("attribute_not_exists(pk) OR c < :c")
            .expression_attribute_values(":c", N(now.commit.to_string()));
        match put.send().await {
            Err(error) if !is_condition(&error) => Err(away(error)),
            // There is one of the same commit, or of a later one.
            _ => Ok(Put::There),
        }
    }
    // ANCHOR_END: put

    async fn begin(
        &self,
        of: Generation,
        rows: Vec<(StreamId, At<V::Row>)>,
    ) -> Result<Vec<StreamId>, Away> {
        let nothing = At::default();
        let puts = rows.into_iter();
        let puts = puts.map(async |(stream, now)| self.put(of, &stream, &nothing, now).await);
        let puts = stream::iter(puts).buffer_unordered(AT_ONCE);
        puts.try_for_each(async |_| Ok(())).await?;
        Ok(vec![])
    }

    async fn remove(&self, of: Generation, streams: &[StreamId]) -> Result<(), Away> {
        let keys: Vec<Item> = streams.iter().map(|name| Self::key(of, name)).collect();
        let batches: Vec<Vec<Item>> = keys.chunks(DELETED).map(<[Item]>::to_vec).collect();
        let batches = batches.into_iter();
        let batches = batches.map(|keys| async move { self.delete(&keys).await });
        let batches = stream::iter(batches).buffer_unordered(AT_ONCE);
        batches.try_collect().await
    }

    async fn generations(&self) -> Result<Generations, Away> {
        let get = self.client.get_item().table_name(&self.name);
        let get = get.set_key(Some(key(V::NAME)));
        let found = get.consistent_read(true).send().await.map_err(away)?;
        let Some(item) = found.item else {
            return Ok(Generations::default());
        };
        let building = item.get("building").map(|_| number(&item, "building"));
        Ok(Generations {
            current: number(&item, "current")?,
            building: building.transpose()?,
            oldest: number(&item, "oldest")?,
        })
    }

    async fn set_generations(&self, before: Generations, now: Generations) -> Result<bool, Away> {
        let put = self.client.put_item().table_name(&self.name);
        let mut put = put
            .set_item(Some(key(V::NAME)))
            .item("current", N(now.current.to_string()))
            .item("oldest", N(now.oldest.to_string()));
        if let Some(building) = now.building {
            put = put.item("building", N(building.to_string()));
        }
        let is_new = before == Generations::default();
        let mut condition = "#current = :current AND oldest = :oldest".to_owned();
        put = put
            .expression_attribute_names("#current", "current")
            .expression_attribute_names("#building", "building")
            .expression_attribute_values(":oldest", N(before.oldest.to_string()))
            .expression_attribute_values(":current", N(before.current.to_string()));
        condition += match before.building {
            None => " AND attribute_not_exists(#building)",
            Some(building) => {
                let building = N(building.to_string());
                put = put.expression_attribute_values(":building", building);
                " AND #building = :building"
            }
        };
        if is_new {
            condition = format!("attribute_not_exists(pk) OR ({condition})");
        }
        match put.condition_expression(condition).send().await {
            Ok(_) => Ok(true),
            Err(error) if is_condition(&error) => Ok(false),
            Err(error) => Err(away(error)),
        }
    }
}

fn key(name: &str) -> Item {
    Item::from([(KEY.to_owned(), S(name.to_owned()))])
}

fn read<V: Kept>(item: &Item) -> Result<At<V::Row>, Away> {
    let row = item.get("row").and_then(|row| row.as_s().ok());
    let row = row.and_then(|row| serde_json::from_str(row).ok());
    let row = row.ok_or_else(|| odd("row"))?;
    Ok(At {
        commit: number(item, "c")?,
        row: V::read(&row).map_err(|error| Away(error.0))?,
    })
}

fn number<T: std::str::FromStr>(item: &Item, name: &str) -> Result<T, Away> {
    let digits = item.get(name).and_then(|number| number.as_n().ok());
    let number = digits.and_then(|digits| digits.parse().ok());
    number.ok_or_else(|| odd(name))
}

fn odd(name: &str) -> Away {
    Away(format!("a row without {name:?}, or with another one"))
}

fn too_much(what: &str) -> Away {
    Away(format!("the table has too much to do {what}"))
}

fn is_condition<R>(error: &SdkError<PutItemError, R>) -> bool {
    let error = error.as_service_error();
    error.is_some_and(PutItemError::is_conditional_check_failed_exception)
}

fn away(error: impl std::error::Error) -> Away {
    Away(DisplayErrorContext(&error).to_string())
}
