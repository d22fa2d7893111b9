//! Views that believe what they are told: `trust`, with `twice` or `early` for a day on which
//! commits do not come as they were written.

use std::env;

use anyhow::{Result, bail};
use ch01_bare_server::pets::{Customer, Description, Money, Pet, PetId, Status};
use ch08_event_sourcing::pet::Event;
use ch09_projections::views::{Contribution, List, Returns, View};

/// The rows of one pet.
#[derive(Debug, Default)]
struct Rows {
    list: Option<Pet>,
    returns: Contribution,
}

// ANCHOR: told
impl Rows {
    /// What the stream of changes brings is applied to what is there.
    fn told(&mut self, event: &Event) {
        self.list = List::apply(self.list.take(), event);
        self.returns = Returns::apply(self.returns.clone(), event);
    }
}
// ANCHOR_END: told

fn main() -> Result<()> {
    let day = env::args().nth(1).unwrap_or_default();
    let order: &[usize] = match day.as_str() {
        "" => &[0, 1, 2],
        "twice" => &[0, 1, 2, 2],
        "early" => &[0, 2, 1],
        other => bail!("{other}: say twice, early, or nothing"),
    };
    let life = life();
    let mut rows = Rows::default();
    for commit in order {
        rows.told(&life[*commit]);
    }
    let status = rows.list.map(|pet| match pet.status {
        Status::Available => "waits for a home".to_owned(),
        Status::Adopted(customer) => format!("lives with {}", customer.0),
    });
    let status = status.unwrap_or_else(|| "is not known".to_owned());
    let times = match rows.returns.times {
        1 => "once".to_owned(),
        times => format!("{times} times"),
    };
    println!("Gustav {status}, and came back {times}");
    Ok(())
}

/// He is taken in, adopted, and brought back: a commit each.
fn life() -> [Event; 3] {
    let price = Money {
        amount: 12_000,
        currency: "EUR".into(),
    };
    let about = Description {
        name: "Gustav".into(),
        species: "tortoise".into(),
        born: 1923,
        price,
    };
    let (customer, reason) = (Customer("Ada".into()), "He eats the tulips".into());
    let adopted = Event::Adopted {
        customer,
        together: vec![],
    };
    [
        Event::TakenIn(PetId("gustav".into()), about),
        adopted,
        Event::Returned { reason },
    ]
}
