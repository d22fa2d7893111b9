//! What is made of events. No network, no disk, no clock.

use std::collections::BTreeMap;

use ch01_bare_server::pets::{Pet, Status};
use ch08_event_sourcing::pet::{Event, Pets};
use event_store::{Decider, Stored, Unreadable};
use serde::{Deserialize, Serialize};
use serde_json::{Value, from_value, json};

// ANCHOR: view
/// A view with a row for each stream.
pub trait View {
    /// Whose streams.
    type Of: Stored;
    /// What is known of a stream; at first, the default.
    type Row: Default + Clone;

    /// What is known once this has happened, too.
    fn apply(row: Self::Row, event: &<Self::Of as Decider>::Event) -> Self::Row;
}
// ANCHOR_END: view

/// A view whose rows can be written down.
pub trait Kept: View {
    /// What it is called; no other is.
    const NAME: &'static str;

    /// A row, to be written.
    fn write(row: &Self::Row) -> Value;

    /// A row that was written.
    ///
    /// # Errors
    ///
    /// When it is none of this view's. To make the view anew helps.
    fn read(row: &Value) -> Result<Self::Row, Unreadable>;
}

// ANCHOR: list
/// The pets as they are, for the list and for whoever looks for one.
#[derive(Debug)]
pub enum List {}

impl View for List {
    type Of = Pets;
    type Row = Option<Pet>;

    fn apply(row: Option<Pet>, event: &Event) -> Option<Pet> {
        Pets::evolve(row, event)
    }
}
// ANCHOR_END: list

impl Kept for List {
    const NAME: &'static str = "list";

    fn write(row: &Option<Pet>) -> Value {
        Pets::snapshot(row)
    }

    fn read(row: &Value) -> Result<Option<Pet>, Unreadable> {
        Pets::state(row)
    }
}

// ANCHOR: returns
/// How often pets come back, for the accountant, who asks by species.
#[derive(Debug)]
pub enum Returns {}

/// What one pet contributes to that.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contribution {
    /// Empty, as long as the pet is not known.
    pub species: String,
    /// How often it came back.
    pub times: u64,
}

impl View for Returns {
    type Of = Pets;
    type Row = Contribution;

    fn apply(row: Contribution, event: &Event) -> Contribution {
        match event {
            Event::TakenIn(_, about) => Contribution {
                species: about.species.clone(),
                ..row
            },
            Event::Adopted { .. } => row,
            Event::Returned { .. } => Contribution {
                times: row.times + 1,
                ..row
            },
        }
    }
}

impl Kept for Returns {
    const NAME: &'static str = "returns";

    fn write(row: &Contribution) -> Value {
        json!(row)
    }

    fn read(row: &Value) -> Result<Contribution, Unreadable> {
        Ok(from_value(row.clone())?)
    }
}

/// The report: how often pets of each species came back, of those that did.
pub fn by_species<'a>(rows: impl IntoIterator<Item = &'a Contribution>) -> BTreeMap<String, u64> {
    let mut report = BTreeMap::new();
    for row in rows.into_iter().filter(|row| row.times > 0) {
        *report.entry(row.species.clone()).or_default() += row.times;
    }
    report
}
// ANCHOR_END: returns

/// How many pets have a home: the display.
pub fn homes<'a>(rows: impl IntoIterator<Item = &'a Option<Pet>>) -> usize {
    let pets = rows.into_iter().flatten();
    pets.filter(|pet| pet.status != Status::Available).count()
}

#[cfg(test)]
mod tests {
    use ch01_bare_server::pets::{Customer, Description, Money, PetId};

    use super::*;

    fn life(species: &str, returns: usize) -> Vec<Event> {
        let price = Money {
            amount: 12_000,
            currency: "EUR".into(),
        };
        let about = Description {
            name: "Gustav".into(),
            species: species.into(),
            born: 1923,
            price,
        };
        let mut life = vec![Event::TakenIn(PetId("7".into()), about)];
        for _ in 0..returns {
            life.push(Event::Adopted {
                customer: Customer("Ada".into()),
                together: vec![],
            });
            life.push(Event::Returned {
                reason: "He eats the tulips".into(),
            });
        }
        life
    }

    fn row<V: View<Of = Pets>>(events: &[Event]) -> V::Row {
        events.iter().fold(V::Row::default(), V::apply)
    }

    #[test]
    fn the_accountant_learns_which_species_comes_back_how_often() {
        let lives = [life("tortoise", 3), life("tortoise", 1), life("dog", 0)];
        let rows: Vec<Contribution> = lives.iter().map(|life| row::<Returns>(life)).collect();
        let due = BTreeMap::from([("tortoise".to_owned(), 4)]);
        assert_eq!(by_species(&rows), due);
    }

    #[test]
    fn the_display_counts_those_who_are_away() {
        let mut away = life("dog", 1);
        away.truncate(2);
        let rows = [row::<List>(&away), row::<List>(&life("cat", 2)), None];
        assert_eq!(homes(&rows), 1);
    }
}
