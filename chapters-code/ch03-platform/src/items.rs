//! What the table holds: a pet as an item, and the changes of an item.
//!
//! All pets are in one partition, `shop`, in the order of their names, and a name begins
//! with the time at which it was given (RFC 9562, version 7): one Query lists them in the
//! order in which they were taken in. What this costs: a partition takes 1,000 write units
//! and 3,000 read units a second, and since the newest name is always the last, `DynamoDB`
//! cannot split it to any use. A shop that takes in a thousand pets a second needs another
//! key.
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html>

use std::collections::HashMap;

use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::AttributeValue::{self, N, S};
use aws_sdk_dynamodb::types::{Put, Update};
use ch01_bare_server::pets::{Customer, Description, Money, Pet, PetId, Status};
use uuid::Uuid;

use crate::failure::Failure;

/// An item, or the key of one.
pub type Item = HashMap<String, AttributeValue>;

/// The partition of the pets.
pub const SHOP: &str = "shop";

/// A name for a new pet. Those that one process gives are in order; between two
/// processes their clocks decide, to a millisecond.
#[must_use]
pub fn new_id() -> PetId {
    PetId(Uuid::now_v7().to_string())
}

/// Whether the shop may have given this name.
#[must_use]
pub fn is_id(id: &PetId) -> bool {
    Uuid::try_parse(&id.0).is_ok_and(|uuid| uuid.to_string() == id.0)
}

/// The key of an item.
#[must_use]
pub fn key(partition: &str, sort: &str) -> Item {
    let parts = [("pk", partition), ("sk", sort)];
    parts
        .map(|(name, text)| (name.into(), S(text.into())))
        .into()
}

// ANCHOR: pet
/// A pet as an item. One that nobody has adopted has no `customer`.
#[must_use]
pub fn write(pet: &Pet) -> Item {
    let Description {
        name,
        species,
        born,
        price,
    } = &pet.about;
    let mut item = key(SHOP, &pet.id.0);
    item.insert("name".into(), S(name.clone()));
    item.insert("species".into(), S(species.clone()));
    item.insert("born".into(), N(born.to_string()));
    item.insert("amount".into(), N(price.amount.to_string()));
    item.insert("currency".into(), S(price.currency.clone()));
    if let Status::Adopted(customer) = &pet.status {
        item.insert("customer".into(), S(customer.0.clone()));
    }
    item
}

/// A pet from its item. What the shop does not know is left alone: an older or a
/// newer release may.
///
/// # Errors
///
/// [`Failure::Odd`] names what is missing.
pub fn read(item: &Item) -> Result<Pet, Failure> {
    let id = text(item, "sk")?;
    let price = Money {
        amount: number(item, "amount")?,
        currency: text(item, "currency")?,
    };
    let about = Description {
        name: text(item, "name")?,
        species: text(item, "species")?,
        born: number(item, "born")?,
        price,
    };
    let status = match item.get("customer") {
        None => Status::Available,
        Some(_) => Status::Adopted(Customer(text(item, "customer")?)),
    };
    Ok(Pet {
        id: PetId(id),
        about,
        status,
    })
}
// ANCHOR_END: pet

// ANCHOR: new
/// Writes a pet, if there is none of this name.
///
/// # Errors
///
/// None: all that it needs is there.
pub fn new(table: &str, pet: &Pet) -> Result<Put, BuildError> {
    Put::builder()
        .table_name(table)
        .set_item(Some(write(pet)))
        .condition_expression("attribute_not_exists(pk)")
        .build()
}
// ANCHOR_END: new

// ANCHOR: changed
/// Writes where a pet is, if it is still where it was when it was read.
///
/// # Errors
///
/// None: all that it needs is there.
pub fn changed(table: &str, read: &Pet, now: &Pet) -> Result<Update, BuildError> {
    let mut update = Update::builder()
        .table_name(table)
        .set_key(Some(key(SHOP, &now.id.0)));
    update = match &read.status {
        Status::Available => {
            update.condition_expression("attribute_exists(pk) AND attribute_not_exists(customer)")
        }
        Status::Adopted(customer) => update
            .condition_expression("customer = :read")
            .expression_attribute_values(":read", S(customer.0.clone())),
    };
    update = match &now.status {
        Status::Available => update.update_expression("REMOVE customer"),
        Status::Adopted(customer) => update
            .update_expression("SET customer = :now")
            .expression_attribute_values(":now", S(customer.0.clone())),
    };
    update.build()
}
// ANCHOR_END: changed

/// The text that an item has under this name.
///
/// # Errors
///
/// [`Failure::Odd`] when it has none.
pub fn text(item: &Item, name: &'static str) -> Result<String, Failure> {
    let text = item.get(name).and_then(|value| value.as_s().ok());
    text.cloned().ok_or_else(|| odd(item, name))
}

/// The number that an item has under this name.
///
/// # Errors
///
/// [`Failure::Odd`] when it has none, or one that does not fit.
pub fn number<T: std::str::FromStr>(item: &Item, name: &'static str) -> Result<T, Failure> {
    let text = item.get(name).and_then(|value| value.as_n().ok());
    let number = text.and_then(|text| text.parse().ok());
    number.ok_or_else(|| odd(item, name))
}

/// An item that lacks something.
#[must_use]
pub fn odd(item: &Item, name: &'static str) -> Failure {
    let part = |name| item.get(name).and_then(|value| value.as_s().ok());
    let part = |name| part(name).map_or("?", String::as_str);
    Failure::Odd(format!("item {} {}", part("pk"), part("sk")), name)
}
