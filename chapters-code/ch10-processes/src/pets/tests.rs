use ch01_bare_server::pets::{Description, Money, Status};
use event_store::spec::given;
use event_store::{Record, Stored};
use proptest::prelude::*;
use serde_json::Value;

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
    Event::Before(before::Event::TakenIn(gustav(), about()))
}

fn by(checkout: &str) -> CheckoutId {
    CheckoutId(checkout.into())
}

fn reserved(checkout: &str) -> Event {
    Event::Reserved { by: by(checkout) }
}

fn released(checkout: &str) -> Event {
    Event::Released { by: by(checkout) }
}

fn given_to(customer: &str) -> Event {
    adopted(&Customer(customer.into()))
}

fn returned() -> Event {
    let reason = "eats tulips".into();
    Event::Before(before::Event::Returned { reason })
}

fn command(wish: Wish) -> Command {
    let pet = gustav();
    Command { pet, wish }
}

fn reserve(checkout: &str) -> Command {
    command(Wish::Reserve { by: by(checkout) })
}

fn release(checkout: &str) -> Command {
    command(Wish::Release { by: by(checkout) })
}

fn adopt(checkout: &str, customer: &str) -> Command {
    let customer = Customer(customer.into());
    let by = by(checkout);
    command(Wish::Adopt { by, customer })
}

fn adopt_at_the_desk(customer: &str) -> Command {
    command(Wish::Before(before::Wish::Adopt {
        customer: Customer(customer.into()),
        together: vec![],
    }))
}

// ANCHOR: spec
#[test]
fn a_reserved_pet_is_for_whoever_reserved_it() {
    given::<Pets>([taken_in(), reserved("1")])
        .when(&adopt("1", "Ada"))
        .then([given_to("Ada")]);
    given::<Pets>([taken_in(), reserved("1")])
        .when(&adopt("2", "Ben"))
        .then_refused(&Refusal::NotReserved(gustav()));
    given::<Pets>([taken_in(), reserved("1")])
        .when(&adopt_at_the_desk("Ben"))
        .then_refused(&Refusal::Reserved(gustav()));
    given::<Pets>([taken_in(), reserved("1")])
        .when(&reserve("2"))
        .then_refused(&Refusal::Reserved(gustav()));
}

#[test]
fn who_lets_go_has_had_their_turn() {
    given::<Pets>([taken_in(), reserved("1")])
        .when(&release("1"))
        .then([released("1")]);
    // Their reservation was on its way for longer than they cared to wait.
    given::<Pets>([taken_in()])
        .when(&release("1"))
        .then([released("1")]);
    given::<Pets>([taken_in(), released("1")])
        .when(&reserve("1"))
        .then_refused(&Refusal::TurnIsOver(gustav()));
    given::<Pets>([taken_in(), released("1")])
        .when(&reserve("2"))
        .then([reserved("2")]);
}
// ANCHOR_END: spec

#[test]
fn what_comes_twice_is_done_once() {
    given::<Pets>([taken_in(), reserved("1")])
        .when(&reserve("1"))
        .then([]);
    given::<Pets>([taken_in(), reserved("1"), released("1")])
        .when(&release("1"))
        .then([]);
    given::<Pets>([taken_in(), reserved("1"), given_to("Ada")])
        .when(&adopt("1", "Ada"))
        .then([]);
    // Also if the pet has come back meanwhile.
    given::<Pets>([taken_in(), reserved("1"), given_to("Ada"), returned()])
        .when(&adopt("1", "Ada"))
        .then([]);
}

#[test]
fn of_a_confirmation_and_a_release_the_first_counts() {
    given::<Pets>([taken_in(), reserved("1"), given_to("Ada")])
        .when(&release("1"))
        .then_refused(&Refusal::IsAdopted(gustav()));
    given::<Pets>([taken_in(), reserved("1"), released("1")])
        .when(&adopt("1", "Ada"))
        .then_refused(&Refusal::NotReserved(gustav()));
}

#[test]
fn the_release_of_one_leaves_the_reservation_of_another() {
    given::<Pets>([taken_in(), reserved("1"), released("2")])
        .when(&adopt("1", "Ada"))
        .then([given_to("Ada")]);
}

