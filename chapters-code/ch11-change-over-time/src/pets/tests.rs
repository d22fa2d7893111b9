use ch01_bare_server::pets::{Description, Money, Status};
use ch08_event_sourcing::pet as first;
use ch10_processes::pets::CheckoutId;
use event_store::Stored;
use event_store::spec::given;
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

fn id() -> PetId {
    PetId("7".into())
}

fn taken_in() -> Event {
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
    happened(first::Event::TakenIn(id(), about))
}

fn happened(event: first::Event) -> Event {
    Event::Before(before::Event::Before(event))
}

fn adopted(customer: &str) -> Event {
    happened(first::Event::Adopted {
        customer: Customer(customer.into()),
        together: vec![],
    })
}

fn wants(wish: Wish) -> Command {
    Command { pet: id(), wish }
}

fn correct(customer: &str) -> Command {
    wants(Wish::Correct {
        customer: Customer(customer.into()),
    })
}

#[test]
fn an_adoption_that_was_written_down_for_the_wrong_customer_is_put_right() {
    given::<Pets>([taken_in(), adopted("Grace")])
        .when(&correct("Ada"))
        .then([Event::CustomerCorrected, adopted("Ada")]);
    let life = [
        taken_in(),
        adopted("Grace"),
        Event::CustomerCorrected,
        adopted("Ada"),
    ];
    let state = life.iter().fold(State::default(), Pets::evolve);
    let status = state.pet.map(|pet| pet.status);
    assert_eq!(status, Some(Status::Adopted(Customer("Ada".into()))));
}

#[test]
fn there_is_nothing_to_put_right_of_a_pet_that_nobody_has() {
    given::<Pets>([])
        .when(&correct("Ada"))
        .then_refused(&Unfit::UnknownPet(id()).into());
    given::<Pets>([taken_in()])
        .when(&correct("Ada"))
        .then_refused(&Unfit::NotAdopted(id()).into());
}

#[test]
fn what_chapter_10_asks_for_is_answered_as_in_chapter_10() {
    let by = CheckoutId("1".into());
    let reserve = before::Command {
        pet: id(),
        wish: before::Wish::Reserve { by: by.clone() },
    };
    given::<Pets>([taken_in()])
        .when(&reserve.into())
        .then([Event::Before(before::Event::Reserved { by })]);
}

fn wish() -> impl Strategy<Value = Wish> {
    let customer = || "[A-Z][a-z]{2,6}".prop_map(Customer);
    let by = || (0..3u8).prop_map(|by| CheckoutId(by.to_string()));
    let first = prop_oneof![
        customer().prop_map(|customer| first::Wish::Adopt {
            customer,
            together: vec![]
        }),
        "[a-z ]{1,9}".prop_map(|reason| first::Wish::Return { reason }),
    ];
    prop_oneof![
        first.prop_map(|wish| Wish::Before(before::Wish::Before(wish))),
        by().prop_map(|by| Wish::Before(before::Wish::Reserve { by })),
        by().prop_map(|by| Wish::Before(before::Wish::Release { by })),
        (by(), customer())
            .prop_map(|(by, customer)| Wish::Before(before::Wish::Adopt { by, customer })),
        customer().prop_map(|customer| Wish::Correct { customer }),
    ]
}

proptest! {
    #[test]
    fn whatever_is_asked_for_is_read_as_it_was_written(wishes in vec(wish(), 0..30)) {
        let mut state = Pets::evolve(State::default(), &taken_in());
        for wish in wishes {
            for event in Pets::decide(&state, &wants(wish)).unwrap_or_default() {
                prop_assert_eq!(Pets::event(&Pets::record(&event)), Ok(event.clone()));
                state = Pets::evolve(state, &event);
            }
            prop_assert_eq!(Pets::state(&Pets::snapshot(&state)), Ok(state.clone()));
        }
    }

    /// Only whose it is, and of no pet that waits.
    #[test]
    fn a_correction_changes_nothing_else(wishes in vec(wish(), 0..30)) {
        let mut state = Pets::evolve(State::default(), &taken_in());
        for wish in wishes {
            let before = state.clone();
            let events = Pets::decide(&state, &wants(wish)).unwrap_or_default();
            state = events.iter().fold(state, Pets::evolve);
            if events.contains(&Event::CustomerCorrected) {
                let mut due = before.clone();
                let pet = due.pet.as_mut().expect("a pet");
                prop_assert!(pet.status != Status::Available);
                pet.status = state.pet.as_ref().expect("a pet").status.clone();
                prop_assert_eq!(&state, &due);
            }
        }
    }
}
