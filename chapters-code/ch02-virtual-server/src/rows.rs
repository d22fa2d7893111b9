//! The table of pets.

use std::slice;

use ch01_bare_server::pets::{Customer, Description, Money, Pet, PetId, Status};
use ch01_bare_server::query;
use ch01_bare_server::shop::{Command, Fact, Filter};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::repository::Page;

const COLUMNS: &str = "id, name, species, born, amount, currency, customer";

// ANCHOR: named
/// The pets that a command names, as far as the shop has them.
///
/// # Errors
///
/// When the database cannot be read.
pub fn named(connection: &Connection, command: &Command) -> rusqlite::Result<Vec<Pet>> {
    let ids = match command {
        Command::TakeIn(_) => &[],
        Command::Adopt { pets, .. } => pets.as_slice(),
        Command::Return { pet, .. } => slice::from_ref(pet),
    };
    let pets = ids.iter().map(|id| pet(connection, id));
    pets.filter_map(Result::transpose).collect()
}
// ANCHOR_END: named

/// One pet.
///
/// # Errors
///
/// When the database cannot be read.
pub fn pet(connection: &Connection, id: &PetId) -> rusqlite::Result<Option<Pet>> {
    let Some(number) = number(id) else {
        return Ok(None);
    };
    let sql = format!("SELECT {COLUMNS} FROM pets WHERE id = ?1");
    let mut statement = connection.prepare_cached(&sql)?;
    statement.query_row([number], read).optional()
}

// ANCHOR: record
/// Takes note of what has happened. Gives the pets that it happened to, as they are
/// now.
///
/// # Errors
///
/// When the database cannot be written.
pub fn record(connection: &Connection, fact: Fact) -> rusqlite::Result<Vec<Pet>> {
    let (pets, customer) = match fact {
        // The number in the fact is the shop's guess. The table counts.
        Fact::TakenIn { about, .. } => return Ok(vec![insert(connection, about)?]),
        Fact::Adopted { pets, customer } => (pets, Some(customer.0)),
        Fact::Returned { pet, .. } => (vec![pet], None),
    };
    let mut update = connection.prepare_cached("UPDATE pets SET customer = ?2 WHERE id = ?1")?;
    for id in &pets {
        update.execute(params![number(id), customer])?;
    }
    let changed = pets.iter().map(|id| pet(connection, id));
    changed.filter_map(Result::transpose).collect()
}
// ANCHOR_END: record

fn insert(connection: &Connection, about: Description) -> rusqlite::Result<Pet> {
    let sql =
        "INSERT INTO pets (name, species, born, amount, currency) VALUES (?1, ?2, ?3, ?4, ?5)";
    let mut insert = connection.prepare_cached(sql)?;
    let Money { amount, currency } = &about.price;
    let id = insert.insert(params![
        about.name,
        about.species,
        about.born,
        amount,
        currency
    ])?;
    Ok(Pet::new(PetId(id.to_string()), about))
}

// ANCHOR: list
/// A page of the list, in the order in which the pets were taken in.
///
/// # Errors
///
/// When the database cannot be read.
pub fn list(connection: &Connection, filter: &Filter) -> rusqlite::Result<Page> {
    let after = match &filter.after {
        None => Some(0),
        Some(cursor) => number(cursor),
    };
    let Some(after) = after else {
        return Ok(Err(query::invalid("cursor", "it is none of this shop's")));
    };
    let status = match filter.status {
        None => "TRUE",
        Some("available") => "customer IS NULL",
        Some("adopted") => "customer IS NOT NULL",
        Some(_) => "FALSE",
    };
    let species = filter
        .species
        .as_ref()
        .map_or("?2 IS NULL", |_| "species = ?2");
    let sql = format!(
        "SELECT {COLUMNS} FROM pets WHERE id > ?1 AND {status} AND {species} ORDER BY id LIMIT ?3"
    );
    let one_more = i64::try_from(filter.limit).unwrap_or_default() + 1;
    let mut select = connection.prepare_cached(&sql)?;
    let pets = select.query_map(params![after, filter.species, one_more], read)?;
    let mut pets: Vec<Pet> = pets.collect::<rusqlite::Result<_>>()?;
    let more = pets.len() > filter.limit;
    pets.truncate(filter.limit);
    let next = pets.last().filter(|_| more).map(|pet| pet.id.clone());
    Ok(Ok((pets, next)))
}
// ANCHOR_END: list

fn read(row: &Row) -> rusqlite::Result<Pet> {
    let price = Money {
        amount: row.get("amount")?,
        currency: row.get("currency")?,
    };
    let about = Description {
        name: row.get("name")?,
        species: row.get("species")?,
        born: row.get("born")?,
        price,
    };
    let customer: Option<String> = row.get("customer")?;
    Ok(Pet {
        id: PetId(row.get::<_, i64>("id")?.to_string()),
        about,
        status: customer.map_or(Status::Available, |name| Status::Adopted(Customer(name))),
    })
}

/// The number of a pet's row. `01` and `+1` are no names of pet 1. `SQLite` would take
/// them for it, so what a statement is given is the number and not the name.
#[must_use]
pub fn number(id: &PetId) -> Option<i64> {
    let number: i64 = id.0.parse().ok()?;
    (number > 0 && number.to_string() == id.0).then_some(number)
}
