//! What keeps the promise, and how to take it out: by changing what the deciders are told, or what
//! they say. The code that decides stays as it is.

use std::cell::Cell;

use ch10_processes::checkout::{Checkout, Event, Fact, Payment, Progress, Unknown};
use ch10_processes::pets::{self, Pets};
use event_store::{Decider, Record, Stored, Unreadable};
use serde_json::Value;

/// A guard that is taken out, to see whether anybody notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Without {
    /// None is.
    Nothing,
    /// A charge that is known is taken for another one.
    Deduplication,
    /// Each try to charge a card has its own key.
    Key,
    /// A pet is given to whoever has paid, whether it is kept for them or not.
    Reservation,
    /// A checkout that was given up does not care whether the card was charged after all.
    LateRefund,
    /// Money is given back before it is sure that the pet stays.
    Order,
    /// A checkout that has no reservation lets go of nothing.
    Turns,
    /// That there is no charge is believed at once.
    Expiry,
    /// Nobody looks after what was not heard.
    Sweep,
}

impl Without {
    pub const ALL: [Self; 8] = [
        Self::Deduplication,
        Self::Key,
        Self::Reservation,
        Self::LateRefund,
        Self::Order,
        Self::Turns,
        Self::Expiry,
        Self::Sweep,
    ];
}

thread_local! {
    /// The guard that is out in this thread.
    pub static WITHOUT: Cell<Without> = const { Cell::new(Without::Nothing) };
}

/// The checkout's decider, perhaps without a guard.
#[derive(Debug)]
pub enum Checkouts {}

impl Decider for Checkouts {
    type Command = Fact;
    type Event = Event;
    type State = Option<Progress>;
    type Error = Unknown;

    fn decide(state: &Option<Progress>, fact: &Fact) -> Result<Vec<Event>, Unknown> {
        let mut state = state.clone();
        if let (Without::Deduplication, Fact::Charged(_), Some(now)) =
            (WITHOUT.get(), fact, &mut state)
            && now.charge.is_some()
        {
            now.payment = Payment::NotCharged;
        }
        let mut events = Checkout::decide(&state, fact)?;
        match (WITHOUT.get(), fact) {
            (Without::LateRefund, Fact::Charged(_)) => {
                events.retain(|event| *event != Event::RefundWanted);
            }
            (Without::Order, Fact::Late(_)) if !events.is_empty() => {
                let is_paid = state.is_some_and(|now| now.payment == Payment::Charged);
                events.extend(is_paid.then_some(Event::RefundWanted));
            }
            _ => {}
        }
        Ok(events)
    }

    fn evolve(state: Option<Progress>, event: &Event) -> Option<Progress> {
        Checkout::evolve(state, event)
    }
}

impl Stored for Checkouts {
    const STATE: u32 = Checkout::STATE;

    fn record(event: &Event) -> Record {
        Checkout::record(event)
    }

    fn event(record: &Record) -> Result<Event, Unreadable> {
        Checkout::event(record)
    }

    fn snapshot(state: &Option<Progress>) -> Value {
        Checkout::snapshot(state)
    }

    fn state(snapshot: &Value) -> Result<Option<Progress>, Unreadable> {
        Checkout::state(snapshot)
    }
}

/// The pets' decider, perhaps without a guard.
#[derive(Debug)]
pub enum Shelter {}

impl Decider for Shelter {
    type Command = pets::Command;
    type Event = pets::Event;
    type State = pets::State;
    type Error = pets::Refusal;

    fn decide(
        state: &pets::State,
        command: &pets::Command,
    ) -> Result<Vec<pets::Event>, pets::Refusal> {
        match (WITHOUT.get(), &command.wish) {
            (Without::Reservation, pets::Wish::Adopt { by, .. }) => {
                let mut state = state.clone();
                state.over.retain(|turn| turn.of != *by || turn.adopted);
                state.reserved = Some(by.clone());
                Pets::decide(&state, command)
            }
            (Without::Turns, pets::Wish::Release { by }) if state.reserved.as_ref() != Some(by) => {
                let mut events = Pets::decide(state, command)?;
                events.clear();
                Ok(events)
            }
            _ => Pets::decide(state, command),
        }
    }

    fn evolve(state: pets::State, event: &pets::Event) -> pets::State {
        Pets::evolve(state, event)
    }
}

impl Stored for Shelter {
    const STATE: u32 = Pets::STATE;

    fn record(event: &pets::Event) -> Record {
        Pets::record(event)
    }

    fn event(record: &Record) -> Result<pets::Event, Unreadable> {
        Pets::event(record)
    }

    fn snapshot(state: &pets::State) -> Value {
        Pets::snapshot(state)
    }

    fn state(snapshot: &Value) -> Result<pets::State, Unreadable> {
        Pets::state(snapshot)
    }
}
