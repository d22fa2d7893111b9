//! What a line of the journal looks like.

use serde_json::{Value, json};

use crate::fields::Fields;
use crate::json;
use crate::pets::{Customer, PetId};
use crate::shop::{Entry, Fact};

// ANCHOR: write
/// An entry as a line.
#[must_use]
pub fn write(entry: &Entry) -> Value {
    match &entry.fact {
        Fact::TakenIn { pet, about } => {
            json!({ "at": entry.at, "taken-in": pet.0, "about": json::description(about) })
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
// ANCHOR_END: write

/// Reads a line of the journal; `None` when it is none.
#[must_use]
pub fn read(line: &[u8]) -> Option<Entry> {
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