#[test]
fn what_is_not_in_the_shop_is_not_reserved() {
    given::<Pets>([])
        .when(&reserve("1"))
        .then_refused(&Refusal::Before(first::Refusal::UnknownPet(gustav())));
    given::<Pets>([]).when(&release("1")).then([]);
    given::<Pets>([taken_in(), given_to("Ada")])
        .when(&reserve("1"))
        .then_refused(&Refusal::Before(first::Refusal::AlreadyAdopted(vec![
            gustav(),
        ])));
}

#[test]
fn at_the_desk_all_is_as_before() {
    given::<Pets>([taken_in(), reserved("1"), released("1")])
        .when(&adopt_at_the_desk("Ben"))
        .then([given_to("Ben")]);
}

#[test]
fn a_pet_forgets_turns_that_are_long_over() {
    let over = (0..=REMEMBERS).map(|number| released(&number.to_string()));
    let events = || [taken_in()].into_iter().chain(over.clone());
    given::<Pets>(events())
        .when(&reserve("1"))
        .then_refused(&Refusal::TurnIsOver(gustav()));
    given::<Pets>(events())
        .when(&reserve("0"))
        .then([reserved("0")]);
}

/// The file of chapter 8, which is never edited.
#[test]
fn the_events_of_chapter_8_are_read() {
    let golden = include_str!("../../../ch08-event-sourcing/tests/golden.jsonl");
    let read = golden.lines().map(|line| {
        let line: Value = serde_json::from_str(line).expect("JSON");
        let kind = line["kind"].as_str().expect("a kind");
        let record = Record::new(kind, 1, line["body"].clone());
        let event = Pets::event(&record).expect("it is read");
        let as_before = before::Pets::event(&record).expect("it is read");
        assert_eq!(event, Event::Before(as_before));
        event
    });
    let state = read.fold(State::default(), |state, event| Pets::evolve(state, &event));
    let pet = state.pet.expect("there is one");
    assert_eq!(pet.status, Status::Adopted(Customer("Zoë".into())));
}

#[test]
fn a_program_of_chapter_8_says_that_it_does_not_know_reservations() {
    let record = Pets::record(&reserved("1"));
    let told = before::Pets::event(&record).unwrap_err();
    assert_eq!(told.0, "nobody knows Reserved in version 1");
    assert_ne!(Pets::STATE, before::Pets::STATE);
}

fn any_event() -> impl Strategy<Value = Event> {
    prop_oneof![
        Just(taken_in()),
        Just(returned()),
        "[a-c]".prop_map(|customer| given_to(&customer)),
        "[1-3]".prop_map(|checkout| reserved(&checkout)),
        "[1-3]".prop_map(|checkout| released(&checkout)),
    ]
}

fn any_command() -> impl Strategy<Value = Command> {
    let reason = || String::from("eats tulips");
    prop_oneof![
        Just(command(Wish::Before(before::Wish::TakeIn(about())))),
        Just(command(Wish::Before(before::Wish::Return {
            reason: reason()
        }))),
        "[a-c]".prop_map(|customer| adopt_at_the_desk(&customer)),
        "[1-4]".prop_map(|checkout| reserve(&checkout)),
        "[1-4]".prop_map(|checkout| release(&checkout)),
        ("[1-4]", "[a-c]").prop_map(|(checkout, customer)| adopt(&checkout, &customer)),
    ]
}

proptest! {
    #[test]
    fn states_and_events_come_back_as_they_were_written(
        events in prop::collection::vec(any_event(), 0..20),
    ) {
        let mut state = State::default();
        for event in events {
            prop_assert_eq!(Pets::event(&Pets::record(&event)), Ok(event.clone()));
            state = Pets::evolve(state, &event);
            prop_assert_eq!(Pets::state(&Pets::snapshot(&state)), Ok(state.clone()));
        }
    }

    /// Whatever is wanted, in whatever order: a pet is reserved only in the shop, has one home at
    /// a time, and nobody has two turns.
    #[test]
    fn nobody_gets_a_pet_that_is_kept_for_another(
        commands in prop::collection::vec(any_command(), 0..40),
    ) {
        let (mut state, mut turns) = (State::default(), vec![]);
        for command in commands {
            for event in Pets::decide(&state, &command).unwrap_or_default() {
                if let Event::Reserved { by } = &event {
                    prop_assert!(!turns.contains(by), "{by} has two turns");
                    turns.push(by.clone());
                }
                state = Pets::evolve(state, &event);
            }
            let is_here = state.pet.as_ref().is_some_and(|pet| pet.status == Status::Available);
            prop_assert!(is_here || state.reserved.is_none());
        }
    }
}
