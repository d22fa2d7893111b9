//! What the shop's words look like as JSON, in requests, in answers and in the
//! journal.

use serde_json::{Value, json};

use crate::fields::{Complaint, Fields};
use crate::pets::{Customer, Description, Pet, PetId, Status};
use crate::shop::{Command, Entry, Fact};

/// The body of `POST /pets`.
///
/// # Errors
///
/// All that is wrong with it.
pub fn take_in(body: &Value) -> Result<Command, Vec<Complaint>> {
    let mut fields = Fields::of(Some(body), "");
    let about = fields.description();
    fields.end(Command::TakeIn(about))
}

/// The body of `POST /pets/{id}/adoption`.
///
/// # Errors
///
/// All that is wrong with it.
pub fn adopt_one(pet: PetId, body: &Value) -> Result<Command, Vec<Complaint>> {
    let mut fields = Fields::of(Some(body), "");
    let customer = Customer(fields.text("customer", 1..=80));
    fields.end(Command::Adopt {
        pets: vec![pet],
        customer,
    })
}

/// The body of `POST /adoptions`.
///
/// # Errors
///
/// All that is wrong with it.
pub fn adopt_several(body: &Value) -> Result<Command, Vec<Complaint>> {
    let mut fields = Fields::of(Some(body), "");
    let pets = fields.pets("pets");
    let customer = Customer(fields.text("customer", 1..=80));
    fields.end(Command::Adopt { pets, customer })
}

/// The body of `POST /pets/{id}/return`.
///
/// # Errors
///
/// All that is wrong with it.
pub fn give_back(pet: PetId, body: &Value) -> Result<Command, Vec<Complaint>> {
    let mut fields = Fields::of(Some(body), "");
    let reason = fields.text("reason", 1..=500);
    fields.end(Command::Return { pet, reason })
}

/// A pet as customers see it.
#[must_use]
pub fn pet(pet: &Pet) -> Value {
    let mut body = description(&pet.about);
    body["id"] = json!(pet.id.0);
    body["status"] = json!(pet.status.name());
    if let Status::Adopted(customer) = &pet.status {
        body["customer"] = json!(customer.0);
    }
    body
}

fn description(about: &Description) -> Value {
    let price = json!({ "amount": about.price.amount, "currency": about.price.currency });
    json!({ "name": about.name, "species": about.species, "born": about.born, "price": price })
}

/// One line of a pet's history, as customers see it.
#[must_use]
pub fn event(seq: usize, entry: &Entry) -> Value {
    let (kind, detail) = match &entry.fact {
        Fact::TakenIn { .. } => ("taken-in", None),
        Fact::Adopted { customer, .. } => ("adopted", Some(("customer", &customer.0))),
        Fact::Returned { reason, .. } => ("returned", Some(("reason", reason))),
    };
    let mut event = json!({ "seq": seq, "type": kind, "at": entry.at });
    if let Some((name, value)) = detail {
        event[name] = json!(value);
    }
    event
}

// ANCHOR: entry
/// An entry as a line of the journal.
#[must_use]
pub fn entry(entry: &Entry) -> Value {
    match &entry.fact {
        Fact::TakenIn { pet, about } => {
            json!({ "at": entry.at, "taken-in": pet.0, "about": description(about) })
        }
        Fact::Adopted { pets, customer } => {
            let pets: Vec<&str> = pets.iter().map(|id| id.0.as_str()).collect();
            json!({ "at": entry.at, "adopted": pets, "customer": customer.0 })
        }
        Fact::Returned { pet, reason } => {
            json!({ "at": entry.at, "returned": pet.0, "reason": reason })
        }
    }
}
// ANCHOR_END: entry

/// Reads a line of the journal; `None` when it is none.
#[must_use]
pub fn parse_entry(line: &[u8]) -> Option<Entry> {
    let value: Value = serde_json::from_slice(line).ok()?;
    let id = |name: &str| Some(PetId(value.get(name)?.as_str()?.to_owned()));
    let fact = if let Some(pet) = id("taken-in") {
        let mut fields = Fields::of(value.get("about"), "/about");
        let about = fields.description();
        Fact::TakenIn {
            pet,
            about: fields.end(about).ok()?,
        }
    } else if let Some(pet) = id("returned") {
        Fact::Returned {
            pet,
            reason: value.get("reason")?.as_str()?.to_owned(),
        }
    } else {
        let pets = value.get("adopted")?.as_array()?;
        let pets = pets
            .iter()
            .map(|id| Some(PetId(id.as_str()?.to_owned())))
            .collect::<Option<_>>()?;
        Fact::Adopted {
            pets,
            customer: Customer(value.get("customer")?.as_str()?.to_owned()),
        }
    };
    Some(Entry {
        at: value.get("at")?.as_u64()?,
        fact,
    })
}
