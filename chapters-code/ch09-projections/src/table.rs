//! Rows in a table of `DynamoDB`.

use std::marker::PhantomData;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{DisplayErrorContext, SdkError};
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::AttributeValue::{N, S};
use ch03_platform::items::Item;
use event_store::StreamId;

use crate::rows::{At, Away, Generation, Generations, Rows};
use crate::views::Kept;

/// Where it stands which generations there are; no stream is called so.
const GENERATIONS: &str = "generations";

// ANCHOR: table
/// The rows of one view, in a table that may have those of others, too. A row has the name
/// of its view and its generation as its partition key, and its stream as its sort key.
#[derive(Debug, Clone)]
pub struct Table<V> {
    client: Client,
    name: String,
    view: PhantomData<V>,
}
// ANCHOR_END: table

impl<V: Kept> Table<V> {
    /// The rows in this table, which chapter 3's release makes.
    #[must_use]
    pub fn new(client: Client, name: &str) -> Self {
        let (name, view) = (name.to_owned(), PhantomData);
        Self { client, name, view }
    }

    fn key(of: Generation, stream: &StreamId) -> Item {
        ch03_platform::items::key(&format!("{}#{of}", V::NAME), &stream.0)
    }

    fn place() -> Item {
        ch03_platform::items::key(V::NAME, GENERATIONS)
    }
}

impl<V: Kept + Send + Sync> Rows for Table<V>
where
    V::Row: Send,
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
    async fn put(&self, of: Generation, stream: &StreamId, at: At<V::Row>) -> Result<(), Away> {
        let put = self.client.put_item().table_name(&self.name);
        let put = put
            .set_item(Some(Self::key(of, stream)))
            .item("c", N(at.commit.to_string()))
            .item("row", S(V::write(&at.row).to_string()))
            .condition_expression("attribute_not_exists(pk) OR c < :c")
            .expression_attribute_values(":c", N(at.commit.to_string()));
        match put.send().await {
            Err(error) if !is_condition(&error) => Err(away(error)),
            // There is one of the same commit, or of a later one.
            _ => Ok(()),
        }
    }
    // ANCHOR_END: put

    async fn generations(&self) -> Result<Generations, Away> {
        let get = self.client.get_item().table_name(&self.name);
        let get = get.set_key(Some(Self::place()));
        let found = get.consistent_read(true).send().await.map_err(away)?;
        let Some(item) = found.item else {
            return Ok(Generations::default());
        };
        let building = item.get("building").map(|_| number(&item, "building"));
        Ok(Generations {
            current: number(&item, "current")?,
            building: building.transpose()?,
        })
    }

    async fn set_generations(&self, before: Generations, now: Generations) -> Result<bool, Away> {
        let put = self.client.put_item().table_name(&self.name);
        let mut put = put
            .set_item(Some(Self::place()))
            .item("current", N(now.current.to_string()));
        if let Some(building) = now.building {
            put = put.item("building", N(building.to_string()));
        }
        let is_new = before == Generations::default();
        let mut condition = "#current = :current".to_owned();
        put = put
            .expression_attribute_names("#current", "current")
            .expression_attribute_names("#building", "building")
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

fn read<V: Kept>(item: &Item) -> Result<At<V::Row>, Away> {
    let row = item.get("row").and_then(|row| row.as_s().ok());
    let row = row.and_then(|row| serde_json::from_str(row).ok());
    let row = row.ok_or_else(|| odd("row"))?;
    Ok(At {
        commit: number(item, "c")?,
        row: V::read(&row).map_err(|error| Away(error.0))?,
    })
}

fn number(item: &Item, name: &str) -> Result<u64, Away> {
    let digits = item.get(name).and_then(|number| number.as_n().ok());
    let number = digits.and_then(|digits| digits.parse().ok());
    number.ok_or_else(|| odd(name))
}

fn odd(name: &str) -> Away {
    Away(format!("a row without {name:?}, or with another one"))
}

fn is_condition<R>(error: &SdkError<PutItemError, R>) -> bool {
    let error = error.as_service_error();
    error.is_some_and(PutItemError::is_conditional_check_failed_exception)
}

fn away(error: impl std::error::Error) -> Away {
    Away(DisplayErrorContext(&error).to_string())
}
