//! How the events and the state of a checkout are written: as JSON, by names that must not
//! change any more.

use std::time::Duration;

use ch01_bare_server::pets::{Customer, Money, PetId};
use event_store::{Record, Stored, Unreadable};
use serde::{Deserialize, Serialize};
use serde_json::{Value, from_value, json};

use super::{Card, ChargeId, Checkout, Event, Hold, Payment, Progress, Terms, Why};
use crate::time::millis;

#[derive(Debug, Serialize, Deserialize)]
struct Begun {
    pet: String,
    customer: String,
    card: String,
    amount: u32,
    currency: String,
    /// Milliseconds since 1970.
    deadline: u64,
}

/// What an event says besides its name.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Body {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    charge: Option<String>,
    /// Milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at: Option<u64>,
}

#[derive(Debug, Serialize, Deserialize)]
struct State {
    #[serde(flatten)]
    terms: Begun,
    hold: Hold,
    payment: Payment,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    charge: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    why: Option<Why>,
}

/// The events that say nothing but their names.
const PLAIN: [(&str, Event); 11] = [
    ("ReservationWanted", Event::ReservationWanted),
    ("Reserved", Event::Reserved),
    ("ChargeWanted", Event::ChargeWanted),
    ("ConfirmationWanted", Event::ConfirmationWanted),
    ("Confirmed", Event::Confirmed),
    ("NotConfirmed", Event::NotConfirmed),
    ("AnswerWanted", Event::AnswerWanted),
    ("ReleaseWanted", Event::ReleaseWanted),
    ("Released", Event::Released),
    ("RefundWanted", Event::RefundWanted),
    ("Refunded", Event::Refunded),
];

impl Stored for Checkout {
    const STATE: u32 = 1;

    fn record(event: &Event) -> Record {
        let mut body = Body::default();
        let kind = match event {
            Event::Begun(terms) => return Record::new("Begun", 1, json!(Begun::of(terms))),
            Event::NotReserved(why) => {
                body.why = Some(why.clone());
                "NotReserved"
            }
            Event::NotCharged(why) => {
                body.why = Some(why.clone());
                "NotCharged"
            }
            Event::Charged(charge) => {
                body.charge = Some(charge.0.clone());
                "Charged"
            }
            Event::TimedOut(at) => {
                body.at = Some(millis(*at));
                "TimedOut"
            }
            plain => {
                let found = PLAIN.iter().find(|(_, event)| event == plain);
                found.map_or("", |(name, _)| name)
            }
        };
        Record::new(kind, 1, json!(body))
    }

    fn event(record: &Record) -> Result<Event, Unreadable> {
        let (kind, version) = (record.kind.as_str(), record.version);
        if (kind, version) == ("Begun", 1) {
            return Ok(Event::Begun(
                from_value::<Begun>(record.body.clone())?.read(),
            ));
        }
        let body: Body = from_value(record.body.clone())?;
        let event = match (kind, version) {
            ("NotReserved", 1) => body.why.map(Event::NotReserved),
            ("NotCharged", 1) => body.why.map(Event::NotCharged),
            ("Charged", 1) => body.charge.map(ChargeId).map(Event::Charged),
            ("TimedOut", 1) => body.at.map(Duration::from_millis).map(Event::TimedOut),
            (kind, 1) => {
                let found = PLAIN.iter().find(|(name, _)| *name == kind);
                found.map(|(_, event)| event.clone())
            }
            _ => None,
        };
        let unknown = || Unreadable(format!("nobody knows {kind} in version {version}"));
        event.ok_or_else(unknown)
    }

    fn snapshot(state: &Option<Progress>) -> Value {
        json!(state.as_ref().map(State::of))
    }

    fn state(snapshot: &Value) -> Result<Option<Progress>, Unreadable> {
        let state: Option<State> = from_value(snapshot.clone())?;
        Ok(state.map(State::read))
    }
}

impl Begun {
    fn of(terms: &Terms) -> Self {
        Self {
            pet: terms.pet.0.clone(),
            customer: terms.customer.0.clone(),
            card: terms.card.0.clone(),
            amount: terms.price.amount,
            currency: terms.price.currency.clone(),
            deadline: millis(terms.deadline),
        }
    }

    fn read(self) -> Terms {
        let price = Money {
            amount: self.amount,
            currency: self.currency,
        };
        Terms {
            pet: PetId(self.pet),
            customer: Customer(self.customer),
            card: Card(self.card),
            price,
            deadline: Duration::from_millis(self.deadline),
        }
    }
}

impl State {
    fn of(now: &Progress) -> Self {
        Self {
            terms: Begun::of(&now.terms),
            hold: now.hold,
            payment: now.payment,
            charge: now.charge.as_ref().map(|charge| charge.0.clone()),
            why: now.why,
        }
    }

    fn read(self) -> Progress {
        Progress {
            terms: self.terms.read(),
            hold: self.hold,
            payment: self.payment,
            charge: self.charge.map(ChargeId),
            why: self.why,
        }
    }
}
