//! A checkout that its customer can call off: where that leads from each state, and whether
//! all of it still comes to an end.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use ch10_processes::checkout::states::facts;
use ch10_processes::checkout::{Checkout, Event, Fact, Progress};
use event_store::Decider;

/// What a checkout is told.
enum Told {
    Fact(Fact),
    Cancelled,
}

/// What happens then.
enum Happened {
    Event(Event),
    Cancelled,
}

type State = Option<Progress>;

// ANCHOR: decide
/// To call it off is to be late before the time is over, for another reason.
fn decide(state: &State, told: &Told) -> Vec<Happened> {
    let fact = match (told, state) {
        (Told::Fact(fact), _) => fact.clone(),
        (Told::Cancelled, Some(now)) => Fact::Late(now.terms.deadline),
        (Told::Cancelled, None) => return vec![],
    };
    let events = Checkout::decide(state, &fact).unwrap_or_default();
    let happened = events.into_iter().map(|event| match (told, event) {
        (Told::Cancelled, Event::TimedOut(_)) => Happened::Cancelled,
        (_, event) => Happened::Event(event),
    });
    happened.collect()
}
// ANCHOR_END: decide

fn evolve(state: State, happened: &Happened) -> State {
    match happened {
        Happened::Event(event) => Checkout::evolve(state, event),
        // The reason, which no decision asks for.
        Happened::Cancelled => state,
    }
}

/// A state without what is particular to a customer.
fn kind(state: &State) -> String {
    let kind = state.as_ref().map(Progress::kind);
    kind.map_or("nothing".into(), |(hold, payment)| {
        format!("{hold:?}, {payment:?}")
    })
}

fn main() {
    let told = facts().into_iter().map(Told::Fact);
    let told: Vec<Told> = told.chain([Told::Cancelled]).collect();
    let (mut ways, mut ends) = (BTreeMap::<_, BTreeSet<String>>::new(), BTreeSet::new());
    let mut next: VecDeque<State> = VecDeque::from([None]);
    while let Some(state) = next.pop_front() {
        let from = kind(&state);
        if ways.contains_key(&from) {
            continue;
        }
        if state.as_ref().is_some_and(Progress::is_over) {
            ends.insert(from.clone());
        }
        let to = ways.entry(from.clone()).or_default();
        for told in &told {
            let happened = decide(&state, told);
            let then = happened.iter().fold(state.clone(), evolve);
            if kind(&then) != from {
                to.insert(kind(&then));
            }
            if let (Told::Cancelled, false) = (told, happened.is_empty()) {
                println!("{from:<24} Cancelled  {}", kind(&then));
            }
            next.push_back(then);
        }
    }
    println!("{} states, {} of them ends", ways.len() - 1, ends.len());
    for lost in lost(&ways, ends) {
        println!("no way leads to an end from {lost}");
    }
}

/// The states from which no way leads to an end.
fn lost(ways: &BTreeMap<String, BTreeSet<String>>, ends: BTreeSet<String>) -> Vec<String> {
    let mut good = ends;
    loop {
        let leads = |(_, to): &(&String, &BTreeSet<String>)| !to.is_disjoint(&good);
        let more: BTreeSet<String> = ways
            .iter()
            .filter(leads)
            .map(|(from, _)| from.clone())
            .collect();
        if more.is_subset(&good) {
            break;
        }
        good.extend(more);
    }
    let lost = ways.keys().filter(|state| !good.contains(*state));
    lost.cloned().collect()
}
