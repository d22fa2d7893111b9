//! What is so whatever a checkout is told.

use std::collections::BTreeSet;
use std::time::Duration;

use event_store::Stored;
use proptest::prelude::*;

use super::states::{facts, go, kind, ways};
use super::tests::{charge, charged, terms, unclear};
use super::*;

/// All that can be said to a checkout, and what has been said already again.
fn any_facts() -> impl Strategy<Value = Vec<Fact>> {
    let fact = prop::sample::select(facts());
    let fact = prop_oneof![
        9 => fact,
        1 => (0..30_u64).prop_map(|minutes| Fact::Late(Duration::from_mins(minutes))),
        1 => "[ab]".prop_map(|charge| Fact::Charged(ChargeId(charge))),
    ];
    let begun = Just(vec![Fact::Begun(terms())]);
    let facts = prop::collection::vec(fact, 0..60);
    (begun, facts).prop_map(|(begun, facts)| [begun, facts].concat())
}

/// What the world may answer to a wish.
fn answers(wish: Wish) -> Vec<Fact> {
    let why = || String::from("so it is");
    match wish {
        Wish::Reserve => vec![Fact::Reserved, Fact::NotReserved(why())],
        Wish::Charge | Wish::FindOut => vec![Fact::Charged(charge()), Fact::NotCharged(why())],
        Wish::Confirm => vec![Fact::Confirmed, Fact::NotConfirmed],
        Wish::Release => vec![Fact::Released],
        Wish::Refund => vec![Fact::Refunded],
    }
}

/// No checkout takes more answers.
const STEPS: usize = 6;

/// Whether all answers to all that is wanted lead to an end, in at most so many steps.
fn ends(now: &Progress, steps: usize) -> bool {
    if now.is_over() {
        return now.wishes().is_empty();
    }
    let wishes = now.wishes();
    let mut answers = wishes.iter().flat_map(|wish| answers(*wish));
    steps > 0
        && !wishes.is_empty()
        && answers.all(|fact| {
            let (way, then) = go(Some(now), &fact);
            way.is_some() && then.is_some_and(|then| ends(&then, steps - 1))
        })
}

fn count(events: &[Event], wanted: impl Fn(&Event) -> bool) -> usize {
    events.iter().filter(|event| wanted(event)).count()
}

proptest! {
    // ANCHOR: property
    /// Whatever is said, however often and in whatever order: what is wanted and not yet
    /// answered leads to an end, whatever the answers are; and in the end the pet is paid, or
    /// what was charged was given back, once.
    #[test]
    fn money_is_conserved_and_no_state_is_a_dead_end(facts in any_facts()) {
        let known = ways();
        let (mut state, mut events) = (None, vec![]);
        for fact in facts {
            let (way, then) = go(state.as_ref(), &fact);
            prop_assert!(way.is_none_or(|way| known.contains(&way)), "{fact:?} in {state:?}");
            events.extend(Checkout::decide(&state, &fact).unwrap_or_default());
            state = then;
            let now = state.as_ref().expect("it has begun");
            prop_assert!(ends(now, STEPS), "{now:?}");
        }
        let charged = count(&events, |event| matches!(event, Event::Charged(_)));
        let given_back = count(&events, |event| *event == Event::RefundWanted);
        let adopted = count(&events, |event| *event == Event::Confirmed);
        prop_assert!(charged <= 1 && given_back + adopted <= charged, "{events:?}");
        if state.is_some_and(|now| now.is_over()) {
            prop_assert_eq!(given_back + adopted, charged);
        }
    }
    // ANCHOR_END: property

    /// What was said changes nothing when it is said again.
    #[test]
    fn a_fact_that_comes_twice_counts_once(facts in any_facts()) {
        let mut state = None;
        for fact in facts {
            let (_, then) = go(state.as_ref(), &fact);
            let (again, _) = go(then.as_ref(), &fact);
            prop_assert_eq!(again, None, "{:?} again", fact);
            state = then;
        }
    }

    #[test]
    fn states_and_events_come_back_as_they_were_written(facts in any_facts()) {
        let mut state = None;
        for fact in facts {
            for event in Checkout::decide(&state, &fact).unwrap_or_default() {
                prop_assert_eq!(Checkout::event(&Checkout::record(&event)), Ok(event.clone()));
                state = Checkout::evolve(state, &event);
                prop_assert_eq!(Checkout::state(&Checkout::snapshot(&state)), Ok(state.clone()));
            }
        }
    }

    /// Also what no checkout would write down.
    #[test]
    fn nothing_that_has_happened_is_too_much(order in prop::collection::vec(0..16_usize, 0..40)) {
        let all = [unclear(), charged(), vec![
            Event::NotReserved("so it is".into()),
            Event::NotCharged("so it is".into()),
            Event::Confirmed,
            Event::NotConfirmed,
            Event::Released,
            Event::RefundWanted,
            Event::Refunded,
        ]].concat();
        let events = order.iter().map(|place| &all[place % all.len()]);
        let has_begun = events.clone().any(|event| matches!(event, Event::Begun(_)));
        let state = events.fold(None, Checkout::evolve);
        prop_assert_eq!(state.is_some(), has_begun);
    }
}

#[test]
fn from_every_state_there_is_a_way_to_an_end() {
    let states: BTreeSet<_> = ways().into_iter().map(|way| way.to).collect();
    let mut found = BTreeSet::new();
    let mut next = vec![go(None, &Fact::Begun(terms())).1];
    while let Some(state) = next.pop() {
        if !found.insert(kind(state.as_ref())) {
            continue;
        }
        let now = state.as_ref().expect("it has begun");
        assert!(ends(now, STEPS), "{now:?}");
        next.extend(facts().iter().map(|fact| go(state.as_ref(), fact).1));
    }
    assert_eq!(found, states);
}
