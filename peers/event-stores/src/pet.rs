//! The business, which is the same for all: pure, and without a word of any store.

use serde::{Deserialize, Serialize};

/// What somebody wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Wish {
    /// To take the pet home.
    Adopt(String),
    /// To bring it back.
    Return,
    /// To give it a present, of so many cents. It never has enough: this is never refused.
    Give(u64),
}

/// What has happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// It was taken home.
    Adopted(String),
    /// It was brought back.
    Returned,
    /// It was given a present.
    Given(u64),
}

/// What is known of a pet.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pet {
    /// Who has it.
    pub home: Option<String>,
    /// How often it was adopted.
    pub adoptions: u64,
    /// What it was given.
    pub cents: u64,
}

/// Why something does not happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Somebody has it.
    #[error("it has a home")]
    HasAHome,
    /// Nobody has it.
    #[error("it has none")]
    HasNone,
}

impl Pet {
    /// What happens if this is wanted.
    ///
    /// # Errors
    ///
    /// Why it does not happen.
    pub fn decide(&self, wish: &Wish) -> Result<Event, Refusal> {
        match (wish, &self.home) {
            (Wish::Adopt(_), Some(_)) => Err(Refusal::HasAHome),
            (Wish::Adopt(who), None) => Ok(Event::Adopted(who.clone())),
            (Wish::Return, None) => Err(Refusal::HasNone),
            (Wish::Return, Some(_)) => Ok(Event::Returned),
            (Wish::Give(cents), _) => Ok(Event::Given(*cents)),
        }
    }

    /// What is known when this has happened, too.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::Adopted(who) => {
                self.home = Some(who.clone());
                self.adoptions += 1;
            }
            Event::Returned => self.home = None,
            Event::Given(cents) => self.cents += cents,
        }
    }
}
