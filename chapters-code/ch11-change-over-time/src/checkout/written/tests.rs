use std::sync::Arc;

use ch10_processes::checkout::{ChargeId, Checkout as Before, CheckoutId, Fact, Hold, Payment};
use ch10_processes::performer::tell;
use event_store::{Decider, Memory, Settings, Store};

use super::*;
use crate::person::{LENGTH, NONCE, Person};

fn terms(customer: &str, card: &str) -> Terms {
    Terms {
        pet: PetId("7".into()),
        customer: Customer(customer.into()),
        card: Card(card.into()),
        price: Money {
            amount: 12_000,
            currency: "EUR".into(),
        },
        deadline: Duration::from_millis(1_795_895_479_123),
    }
}

fn sealed() -> Terms {
    let ada = Person::new(PersonId("1".into()), [7; LENGTH]);
    let [name, card] = ["Ada", "ada"].map(|text| ada.seal([3; NONCE], text).to_string());
    terms(&name, &card)
}

/// Everything that a checkout goes through until the pet is hers.
fn life(terms: Terms) -> Vec<(Event, Progressed)> {
    let facts = [
        Fact::Begun(terms),
        Fact::Reserved,
        Fact::Charged(ChargeId("ch_1".into())),
        Fact::Confirmed,
    ];
    let (mut state, mut life) = (None, vec![]);
    for fact in facts {
        for event in Checkout::decide(&state, &fact).expect("a fact for a checkout") {
            state = Checkout::evolve(state, &event);
            life.push((event, state.clone()));
        }
    }
    life
}

#[test]
fn events_and_states_come_back_as_they_were_written() {
    for terms in [sealed(), terms("Ada", "ada"), terms("person:1:AAAA", "ada")] {
        for (event, state) in life(terms) {
            assert_eq!(Checkout::event(&Checkout::record(&event)), Ok(event));
            assert_eq!(Checkout::state(&Checkout::snapshot(&state)), Ok(state));
        }
    }
    assert_eq!(Checkout::state(&Checkout::snapshot(&None)), Ok(None));
}

#[test]
fn whose_it_is_stands_there_by_a_name_that_says_nothing() {
    let [begun, _] = &life(sealed())[..2] else {
        panic!("it begins with two events");
    };
    let record = Checkout::record(&begun.0);
    assert_eq!(record.version, 2);
    assert_eq!(record.body["who"]["sealed"]["person"], "1");
    let written = [record.body, Checkout::snapshot(&begun.1)].map(|value| value.to_string());
    for text in written {
        assert!(!text.contains("Ada") && !text.contains("ada"), "{text}");
    }
}

// ANCHOR: golden
/// Written by chapter 10's release, and never to be edited.
#[test]
fn the_events_of_last_year_are_read() {
    let lines = include_str!("../../../events/golden/checkout.jsonl").lines();
    let read: Vec<Event> = lines
        .map(|line| {
            let line: Value = serde_json::from_str(line).expect("JSON");
            let kind = line["kind"].as_str().expect("a kind");
            let version = line["version"].as_u64().expect("a version");
            let version = u32::try_from(version).expect("a small one");
            Checkout::event(&Record::new(kind, version, line["body"].clone())).expect("it is read")
        })
        .collect();
    let mut due: Vec<Event> = life(terms("Ada", "ada"))
        .into_iter()
        .map(|(event, _)| event)
        .collect();
    due.extend([
        Event::NotReserved("already-adopted".into()),
        Event::NotCharged("card-declined".into()),
        Event::NotConfirmed,
        Event::TimedOut(Duration::from_millis(1_795_895_479_456)),
        Event::AnswerWanted,
        Event::ReleaseWanted,
        Event::Released,
        Event::RefundWanted,
        Event::Refunded,
    ]);
    assert_eq!(read, due);
}
// ANCHOR_END: golden

#[test]
fn a_state_of_last_year_is_not_taken_for_one_of_this() {
    for (_, state) in life(terms("Ada", "ada")) {
        let told = Checkout::state(&Before::snapshot(&state)).unwrap_err();
        assert!(told.0.contains("invalid type: null"), "{told}");
    }
}

/// Each of its commits has a state, in chapter 10's form.
#[tokio::test]
async fn a_checkout_of_last_year_stands_where_it_stood_and_goes_on() -> anyhow::Result<()> {
    let memory: Arc<Memory> = Arc::default();
    let before: Store<Before, _> = Store::new(Arc::clone(&memory), Settings::default());
    let now: Store<Checkout, _> = Store::new(memory, Settings::default());
    let id = CheckoutId("7".into());
    let charged = Fact::Charged(ChargeId("ch_1".into()));
    let at = Duration::from_secs(1);
    for fact in [Fact::Begun(terms("Ada", "ada")), Fact::Reserved] {
        let known = tell(&before, &id, &fact, "", at).await?;
        assert_eq!(now.load(&id.stream()).await?.state, known);
    }
    let known = tell(&now, &id, &charged, "", at).await?;
    assert_eq!(
        known.map(|known| known.kind()),
        Some((Hold::Confirming, Payment::Charged))
    );
    Ok(())
}

#[test]
fn what_no_release_has_written_is_told_by_its_name() {
    for (version, due) in [
        (1, "missing field `customer`"),
        (2, "missing field `pet`"),
        (3, "nobody knows Begun in version 3"),
    ] {
        let told = Checkout::event(&Record::new("Begun", version, json!({}))).unwrap_err();
        assert_eq!(told.0, due);
    }
    let told = Checkout::event(&Record::new("Reserved", 2, json!({}))).unwrap_err();
    assert_eq!(told.0, "nobody knows Reserved in version 2");
}

#[test]
fn chapter_10_says_that_it_does_not_know_what_this_one_writes() {
    let told = Before::event(&Checkout::record(&Event::Begun(sealed()))).unwrap_err();
    assert_eq!(told.0, "nobody knows Begun in version 2");
}
