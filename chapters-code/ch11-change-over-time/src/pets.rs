//! Chapter 10's pet, of which a mistake may be put right. No network, no disk, no clock.

mod business;
mod written;

use ch01_bare_server::pets::{Customer, PetId, Refusal as Unfit};
use ch08_event_sourcing::pet as first;
use ch10_processes::pets as before;
use event_store::Decider;

pub use ch10_processes::pets::{Refusal, State};

// ANCHOR: words
/// What somebody wants of a pet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// Which.
    pub pet: PetId,
    /// What.
    pub wish: Wish,
}

/// What somebody wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// What was possible before.
    Before(before::Wish),
    /// The shop has written down the wrong customer, and this is the right one.
    Correct {
        /// Who has the pet.
        customer: Customer,
    },
}

/// What has happened to a pet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// What could happen before, and is written as before.
    Before(before::Event),
    /// The last adoption was written down for the wrong customer. Whose it was is told by the event
    /// after it, in a word that everybody knows.
    CustomerCorrected,
}
// ANCHOR_END: words

/// What decides about a pet.
#[derive(Debug)]
pub enum Pets {}

// ANCHOR: decide
impl Decider for Pets {
    type Command = Command;
    type Event = Event;
    type State = State;
    type Error = Refusal;

    fn decide(state: &State, command: &Command) -> Result<Vec<Event>, Refusal> {
        let pet = command.pet.clone();
        match command.wish.clone() {
            Wish::Before(wish) => {
                let events = before::Pets::decide(state, &before::Command { pet, wish })?;
                Ok(events.into_iter().map(Event::Before).collect())
            }
            Wish::Correct { customer } => {
                let found = state.pet.as_ref();
                found.ok_or(Unfit::UnknownPet(pet))?.may_be_returned()?;
                let together = vec![];
                let adopted = first::Event::Adopted { customer, together };
                let adopted = Event::Before(before::Event::Before(adopted));
                Ok(vec![Event::CustomerCorrected, adopted])
            }
        }
    }

    fn evolve(state: State, event: &Event) -> State {
        match event {
            Event::Before(event) => before::Pets::evolve(state, event),
            Event::CustomerCorrected => state,
        }
    }
}
// ANCHOR_END: decide

/// Whoever knows chapter 10's pets may ask these.
impl From<before::Command> for Command {
    fn from(command: before::Command) -> Self {
        let before::Command { pet, wish } = command;
        let wish = Wish::Before(wish);
        Self { pet, wish }
    }
}

#[cfg(test)]
mod tests;
