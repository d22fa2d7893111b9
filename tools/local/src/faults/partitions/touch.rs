//! Which partitions a call touches, and what it takes of them.

use std::borrow::Cow;

use dynoxide::Item;
use dynoxide::types::{item_size, write_capacity_units};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::bucket::{Partition, Share};
use crate::faults::call::Call;

/// An item that a call reads or writes.
#[derive(Debug)]
pub struct Touch<'a> {
    /// The table.
    pub table: Cow<'a, str>,
    is_read: bool,
    /// Its attributes, among them the key.
    attributes: Cow<'a, Value>,
    units: f64,
}

impl Touch<'_> {
    /// What it takes of which partition, if this is the name of the partition key; `None` if
    /// it does not have it.
    pub fn share(&self, key: &str) -> Option<Share> {
        Some(Share {
            partition: Partition {
                is_read: self.is_read,
                table: self.table.clone().into_owned(),
                value: self.attributes.get(key)?.to_string(),
            },
            units: self.units,
        })
    }
}

/// All items that a call touches, as far as it is counted: for a transaction one for each of
/// its items, in their order.
pub fn touches(call: &Call) -> Vec<Touch<'_>> {
    let body = &call.body;
    let touches = match &*call.operation {
        "PutItem" | "UpdateItem" | "DeleteItem" => written(body, 1.0).map(|one| vec![one]),
        "TransactWriteItems" => body["TransactItems"].as_array().and_then(|items| {
            let actions = items.iter().map(|item| item.as_object()?.values().next());
            actions.map(|action| written(action?, 2.0)).collect()
        }),
        "BatchWriteItem" => body["RequestItems"].as_object().map(in_batch),
        "GetItem" => read(body, Cow::Borrowed(&body["Key"])),
        "Query" if body["IndexName"].is_null() => read(body, Cow::Owned(equalities(body))),
        _ => None,
    };
    touches.unwrap_or_default()
}

/// What a Put, an Update, a Delete or a condition touches.
fn written(action: &Value, factor: f64) -> Option<Touch<'_>> {
    let (attributes, size) = if let Some(item) = action.get("Item") {
        (item, size(item))
    } else {
        let key = action.get("Key")?;
        (key, size(key) + size(&action["ExpressionAttributeValues"]))
    };
    Some(Touch {
        table: Cow::Borrowed(action["TableName"].as_str()?),
        is_read: false,
        attributes: Cow::Borrowed(attributes),
        units: factor * write_capacity_units(size),
    })
}

fn in_batch(tables: &Map<String, Value>) -> Vec<Touch<'_>> {
    let requests = tables.iter().flat_map(|(table, requests)| {
        let requests = requests.as_array().into_iter().flatten();
        requests.map(move |request| (table, request))
    });
    let touches = requests.map(|(table, request)| {
        let attributes = match request.get("PutRequest") {
            Some(put) => &put["Item"],
            None => &request["DeleteRequest"]["Key"],
        };
        Touch {
            table: Cow::Borrowed(table),
            is_read: false,
            units: write_capacity_units(size(attributes)),
            attributes: Cow::Borrowed(attributes),
        }
    });
    touches.collect()
}

fn read<'a>(body: &'a Value, attributes: Cow<'a, Value>) -> Option<Vec<Touch<'a>>> {
    Some(vec![Touch {
        table: Cow::Borrowed(body["TableName"].as_str()?),
        is_read: true,
        attributes,
        units: 1.0,
    }])
}

/// The attributes that the key condition of a Query compares by `=`, with their values.
fn equalities(body: &Value) -> Value {
    let condition = body["KeyConditionExpression"].as_str().unwrap_or_default();
    let condition = condition.replace('=', " = ").replace(['(', ')'], " ");
    let words: Vec<&str> = condition.split_whitespace().collect();
    let equal = words.windows(3).filter_map(|words| {
        let [name, "=", value] = *words else {
            return None;
        };
        let value = body["ExpressionAttributeValues"].get(value)?;
        let name = body["ExpressionAttributeNames"][name]
            .as_str()
            .unwrap_or(name);
        Some((name.to_owned(), value.clone()))
    });
    Value::Object(equal.collect())
}

/// The size of attributes in bytes; none if they are none.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html>
fn size(attributes: &Value) -> usize {
    Item::deserialize(attributes).map_or(0, |item| item_size(&item))
}

#[cfg(test)]
mod tests;
