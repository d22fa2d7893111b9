//! What the shop's words look like as JSON, in requests and in answers.

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

/// What the shop knows of a pet.
#[must_use]
pub fn description(about: &Description) -> Value {
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
