//! Chapter 10's checkout, written another way: whose it is stands in it sealed. No network, no
//! disk, no clock.

mod written;

use ch10_processes::checkout as before;
use ch10_processes::performer::Progressed;
use event_store::Decider;

pub use before::{Card, CheckoutId, Event, Fact, Terms, Unknown};

/// What decides about a checkout: what has always decided.
#[derive(Debug)]
pub enum Checkout {}

impl Decider for Checkout {
    type Command = Fact;
    type Event = Event;
    type State = Progressed;
    type Error = Unknown;

    fn decide(state: &Progressed, fact: &Fact) -> Result<Vec<Event>, Unknown> {
        before::Checkout::decide(state, fact)
    }

    fn evolve(state: Progressed, event: &Event) -> Progressed {
        before::Checkout::evolve(state, event)
    }
}
