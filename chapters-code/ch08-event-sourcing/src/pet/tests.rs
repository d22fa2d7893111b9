use ch01_bare_server::pets::Money;
use event_store::spec::given;
use proptest::prelude::*;

use super::*;

fn gustav() -> PetId {
    PetId("gustav".into())
}

fn about() -> Description {
    let price = Money {
        amount: 12_000,
        currency: "EUR".into(),
    };
    Description {
        name: "Gustav".into(),
        species: "tortoise".into(),
        born: 1923,
        price,
    }
}

fn taken_in() -> Event {
    Event::TakenIn(gustav(), about())
}

fn adopted(customer: &str) -> Event {
    Event::Adopted {
        customer: Customer(customer.into()),
        together: vec![],
    }
}

fn returned(reason: &str) -> Event {
    Event::Returned {
        reason: reason.into(),
    }
}

fn command(wish: Wish) -> Command {
    let pet = gustav();
    Command { pet, wish }
}

fn take_in() -> Command {
    command(Wish::TakeIn(about()))
}

fn adopt(customer: &str) -> Command {
    command(Wish::Adopt {
        customer: Customer(customer.into()),
        together: vec![],
    })
}

fn bring_back(reason: &str) -> Command {
    command(Wish::Return {
        reason: reason.into(),
    })
}

// ANCHOR: spec
#[test]
fn a_pet_is_never_adopted_twice() {
    given::<Pets>([taken_in(), adopted("Ada")])
        .when(&adopt("Ben"))
        .then_refused(&Refusal::AlreadyAdopted(vec![gustav()]));
}

#[test]
fn a_pet_that_was_brought_back_may_be_adopted_again() {
    given::<Pets>([taken_in(), adopted("Ada"), returned("eats tulips")])
        .when(&adopt("Ben"))
        .then([adopted("Ben")]);
}
// ANCHOR_END: spec

#[test]
fn a_pet_is_taken_in_once() {
    given::<Pets>([]).when(&take_in()).then([taken_in()]);
    given::<Pets>([taken_in()]).when(&take_in()).then([]);
}

#[test]
fn what_comes_back_must_have_been_away() {
    given::<Pets>([taken_in(), adopted("Ada")])
        .when(&bring_back("eats tulips"))
        .then([returned("eats tulips")]);
    given::<Pets>([taken_in()])
        .when(&bring_back("eats tulips"))
        .then_refused(&Refusal::NotAdopted(gustav()));
}

#[test]
fn the_shop_has_only_pets_that_it_has_taken_in() {
    for command in [adopt("Ada"), bring_back("eats tulips")] {
        given::<Pets>([])
            .when(&command)
            .then_refused(&Refusal::UnknownPet(gustav()));
    }
}

#[test]
fn pets_that_are_adopted_together_know_of_each_other() {
    let together = vec![gustav(), PetId("mango".into())];
    let customer = Customer("Ada".into());
    given::<Pets>([taken_in()])
        .when(&command(Wish::Adopt {
            customer: customer.clone(),
            together: together.clone(),
        }))
        .then([Event::Adopted { customer, together }]);
}

fn any_command() -> impl Strategy<Value = Command> {
    prop_oneof![
        Just(take_in()),
        "[a-c]".prop_map(|customer| adopt(&customer)),
        "[a-c]".prop_map(|reason| bring_back(&reason)),
    ]
}

fn any_event() -> impl Strategy<Value = Event> {
    prop_oneof![
        Just(taken_in()),
        "[a-c]".prop_map(|customer| adopted(&customer)),
        "[a-c]".prop_map(|reason| returned(&reason)),
    ]
}

proptest! {
    // ANCHOR: property
    /// Whatever customers want, in whatever order: between two adoptions the pet was
    /// brought back, and it is in one place.
    #[test]
    fn a_pet_has_one_home_at_a_time(commands in prop::collection::vec(any_command(), 0..40)) {
        let (mut state, mut homes) = (None, 0);
        for command in commands {
            for event in Pets::decide(&state, &command).unwrap_or_default() {
                homes += match event {
                    Event::TakenIn(..) => 0,
                    Event::Adopted { .. } => 1,
                    Event::Returned { .. } => -1,
                };
                state = Pets::evolve(state, &event);
            }
            let has_a_home = state.as_ref().is_some_and(|pet| pet.status != Status::Available);
            prop_assert_eq!(homes, i32::from(has_a_home));
        }
    }
    // ANCHOR_END: property

    /// Also what no shop would write down: what has happened, has happened.
    #[test]
    fn nothing_that_has_happened_is_too_much(events in prop::collection::vec(any_event(), 0..40)) {
        let was_here = events.contains(&taken_in());
        let state = events.iter().fold(None, Pets::evolve);
        prop_assert_eq!(state.is_some(), was_here);
    }

    /// What is refused changes nothing, and what is not is decided the same again.
    #[test]
    fn the_same_state_decides_the_same(
        events in prop::collection::vec(any_event(), 0..10),
        command in any_command(),
    ) {
        let state = || events.iter().fold(None, Pets::evolve);
        prop_assert_eq!(Pets::decide(&state(), &command), Pets::decide(&state(), &command));
    }
}
