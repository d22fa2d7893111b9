//! A past that no shop of this chapter would have written, and what is made of it.

use ch01_bare_server::pets::{Customer, Description, Money, Pet, PetId};
use ch08_event_sourcing::pet::{Command, Event, Pets, Wish};
use event_store::Decider;

fn main() {
    let gustav = PetId("1".into());
    let about = Description {
        name: "Gustav".into(),
        species: "tortoise".into(),
        born: 1923,
        price: Money {
            amount: 12_000,
            currency: "EUR".into(),
        },
    };
    // ANCHOR: twice
    let adopted = |customer: &str| Event::Adopted {
        customer: Customer(customer.into()),
        together: vec![],
    };
    let past = [
        Event::TakenIn(gustav.clone(), about),
        adopted("Ada"),
        adopted("Ben"),
    ];
    let now: Option<Pet> = past.iter().fold(None, Pets::evolve);
    println!("{:?}", now.as_ref().map(|pet| &pet.status));
    for wish in [adopt("Cleo"), back("He bites")] {
        let pet = gustav.clone();
        println!("{:?}", Pets::decide(&now, &Command { pet, wish }));
    }
    // ANCHOR_END: twice
}

fn adopt(customer: &str) -> Wish {
    Wish::Adopt {
        customer: Customer(customer.into()),
        together: vec![],
    }
}

fn back(reason: &str) -> Wish {
    Wish::Return {
        reason: reason.into(),
    }
}
