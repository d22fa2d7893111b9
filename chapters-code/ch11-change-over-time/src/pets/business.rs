//! What chapter 8's shop has to know of these pets.

use ch01_bare_server::pets::{Pet, PetId};
use ch08_event_sourcing::pet as first;
use ch08_event_sourcing::shop::{Business, Wrong};
use ch10_processes::pets as before;

use super::{Command, Pets, Refusal, State};

impl Business for Pets {
    fn command(pet: PetId, wish: first::Wish) -> Command {
        <before::Pets as Business>::command(pet, wish).into()
    }

    fn pet(state: State) -> Option<Pet> {
        state.pet
    }

    fn refused(refusal: Refusal) -> Wrong {
        before::Pets::refused(refusal)
    }
}
