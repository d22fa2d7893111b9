//! A view of which customer has how many pets: what follows when a pet has changed hands.

use std::collections::BTreeMap;

use ch01_bare_server::pets::{Customer, Description, Money, PetId};
use ch08_event_sourcing::pet::{Event, Pets};
use ch09_projections::views::View;

// ANCHOR: owners
/// Who has a pet.
enum Owners {}

impl View for Owners {
    type Of = Pets;
    type Row = Option<String>;
    const STREAMS: &'static str = "pet#";

    fn apply(_: Option<String>, event: &Event) -> Option<String> {
        match event {
            Event::Adopted { customer, .. } => Some(customer.0.clone()),
            Event::TakenIn(..) | Event::Returned { .. } => None,
        }
    }
}

/// Which sums change with the row, in one transaction, and by how much.
fn differences(before: Option<&str>, after: Option<&str>) -> BTreeMap<String, i64> {
    let mut sums = BTreeMap::new();
    for (customer, by) in [(before, -1), (after, 1)] {
        if let Some(customer) = customer {
            *sums.entry(customer.to_owned()).or_default() += by;
        }
    }
    sums.retain(|_, by| *by != 0);
    sums
}
// ANCHOR_END: owners

fn main() {
    let (mut rows, mut sums) = (BTreeMap::new(), BTreeMap::<String, i64>::new());
    for (pet, news) in news() {
        let before: Option<String> = rows.remove(pet).unwrap_or_default();
        let after = news.iter().fold(before.clone(), Owners::apply);
        let differences = differences(before.as_deref(), after.as_deref());
        let told: Vec<String> = differences
            .iter()
            .map(|(customer, by)| format!("{customer} {by:+}"))
            .collect();
        let told = if told.is_empty() {
            "nothing".to_owned()
        } else {
            told.join(", ")
        };
        println!("{pet}: {told}");
        for (customer, by) in differences {
            *sums.entry(customer).or_default() += by;
        }
        rows.insert(pet, after);
    }
    let most = sums.iter().max_by_key(|(_, pets)| **pets);
    if let Some((customer, pets)) = most {
        println!("{customer} has {pets} pets");
    }
}

/// What a listener reads of a stream when its bell has rung: one commit or several.
fn news() -> [(&'static str, Vec<Event>); 5] {
    let returned = returned();
    [
        ("Kiwi", vec![taken_in("Kiwi"), adopted("Ada")]),
        ("Mango", vec![taken_in("Mango"), adopted("Ada")]),
        ("Mango", vec![returned.clone(), adopted("Grace")]),
        ("Kiwi", vec![returned, adopted("Ada")]),
        ("Rex", vec![taken_in("Rex"), adopted("Grace")]),
    ]
}

fn taken_in(name: &str) -> Event {
    let price = Money {
        amount: 4_500,
        currency: "EUR".into(),
    };
    let about = Description {
        name: name.into(),
        species: "pet".into(),
        born: 2024,
        price,
    };
    Event::TakenIn(PetId(name.into()), about)
}

fn adopted(customer: &str) -> Event {
    Event::Adopted {
        customer: Customer(customer.into()),
        together: vec![],
    }
}

fn returned() -> Event {
    Event::Returned {
        reason: "sings at four".into(),
    }
}
