//! A checkout: a process that reserves a pet, charges a card, and confirms the adoption, or
//! takes back what it has done. No network, no disk, no clock.
//!
//! What it is told are facts; what it wants done is an event as well, in the same commit.

mod progress;
pub mod states;
mod words;
mod written;

use event_store::Decider;

pub use self::progress::{Hold, Payment, Progress, Why, Wish};
pub use self::words::{Card, ChargeId, Event, Fact, PREFIX, Terms};
pub use crate::pets::CheckoutId;

/// Nobody has begun a checkout of this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no such checkout")]
pub struct Unknown;

/// What decides about a checkout.
#[derive(Debug)]
pub enum Checkout {}

impl Decider for Checkout {
    type Command = Fact;
    type Event = Event;
    /// Nothing, before it has begun.
    type State = Option<Progress>;
    type Error = Unknown;

    // ANCHOR: decide
    fn decide(state: &Option<Progress>, fact: &Fact) -> Result<Vec<Event>, Unknown> {
        use {Event as E, Hold as H, Payment as P};
        let Some(now) = state else {
            return begin(fact);
        };
        Ok(match (fact.clone(), now.hold, now.payment) {
            (Fact::Reserved, H::Reserving, _) => vec![E::Reserved, E::ChargeWanted],
            (Fact::NotReserved(why), H::Reserving, _) => {
                vec![E::NotReserved(why), E::ReleaseWanted]
            }

            (Fact::Charged(charge), H::Reserved, P::Unclear) => {
                vec![E::Charged(charge), E::ConfirmationWanted]
            }
            // Too late, but it is the customer's money.
            (Fact::Charged(charge), _, P::Unclear | P::NotCharged) => {
                vec![E::Charged(charge), E::RefundWanted]
            }
            (Fact::NotCharged(why), H::Reserved, P::Unclear) => {
                vec![E::NotCharged(why), E::ReleaseWanted]
            }
            (Fact::NotCharged(why), _, P::Unclear) => vec![E::NotCharged(why)],

            // Also while it is letting the pet go: the pet knows which of the two came first.
            (Fact::Confirmed, H::Confirming | H::Releasing, P::Charged) => vec![E::Confirmed],
            (Fact::NotConfirmed, H::Confirming, _) => vec![E::NotConfirmed, E::ReleaseWanted],

            (Fact::Late(at), _, payment) if now.is_late(at) => {
                let answer = (payment == P::Unclear).then_some(E::AnswerWanted);
                let given_up = [E::TimedOut(at), E::ReleaseWanted];
                given_up.into_iter().chain(answer).collect()
            }
            // No money is given back before it is sure that the pet stays.
            (Fact::Released, H::Releasing, P::Charged) => vec![E::Released, E::RefundWanted],
            (Fact::Released, H::Releasing, _) => vec![E::Released],
            (Fact::Refunded, _, P::Refunding) => vec![E::Refunded],
            // What is known, and what nobody has asked for, changes nothing.
            _ => vec![],
        })
    }
    // ANCHOR_END: decide

    // ANCHOR: evolve
    fn evolve(state: Option<Progress>, event: &Event) -> Option<Progress> {
        let Some(mut now) = state else {
            return match event {
                Event::Begun(terms) => Some(Progress::new(terms.clone())),
                _ => None,
            };
        };
        match event {
            Event::Begun(_) | Event::ReservationWanted | Event::AnswerWanted => {}
            Event::Reserved => now.hold = Hold::Reserved,
            Event::NotReserved(_) => now.why = Some(Why::Unavailable),
            Event::ChargeWanted => now.payment = Payment::Unclear,
            Event::Charged(charge) => {
                now.payment = Payment::Charged;
                now.charge = Some(charge.clone());
            }
            Event::NotCharged(_) => {
                now.payment = Payment::NotCharged;
                now.why = now.why.or(Some(Why::NotPaid));
            }
            Event::ConfirmationWanted => now.hold = Hold::Confirming,
            Event::Confirmed => {
                now.hold = Hold::Adopted;
                now.why = None;
            }
            Event::NotConfirmed => now.why = Some(Why::Lost),
            Event::TimedOut(_) => now.why = Some(Why::Late),
            Event::ReleaseWanted => now.hold = Hold::Releasing,
            Event::Released => now.hold = Hold::Released,
            Event::RefundWanted => now.payment = Payment::Refunding,
            Event::Refunded => now.payment = Payment::Refunded,
        }
        Some(now)
    }
    // ANCHOR_END: evolve
}

fn begin(fact: &Fact) -> Result<Vec<Event>, Unknown> {
    match fact {
        Fact::Begun(terms) => Ok(vec![Event::Begun(terms.clone()), Event::ReservationWanted]),
        _ => Err(Unknown),
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
