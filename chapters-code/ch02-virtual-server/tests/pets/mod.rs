//! Pets and customers for the tests.

use ch01_bare_server::pets::{Customer, Description, Money, PetId};
use ch01_bare_server::shop::Command;
use ch02_virtual_server::answer::Answer;
use ch02_virtual_server::order::{Key, Order};

/// A lovebird comes into the shop.
pub fn bird(name: &str) -> Order {
    let price = Money {
        amount: 4_500,
        currency: "EUR".into(),
    };
    let about = Description {
        name: name.into(),
        species: "lovebird".into(),
        born: 2024,
        price,
    };
    Order {
        command: Command::TakeIn(about),
        key: None,
        tell: Answer::taken_in,
    }
}

/// A customer wants all of these.
pub fn adopt(pets: &[&str], customer: &str) -> Order {
    let command = Command::Adopt {
        pets: pets.iter().map(|id| PetId((*id).into())).collect(),
        customer: Customer(customer.into()),
    };
    Order {
        command,
        key: None,
        tell: Answer::several,
    }
}

/// The same order with a key, and with the body that it came in.
#[allow(dead_code, reason = "not every test asks for a key")]
pub fn keyed(order: Order, key: &str, body: &str) -> Order {
    Order {
        key: Some(Key::new(key, "/somewhere", body.as_bytes())),
        ..order
    }
}
