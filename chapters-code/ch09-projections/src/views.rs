//! What is made of events. No network, no disk, no clock.

use std::collections::BTreeMap;

use ch01_bare_server::pets::{Pet, Status};
use ch08_event_sourcing::pet::{Event, Pets};
use event_store::{Decider, Stored, StreamId, Unreadable};
use serde::{Deserialize, Serialize};
use serde_json::{Value, from_value, json};

// ANCHOR: view
/// A view with a row for each stream.
pub trait View {
    /// Whose streams.
    type Of: Stored;
    /// What is known of a stream; at first, the default.
    type Row: Default + Clone;
    /// What the names of those streams begin with: there are others in the table.
    const STREAMS: &'static str;

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

    /// Where a row is looked for besides by its stream: nowhere, unless a view says so.
    #[must_use]
    fn places(_: &Self::Row, _: &StreamId) -> Places {
        Places::default()
    }
}

// ANCHOR: places
/// Where a row stands in the two orders in which rows are looked through. In an order in
/// which it has no place it is not found.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Places {
    /// Among all.
    pub all: Option<String>,
    /// Among those that are asked for most.
    pub chosen: Option<String>,
}
// ANCHOR_END: places

/// A view of which there is a sum, too.
pub trait Summed: Kept {
    /// What a row contributes to it.
    fn amount(row: &Self::Row) -> i64;
}

/// The streams of pets.
const PETS: &str = "pet#";

// ANCHOR: list
/// The pets as they are, for the list and for whoever looks for one.
#[derive(Debug)]
pub enum List {}

impl View for List {
    type Of = Pets;
    type Row = Option<Pet>;
    const STREAMS: &'static str = PETS;

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

    // ANCHOR: list_places
    /// All pets by species, and within one as they were taken in. Those that wait for a home
    /// are chosen: by species, the oldest pet first. No pet's species or birth ever changes,
    /// so that no pet is skipped that is there from the first page to the last.
    fn places(row: &Option<Pet>, stream: &StreamId) -> Places {
        let Some(pet) = row else {
            return Places::default();
        };
        let (species, born) = (&pet.about.species, pet.about.born);
        let waits = pet.status == Status::Available;
        Places {
            all: Some(format!("{species}#{stream}")),
            chosen: waits.then(|| format!("{species}#{born:04}#{stream}")),
        }
    }
    // ANCHOR_END: list_places
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
    const STREAMS: &'static str = PETS;

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
// ANCHOR_END: returns

impl Kept for Returns {
    const NAME: &'static str = "returns";

    fn write(row: &Contribution) -> Value {
        json!(row)
    }

    fn read(row: &Value) -> Result<Contribution, Unreadable> {
        Ok(from_value(row.clone())?)
    }

    /// Whoever has never come back is not in the report, and is not read for it.
    fn places(row: &Contribution, stream: &StreamId) -> Places {
        let has_come_back = row.times > 0;
        Places {
            all: None,
            chosen: has_come_back.then(|| format!("{}#{stream}", row.species)),
        }
    }
}

// ANCHOR: by_species
/// The report: how often pets of each species came back, of those that did.
pub fn by_species<'a>(rows: impl IntoIterator<Item = &'a Contribution>) -> BTreeMap<String, u64> {
    let mut report = BTreeMap::new();
    for row in rows.into_iter().filter(|row| row.times > 0) {
        *report.entry(row.species.clone()).or_default() += row.times;
    }
    report
}
// ANCHOR_END: by_species

// ANCHOR: homes
/// Who has a home. How many have one is on the display.
#[derive(Debug)]
pub enum Homes {}

impl View for Homes {
    type Of = Pets;
    /// Whether this pet has one.
    type Row = bool;
    const STREAMS: &'static str = PETS;

    fn apply(_: bool, event: &Event) -> bool {
        matches!(event, Event::Adopted { .. })
    }
}

impl Summed for Homes {
    fn amount(row: &bool) -> i64 {
        i64::from(*row)
    }
}
// ANCHOR_END: homes

impl Kept for Homes {
    const NAME: &'static str = "homes";

    fn write(row: &bool) -> Value {
        json!(row)
    }

    fn read(row: &Value) -> Result<bool, Unreadable> {
        Ok(from_value(row.clone())?)
    }
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
    fn the_streams_of_pets_are_those_of_chapter_8() {
        assert_eq!(PETS, ch08_event_sourcing::shop::PREFIX);
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
        assert!(!row::<Homes>(&away));
        away.truncate(2);
        let lives = [away, life("cat", 2), vec![]];
        let homes = lives.iter().map(|life| Homes::amount(&row::<Homes>(life)));
        assert_eq!(homes.sum::<i64>(), 1);
    }

    #[test]
    fn whoever_waits_stands_where_the_oldest_of_a_species_come_first() {
        let mut away = life("dog", 1);
        let stream = StreamId("pet#7".into());
        let places = |events: &[Event]| List::places(&row::<List>(events), &stream);
        let waits = places(&away);
        assert_eq!(waits.all.as_deref(), Some("dog#pet#7"));
        assert_eq!(waits.chosen.as_deref(), Some("dog#1923#pet#7"));
        away.truncate(2);
        assert_eq!((places(&away).all, places(&away).chosen), (waits.all, None));
        assert_eq!(places(&[]), Places::default());
    }

    #[test]
    fn whoever_never_came_back_is_not_read_for_the_report() {
        let stream = StreamId("pet#7".into());
        let chosen = |returns| {
            let row = row::<Returns>(&life("dog", returns));
            Returns::places(&row, &stream).chosen
        };
        assert_eq!((chosen(0), chosen(2)), (None, Some("dog#pet#7".into())));
    }
}
