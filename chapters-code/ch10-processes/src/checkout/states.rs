//! The states of a checkout and the ways between them, found by trying: from what is not begun,
//! every fact in every state that this leads to.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use ch01_bare_server::pets::{Customer, Money, PetId};
use event_store::Decider;

use super::{Card, ChargeId, Checkout, Event, Fact, Hold, Payment, Progress, Terms};

/// A state without what is particular to a customer; none, before the checkout has begun.
pub type Kind = Option<(Hold, Payment)>;

/// A way from one state to another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Way {
    /// From where.
    pub from: Kind,
    /// The fact's name.
    pub fact: &'static str,
    /// To where.
    pub to: Kind,
    /// Whether all is done there.
    pub ends: bool,
    /// The names of what is wanted then.
    pub wants: Vec<String>,
}

/// The kind of a state.
#[must_use]
pub fn kind(state: Option<&Progress>) -> Kind {
    state.map(Progress::kind)
}

// ANCHOR: ways
/// All ways that there are.
#[must_use]
pub fn ways() -> BTreeSet<Way> {
    let (mut ways, mut seen) = (BTreeSet::new(), BTreeSet::from([None]));
    let mut next: VecDeque<Option<Progress>> = VecDeque::from([None]);
    while let Some(state) = next.pop_front() {
        for fact in facts() {
            let (way, then) = go(state.as_ref(), &fact);
            let Some(way) = way else {
                continue;
            };
            if seen.insert(way.to) {
                next.push_back(then);
            }
            ways.insert(way);
        }
    }
    ways
}

/// Where a fact leads, and how it is then; there is no way if it changes nothing.
#[must_use]
pub fn go(state: Option<&Progress>, fact: &Fact) -> (Option<Way>, Option<Progress>) {
    let before = state.cloned();
    let events = Checkout::decide(&before, fact).unwrap_or_default();
    let then = events.iter().fold(before, Checkout::evolve);
    let way = Way {
        from: kind(state),
        fact: name(fact),
        to: kind(then.as_ref()),
        ends: then.as_ref().is_some_and(Progress::is_over),
        wants: events.iter().filter_map(wanted).collect(),
    };
    ((!events.is_empty()).then_some(way), then)
}
// ANCHOR_END: ways

/// What an event wants done: `Reservation` of `ReservationWanted`.
fn wanted(event: &Event) -> Option<String> {
    let name = format!("{event:?}");
    name.strip_suffix("Wanted").map(str::to_owned)
}

/// One fact of each kind.
#[must_use]
pub fn facts() -> Vec<Fact> {
    let price = Money {
        amount: 12_000,
        currency: "EUR".into(),
    };
    let deadline = Duration::from_mins(15);
    vec![
        Fact::Begun(Terms {
            pet: PetId("gustav".into()),
            customer: Customer("Ada".into()),
            card: Card("ada".into()),
            price,
            deadline,
        }),
        Fact::Reserved,
        Fact::NotReserved("adopted".into()),
        Fact::Charged(ChargeId("1".into())),
        Fact::NotCharged("declined".into()),
        Fact::Confirmed,
        Fact::NotConfirmed,
        Fact::Released,
        Fact::Refunded,
        Fact::Late(deadline),
    ]
}

/// What a fact is called.
#[must_use]
pub fn name(fact: &Fact) -> &'static str {
    match fact {
        Fact::Begun(_) => "Begun",
        Fact::Reserved => "Reserved",
        Fact::NotReserved(_) => "NotReserved",
        Fact::Charged(_) => "Charged",
        Fact::NotCharged(_) => "NotCharged",
        Fact::Confirmed => "Confirmed",
        Fact::NotConfirmed => "NotConfirmed",
        Fact::Released => "Released",
        Fact::Refunded => "Refunded",
        Fact::Late(_) => "Late",
    }
}
