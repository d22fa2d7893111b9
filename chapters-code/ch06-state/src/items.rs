//! What an item has besides what chapter 3 writes into it.

use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::AttributeValue::{N, S};
use aws_sdk_dynamodb::types::{Put, Update};
use ch01_bare_server::pets::{Pet, PetId, Status};
use ch03_platform::failure::Failure;
use ch03_platform::items::{self, Item};

/// The attribute with the version.
pub const VERSION: &str = "version";

/// The attribute that only a pet has which waits for a home: the index holds the items
/// that have it, and no others.
pub const WAITING: &str = "waiting";

/// What stands there.
pub const YES: &str = "yes";

/// The attribute with the place of a pet among those that wait.
pub const PLACE: &str = "place";

// ANCHOR: held
/// A pet as it was read, and the version of its item. What chapter 3 has written has
/// none.
#[derive(Debug, Clone)]
pub struct Held {
    /// The pet.
    pub pet: Pet,
    /// Grows by one with each change.
    pub version: Option<u64>,
}
// ANCHOR_END: held

/// A pet from its item.
///
/// # Errors
///
/// [`Failure::Odd`] names what is missing.
pub fn read(item: &Item) -> Result<Held, Failure> {
    let version = item.get(VERSION).map(|_| items::number(item, VERSION));
    Ok(Held {
        pet: items::read(item)?,
        version: version.transpose()?,
    })
}

// ANCHOR: place
/// Where a pet stands among those that wait: with its species, in the order in which
/// they were taken in. No species has a `#` in it.
#[must_use]
pub fn place(species: &str, id: &PetId) -> String {
    format!("{species}#{id}")
}
// ANCHOR_END: place

/// Writes a pet that has just been taken in, if there is none of this name.
///
/// # Errors
///
/// None: all that it needs is there.
pub fn new(table: &str, pet: &Pet) -> Result<Put, BuildError> {
    let mut put = items::new(table, pet)?;
    put.item.insert(VERSION.into(), N("1".into()));
    put.item.insert(WAITING.into(), S(YES.into()));
    let place = place(&pet.about.species, &pet.id);
    put.item.insert(PLACE.into(), S(place));
    Ok(put)
}

// ANCHOR: changed
/// Writes where a pet is, if nothing of it has changed since it was read. To where it was,
/// which chapter 3 looks at, comes the version: while one release takes the place of
/// another, functions of both are at work, and the older ones know of no version.
///
/// # Errors
///
/// None: all that it needs is there.
pub fn changed(table: &str, read: &Held, now: &Pet) -> Result<Update, BuildError> {
    let mut update = items::changed(table, &read.pet, now)?;
    let (condition, version) = match read.version {
        Some(version) => ("version = :version", version),
        None => ("attribute_not_exists(version)", 0),
    };
    let before = update.condition_expression.take().unwrap_or_default();
    update.condition_expression = Some(format!("{before} AND {condition}"));
    update.update_expression += match &now.status {
        Status::Adopted(_) => ", version = :next REMOVE waiting, place",
        Status::Available => " SET version = :next, waiting = :yes, place = :place",
    };
    let mut values = update
        .expression_attribute_values
        .take()
        .unwrap_or_default();
    values.insert(":next".into(), N((version + 1).to_string()));
    if read.version.is_some() {
        values.insert(":version".into(), N(version.to_string()));
    }
    if now.status == Status::Available {
        values.insert(":yes".into(), S(YES.into()));
        values.insert(":place".into(), S(place(&now.about.species, &now.id)));
    }
    update.expression_attribute_values = Some(values);
    Ok(update)
}
// ANCHOR_END: changed
