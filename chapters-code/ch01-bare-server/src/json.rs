//! What the shop's words look like as JSON, in requests, in answers and in the journal.

use std::ops::RangeInclusive;

use serde_json::{Map, Value, json};

use crate::pets::{Customer, Description, Money, Pet, PetId, Status};
use crate::shop::{Command, Entry, Fact};

/// One thing that is wrong with a body: where (RFC 6901) and what.
pub type Complaint = (String, String);

/// An object that is read field by field. It collects everything that is wrong with it, so that a client
/// is told all of it at once.
#[derive(Debug)]
pub struct Fields<'a> {
    object: Option<&'a Map<String, Value>>,
    pointer: String,
    known: Vec<&'static str>,
    complaints: Vec<Complaint>,
}

impl<'a> Fields<'a> {
    /// Begins to read `value`, which stands at `pointer` in the body.
    #[must_use]
    pub fn of(value: Option<&'a Value>, pointer: &str) -> Self {
        let mut fields = Self {
            object: value.and_then(Value::as_object),
            pointer: pointer.to_owned(),
            known: vec![],
            complaints: vec![],
        };
        if fields.object.is_none() {
            fields
                .complaints
                .push((pointer.to_owned(), "must be an object".to_owned()));
        }
        fields
    }

    fn get(&mut self, name: &'static str) -> Option<&'a Value> {
        self.known.push(name);
        self.object.and_then(|object| object.get(name))
    }

    fn complain<T: Default>(&mut self, name: &str, what: &str) -> T {
        if self.object.is_some() {
            self.complaints
                .push((format!("{}/{name}", self.pointer), what.to_owned()));
        }
        T::default()
    }

    /// A string with so many characters.
    pub fn text(&mut self, name: &'static str, length: RangeInclusive<usize>) -> String {
        match self.get(name).and_then(Value::as_str) {
            Some(text) if length.contains(&text.chars().count()) => text.to_owned(),
            _ => self.complain(
                name,
                &format!(
                    "must be a string of {} to {} characters",
                    length.start(),
                    length.end()
                ),
            ),
        }
    }

    /// A whole number in a range.
    pub fn number(&mut self, name: &'static str, range: RangeInclusive<u32>) -> u32 {
        let number = self
            .get(name)
            .and_then(Value::as_u64)
            .and_then(|number| u32::try_from(number).ok());
        match number {
            Some(number) if range.contains(&number) => number,
            _ => self.complain(
                name,
                &format!(
                    "must be a whole number from {} to {}",
                    range.start(),
                    range.end()
                ),
            ),
        }
    }

    fn check(&mut self, name: &str, holds: bool, what: &str) {
        let has_a_complaint = self
            .complaints
            .iter()
            .any(|complaint| complaint.0.ends_with(name));
        if !holds && !has_a_complaint {
            self.complain::<()>(name, what);
        }
    }

    fn money(&mut self, name: &'static str) -> Money {
        let pointer = format!("{}/{name}", self.pointer);
        let mut fields = Fields::of(self.get(name), &pointer);
        let amount = fields.number("amount", 0..=100_000_000);
        let currency = fields.text("currency", 3..=3);
        let capitals = currency.bytes().all(|byte| byte.is_ascii_uppercase());
        fields.check(
            "currency",
            capitals,
            "must be three capital letters, such as EUR",
        );
        if let Err(complaints) = fields.end(()) {
            self.complaints.extend(complaints);
        }
        Money { amount, currency }
    }

    fn pets(&mut self, name: &'static str) -> Vec<PetId> {
        let ids: Option<Vec<PetId>> = self.get(name).and_then(Value::as_array).and_then(|ids| {
            ids.iter()
                .map(|id| Some(PetId(id.as_str().filter(|id| is_id(id))?.to_owned())))
                .collect()
        });
        let distinct = |ids: &[PetId]| (1..ids.len()).all(|at| !ids[..at].contains(&ids[at]));
        match ids {
            Some(ids) if (1..=20).contains(&ids.len()) && distinct(&ids) => ids,
            _ => self.complain(name, "must be 1 to 20 different names of pets"),
        }
    }

    fn description(&mut self) -> Description {
        let name = self.text("name", 1..=80);
        let species = self.text("species", 1..=40);
        self.check(
            "species",
            is_species(&species),
            "must be lower-case letters, spaces and hyphens",
        );
        let born = u16::try_from(self.number("born", 1_800..=2_100)).unwrap_or_default();
        Description {
            name,
            species,
            born,
            price: self.money("price"),
        }
    }

    /// Gives `value`, if nothing was wrong and nothing is left over.
    ///
    /// # Errors
    ///
    /// All complaints.
    pub fn end<T>(mut self, value: T) -> Result<T, Vec<Complaint>> {
        for name in self.object.iter().flat_map(|object| object.keys()) {
            if !self.known.contains(&name.as_str()) {
                let name = name.replace('~', "~0").replace('/', "~1");
                self.complaints.push((
                    format!("{}/{name}", self.pointer),
                    "is not known here".to_owned(),
                ));
            }
        }
        if self.complaints.is_empty() {
            Ok(value)
        } else {
            Err(self.complaints)
        }
    }
}

/// Whether there can be such a species: lower-case words, 1 to 40 characters.
#[must_use]
pub fn is_species(text: &str) -> bool {
    (1..=40).contains(&text.len())
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || b" -".contains(&byte))
}

fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
}

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
