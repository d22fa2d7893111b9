//! What may happen to a pet, and what has happened. No network, no disk, no clock.

use ch01_bare_server::pets::{Customer, Description, Pet, PetId, Refusal, Status};
use event_store::Decider;

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
    /// The shop gets it.
    TakeIn(Description),
    /// A customer wants it.
    Adopt {
        /// Who.
        customer: Customer,
        /// All that are to be adopted together, this one among them; empty for one alone.
        together: Vec<PetId>,
    },
    /// A customer brings it back.
    Return {
        /// Why, in the customer's words.
        reason: String,
    },
}

/// What has happened to a pet. It cannot be refused any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The shop got it.
    TakenIn(PetId, Description),
    /// A customer got it.
    Adopted {
        /// Who.
        customer: Customer,
        /// All that were adopted together; empty for one alone.
        together: Vec<PetId>,
    },
    /// A customer brought it back.
    Returned {
        /// Why.
        reason: String,
    },
}
// ANCHOR_END: words

/// What decides about a pet.
#[derive(Debug)]
pub enum Pets {}

// ANCHOR: decide
impl Decider for Pets {
    type Command = Command;
    type Event = Event;
    /// The pet, once there is one.
    type State = Option<Pet>;
    type Error = Refusal;

    fn decide(state: &Option<Pet>, command: &Command) -> Result<Vec<Event>, Refusal> {
        let pet = || {
            let pet = state.as_ref();
            pet.ok_or_else(|| Refusal::UnknownPet(command.pet.clone()))
        };
        match command.wish.clone() {
            Wish::TakeIn(_) if state.is_some() => Ok(vec![]),
            Wish::TakeIn(about) => Ok(vec![Event::TakenIn(command.pet.clone(), about)]),
            Wish::Adopt { customer, together } => {
                pet()?.may_be_adopted()?;
                Ok(vec![Event::Adopted { customer, together }])
            }
            Wish::Return { reason } => {
                pet()?.may_be_returned()?;
                Ok(vec![Event::Returned { reason }])
            }
        }
    }

    fn evolve(state: Option<Pet>, event: &Event) -> Option<Pet> {
        let status = match event {
            Event::TakenIn(id, about) => return Some(Pet::new(id.clone(), about.clone())),
            Event::Adopted { customer, .. } => Status::Adopted(customer.clone()),
            Event::Returned { .. } => Status::Available,
        };
        state.map(|pet| Pet { status, ..pet })
    }
}
// ANCHOR_END: decide

#[cfg(test)]
mod tests;
