//! What chapter 8's shop has to know of these pets.

use ch01_bare_server::pets::{Pet, PetId};
use ch01_bare_server::problem::Problem;
use ch08_event_sourcing::pet as before;
use ch08_event_sourcing::shop::{Business, Wrong};

use super::{Command, Pets, Refusal, State, Wish};

impl Business for Pets {
    fn command(pet: PetId, wish: before::Wish) -> Command {
        let wish = Wish::Before(wish);
        Command { pet, wish }
    }

    fn pet(state: State) -> Option<Pet> {
        state.pet
    }

    fn refused(refusal: Refusal) -> Wrong {
        match refusal {
            Refusal::Before(refusal) => refusal.into(),
            other => {
                let title = "The pet is kept for somebody who is paying for it";
                Wrong::Otherwise(Problem::new(409, "reserved", title, other.to_string()))
            }
        }
    }
}
