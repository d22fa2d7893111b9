//! Chapter 8's pet, which a checkout may now reserve. No network, no disk, no clock.

mod business;
mod written;

use std::fmt;

use ch01_bare_server::pets::{self as first, Customer, Pet, PetId};
use ch08_event_sourcing::pet as before;
use event_store::Decider;

/// The name of a checkout; given by the shop, opaque to customers.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CheckoutId(pub String);

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
    /// A checkout wants to have it kept.
    Reserve {
        /// For whom.
        by: CheckoutId,
    },
    /// The checkout for which it is kept is paid.
    Adopt {
        /// Which.
        by: CheckoutId,
        /// Whose.
        customer: Customer,
    },
    /// A checkout lets it go, whether it had it or not.
    Release {
        /// Which.
        by: CheckoutId,
    },
}

/// What has happened to a pet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// What could happen before, and is written as before.
    Before(before::Event),
    /// It is kept for a checkout.
    Reserved {
        /// Which.
        by: CheckoutId,
    },
    /// A checkout has let it go, and will not ask again.
    Released {
        /// Which.
        by: CheckoutId,
    },
}
// ANCHOR_END: words

/// Why the shop says no.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// For a reason that was one before.
    #[error(transparent)]
    Before(#[from] first::Refusal),
    /// It is kept for somebody else.
    #[error("pet {0} is reserved")]
    Reserved(PetId),
    /// It is not kept for this checkout.
    #[error("pet {0} is not reserved by this checkout")]
    NotReserved(PetId),
    /// This checkout had its turn.
    #[error("this checkout has let pet {0} go")]
    TurnIsOver(PetId),
    /// This checkout cannot let it go any more.
    #[error("pet {0} was adopted by this checkout")]
    IsAdopted(PetId),
}

/// How many checkouts a pet remembers that had their turn, about 60 bytes each. A command that
/// was on its way for so long that as many others have had theirs meanwhile is taken for a
/// new one.
const REMEMBERS: usize = 8;

// ANCHOR: state
/// What is known of a pet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    /// The pet, once there is one.
    pub pet: Option<Pet>,
    /// For whom it is kept.
    pub reserved: Option<CheckoutId>,
    /// The last checkouts that had their turn, the oldest first.
    pub over: Vec<Turn>,
}

/// A checkout's turn at a pet, which is over. Nobody has two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// Whose.
    pub of: CheckoutId,
    /// Whether it ended in an adoption.
    pub adopted: bool,
}
// ANCHOR_END: state

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
        let id = || command.pet.clone();
        match &command.wish {
            Wish::Before(wish) => as_before(state, id(), wish.clone()),
            Wish::Reserve { by } if state.reserved.as_ref() == Some(by) => Ok(vec![]),
            Wish::Reserve { by } => {
                state.may_be_reserved(id(), by)?;
                Ok(vec![Event::Reserved { by: by.clone() }])
            }
            Wish::Adopt { by, customer } => match state.turn(by) {
                Some(Turn { adopted: true, .. }) => Ok(vec![]),
                None if state.reserved.as_ref() == Some(by) => Ok(vec![adopted(customer)]),
                _ => Err(Refusal::NotReserved(id())),
            },
            Wish::Release { by } => match state.turn(by) {
                Some(Turn { adopted: true, .. }) => Err(Refusal::IsAdopted(id())),
                Some(_) => Ok(vec![]),
                // Of a pet that there is not, nothing is written.
                None if state.pet.is_none() => Ok(vec![]),
                // Also if it has none: it may have asked for one, and that may be on its way.
                None => Ok(vec![Event::Released { by: by.clone() }]),
            },
        }
    }

    fn evolve(mut state: State, event: &Event) -> State {
        match event {
            Event::Reserved { by } => state.reserved = Some(by.clone()),
            Event::Released { by } => {
                state.reserved = state.reserved.filter(|holder| holder != by);
                state.ends(by.clone(), false);
            }
            Event::Before(event) => {
                let is_adoption = matches!(event, before::Event::Adopted { .. });
                if let Some(by) = state.reserved.take_if(|_| is_adoption) {
                    state.ends(by, true);
                }
                state.pet = before::Pets::evolve(state.pet, event);
            }
        }
        state
    }
}
// ANCHOR_END: decide

/// Chapter 8 decides, but for one thing: nobody adopts what is kept for somebody.
fn as_before(state: &State, pet: PetId, wish: before::Wish) -> Result<Vec<Event>, Refusal> {
    if matches!(wish, before::Wish::Adopt { .. }) && state.reserved.is_some() {
        return Err(Refusal::Reserved(pet));
    }
    let events = before::Pets::decide(&state.pet, &before::Command { pet, wish })?;
    Ok(events.into_iter().map(Event::Before).collect())
}

/// An adoption is what it always was, so that whoever reads streams knows it.
fn adopted(customer: &Customer) -> Event {
    Event::Before(before::Event::Adopted {
        customer: customer.clone(),
        together: vec![],
    })
}

impl State {
    /// Whether this checkout may have it.
    ///
    /// # Errors
    ///
    /// Why not.
    pub fn may_be_reserved(&self, id: PetId, by: &CheckoutId) -> Result<(), Refusal> {
        if self.turn(by).is_some() {
            return Err(Refusal::TurnIsOver(id));
        }
        let unknown = || first::Refusal::UnknownPet(id.clone());
        self.pet.as_ref().ok_or_else(unknown)?.may_be_adopted()?;
        if self.reserved.is_some() {
            return Err(Refusal::Reserved(id));
        }
        Ok(())
    }

    /// How the turn of this checkout has ended, as long as it is remembered.
    fn turn(&self, of: &CheckoutId) -> Option<&Turn> {
        self.over.iter().find(|turn| turn.of == *of)
    }

    fn ends(&mut self, of: CheckoutId, adopted: bool) {
        self.over.push(Turn { of, adopted });
        let too_many = self.over.len().saturating_sub(REMEMBERS);
        self.over.drain(..too_many);
    }
}

impl fmt::Display for CheckoutId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests;
