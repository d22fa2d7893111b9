//! How the events and the state of a pet are written: as JSON, by names that must not
//! change any more.

use ch01_bare_server::pets::{Customer, Description, Money, Pet, PetId, Status};
use event_store::{Record, Stored, Unreadable};
use serde::{Deserialize, Serialize};
use serde_json::{Value, from_value, json};

use crate::pet::{Event, Pets};

/// A pet as it is taken in.
#[derive(Debug, Serialize, Deserialize)]
struct TakenIn {
    pet: String,
    name: String,
    species: String,
    born: u16,
    amount: u32,
    currency: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Adopted {
    customer: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    together: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Returned {
    reason: String,
}

/// A pet, and where it is.
#[derive(Debug, Serialize, Deserialize)]
struct State {
    #[serde(flatten)]
    about: TakenIn,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    home: Option<String>,
}

// ANCHOR: stored
impl Stored for Pets {
    const STATE: u32 = 1;

    fn record(event: &Event) -> Record {
        match event {
            Event::TakenIn(pet, about) => Record::new("TakenIn", 1, json!(write(pet, about))),
            Event::Adopted { customer, together } => {
                let together = together.iter().map(|pet| pet.0.clone()).collect();
                let customer = customer.0.clone();
                let adopted = Adopted { customer, together };
                Record::new("Adopted", 1, json!(adopted))
            }
            Event::Returned { reason } => {
                let reason = reason.clone();
                Record::new("Returned", 1, json!(Returned { reason }))
            }
        }
    }

    fn event(record: &Record) -> Result<Event, Unreadable> {
        let body = record.body.clone();
        match (record.kind.as_str(), record.version) {
            ("TakenIn", 1) => Ok(from_value::<TakenIn>(body)?.event()),
            ("Adopted", 1) => Ok(from_value::<Adopted>(body)?.event()),
            ("Returned", 1) => Ok(from_value::<Returned>(body)?.event()),
            (kind, version) => {
                let what = format!("nobody knows {kind} in version {version}");
                Err(Unreadable(what))
            }
        }
    }

    /// Chapter 10 has events of its own, of which nobody need know who tells of pets.
    fn knows(kind: &str) -> bool {
        ["TakenIn", "Adopted", "Returned"].contains(&kind)
    }

    fn snapshot(state: &Option<Pet>) -> Value {
        json!(state.as_ref().map(State::of))
    }

    fn state(snapshot: &Value) -> Result<Option<Pet>, Unreadable> {
        let state: Option<State> = from_value(snapshot.clone())?;
        Ok(state.map(State::pet))
    }
}
// ANCHOR_END: stored

fn write(pet: &PetId, about: &Description) -> TakenIn {
    TakenIn {
        pet: pet.0.clone(),
        name: about.name.clone(),
        species: about.species.clone(),
        born: about.born,
        amount: about.price.amount,
        currency: about.price.currency.clone(),
    }
}

impl TakenIn {
    fn read(self) -> (PetId, Description) {
        let price = Money {
            amount: self.amount,
            currency: self.currency,
        };
        let about = Description {
            name: self.name,
            species: self.species,
            born: self.born,
            price,
        };
        (PetId(self.pet), about)
    }

    fn event(self) -> Event {
        let (pet, about) = self.read();
        Event::TakenIn(pet, about)
    }
}

impl Adopted {
    fn event(self) -> Event {
        Event::Adopted {
            customer: Customer(self.customer),
            together: self.together.into_iter().map(PetId).collect(),
        }
    }
}

impl Returned {
    fn event(self) -> Event {
        Event::Returned {
            reason: self.reason,
        }
    }
}

impl State {
    fn of(pet: &Pet) -> Self {
        let home = match &pet.status {
            Status::Available => None,
            Status::Adopted(customer) => Some(customer.0.clone()),
        };
        let about = write(&pet.id, &pet.about);
        Self { about, home }
    }

    fn pet(self) -> Pet {
        let (id, about) = self.about.read();
        let status = self.home.map(Customer).map(Status::Adopted);
        Pet {
            status: status.unwrap_or(Status::Available),
            ..Pet::new(id, about)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events() -> Vec<Event> {
        let price = Money {
            amount: 12_000,
            currency: "EUR".into(),
        };
        let about = Description {
            name: "Gustav \"der Große\"".into(),
            species: "tortoise".into(),
            born: 1923,
            price,
        };
        let adopted = |together| Event::Adopted {
            customer: Customer("Zoë".into()),
            together,
        };
        vec![
            Event::TakenIn(PetId("7".into()), about),
            adopted(vec![]),
            Event::Returned {
                reason: "eats tulips".into(),
            },
            adopted(vec![PetId("7".into()), PetId("8".into())]),
        ]
    }

    #[test]
    fn events_come_back_as_they_were_written() {
        for event in events() {
            assert_eq!(Pets::event(&Pets::record(&event)), Ok(event));
        }
    }

    #[test]
    fn states_come_back_as_they_were_written() {
        use event_store::Decider;
        let mut state = None;
        for event in events() {
            assert_eq!(Pets::state(&Pets::snapshot(&state)), Ok(state.clone()));
            state = Pets::evolve(state, &event);
        }
        assert_eq!(Pets::state(&Pets::snapshot(&state)), Ok(state));
    }

    /// Written by the first release, and never to be edited.
    #[test]
    fn the_events_of_the_first_release_are_read() {
        let lines = include_str!("../tests/golden.jsonl").lines();
        let read: Vec<Event> = lines
            .map(|line| {
                let line: Value = serde_json::from_str(line).expect("JSON");
                let kind = line["kind"].as_str().expect("a kind");
                Pets::event(&Record::new(kind, 1, line["body"].clone())).expect("it is read")
            })
            .collect();
        assert_eq!(read, events());
    }

    #[test]
    fn what_nobody_knows_is_told_by_its_name() {
        let told = Pets::event(&Record::new("Adopted", 2, json!({}))).unwrap_err();
        assert_eq!(told.0, "nobody knows Adopted in version 2");
    }
}
