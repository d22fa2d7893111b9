//! What the shop has to know of whatever decides.

use ch01_bare_server::pets::{Pet, PetId, Refusal};
use event_store::Stored;

use super::Wrong;
use crate::pet::{Command, Pets, Wish};

/// What decides about pets: [`Pets`], or what has come after it and knows more.
pub trait Business:
    Stored<Command: Send + Sync, Event: Send, State: Send + Sync, Error: Send> + Send + Sync + 'static
{
    /// What somebody wants of a pet, in its own words.
    fn command(pet: PetId, wish: Wish) -> Self::Command;

    /// The pet of a stream; none, before it was taken in.
    fn pet(state: Self::State) -> Option<Pet>;

    /// What a customer is told who is refused.
    fn refused(refusal: Self::Error) -> Wrong;
}

impl Business for Pets {
    fn command(pet: PetId, wish: Wish) -> Command {
        Command { pet, wish }
    }

    fn pet(state: Option<Pet>) -> Option<Pet> {
        state
    }

    fn refused(refusal: Refusal) -> Wrong {
        refusal.into()
    }
}
