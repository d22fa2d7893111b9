//! How the events and the state of a checkout are written, and how last year's are read.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ch01_bare_server::pets::{Customer, Money, PetId};
use ch10_processes::checkout::{self as before, Progress};
use ch10_processes::performer::Progressed;
use ch10_processes::time::millis;
use event_store::{Record, Stored, Unreadable};
use serde::{Deserialize, Serialize};
use serde_json::{Value, from_value, json};

use super::{Card, Checkout, Event, Terms};
use crate::person::{PersonId, Sealed};
use crate::upcast::Steps;

// ANCHOR: begun
/// The newest version of `Begun`.
const BEGUN: u32 = 2;

/// What the customer has agreed to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Begun {
    pet: String,
    who: Who,
    amount: u32,
    currency: String,
    /// Milliseconds since 1970.
    deadline: u64,
}

/// Who wants the pet, and who pays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Who {
    /// For everybody to read, as it was in the first version.
    Open { customer: String, card: String },
    /// For the shop, as long as it has this person's key.
    Sealed {
        person: String,
        customer: String,
        card: String,
    },
}

/// From the first version, in which the customer and the card were two of the fields.
fn who(mut body: Value) -> Result<Value, Unreadable> {
    let old: Old = from_value(body.clone())?;
    let fields = body.as_object_mut();
    let fields = fields.ok_or_else(|| Unreadable("it has no fields".into()))?;
    fields.remove("customer");
    fields.remove("card");
    // As version 2 has it, whatever becomes of `Who` after that.
    let Old { customer, card } = old;
    let open = json!({ "open": { "customer": customer, "card": card } });
    fields.insert("who".into(), open);
    Ok(body)
}

/// What the step from the first version has to find.
#[derive(Debug, Deserialize)]
struct Old {
    customer: String,
    card: String,
}

/// From every version that there ever was to the next.
const STEPS: Steps = Steps(&[("Begun", 1, who)]);
// ANCHOR_END: begun

// ANCHOR: stored
impl Stored for Checkout {
    /// A state of version 1 is not read. It can be made of the events.
    const STATE: u32 = 2;

    fn record(event: &Event) -> Record {
        match event {
            Event::Begun(terms) => Record::new("Begun", BEGUN, json!(Begun::of(terms))),
            other => before::Checkout::record(other),
        }
    }

    fn event(record: &Record) -> Result<Event, Unreadable> {
        let record = STEPS.up(record)?;
        match (record.kind.as_str(), record.version) {
            ("Begun", BEGUN) => {
                let begun: Begun = from_value(record.body)?;
                Ok(Event::Begun(begun.terms()?))
            }
            ("Begun", version) => {
                let what = format!("nobody knows Begun in version {version}");
                Err(Unreadable(what))
            }
            _ => before::Checkout::event(&record),
        }
    }
    // ANCHOR_END: stored

    fn snapshot(state: &Progressed) -> Value {
        let Some(progress) = state else {
            return Value::Null;
        };
        json!({ "terms": Begun::of(&progress.terms), "rest": rest(progress) })
    }

    fn state(snapshot: &Value) -> Result<Progressed, Unreadable> {
        if snapshot.is_null() {
            return Ok(None);
        }
        let begun: Begun = from_value(snapshot["terms"].clone())?;
        let progress = before::Checkout::state(&snapshot["rest"])?;
        let progress = progress.ok_or_else(|| Unreadable("terms without a checkout".into()))?;
        let terms = begun.terms()?;
        Ok(Some(Progress { terms, ..progress }))
    }
}

/// The state as chapter 10 writes it, without a word of whose it is.
fn rest(progress: &Progress) -> Value {
    let mut rest = progress.clone();
    rest.terms.customer = Customer(String::new());
    rest.terms.card = Card(String::new());
    before::Checkout::snapshot(&Some(rest))
}

impl Begun {
    fn of(terms: &Terms) -> Self {
        Self {
            pet: terms.pet.0.clone(),
            who: Who::of(&terms.customer.0, &terms.card.0),
            amount: terms.price.amount,
            currency: terms.price.currency.clone(),
            deadline: millis(terms.deadline),
        }
    }

    fn terms(self) -> Result<Terms, Unreadable> {
        let (customer, card) = self.who.read()?;
        let price = Money {
            amount: self.amount,
            currency: self.currency,
        };
        Ok(Terms {
            pet: PetId(self.pet),
            customer: Customer(customer),
            card: Card(card),
            price,
            deadline: Duration::from_millis(self.deadline),
        })
    }
}

impl Who {
    fn of(customer: &str, card: &str) -> Self {
        match (Sealed::read(customer), Sealed::read(card)) {
            (Some(name), Some(number)) if name.person == number.person => Self::Sealed {
                person: name.person.0,
                customer: URL_SAFE_NO_PAD.encode(name.bytes),
                card: URL_SAFE_NO_PAD.encode(number.bytes),
            },
            _ => Self::Open {
                customer: customer.to_owned(),
                card: card.to_owned(),
            },
        }
    }

    /// As the checkout knows them: as two texts, sealed or open.
    fn read(self) -> Result<(String, String), Unreadable> {
        let (person, customer, card) = match self {
            Self::Open { customer, card } => return Ok((customer, card)),
            Self::Sealed {
                person,
                customer,
                card,
            } => (PersonId(person), customer, card),
        };
        let sealed = |text: String| {
            let bytes = URL_SAFE_NO_PAD.decode(text);
            let bytes = bytes.map_err(|_| Unreadable("what is sealed is no base64".into()))?;
            let person = person.clone();
            Ok::<_, Unreadable>(Sealed { person, bytes }.to_string())
        };
        Ok((sealed(customer)?, sealed(card)?))
    }
}

#[cfg(test)]
mod tests;
