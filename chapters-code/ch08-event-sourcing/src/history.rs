//! A pet's past.

use ch01_bare_server::json;
use ch01_bare_server::pets::{PetId, Refusal};
use ch01_bare_server::shop::{Entry, Fact};
use ch02_virtual_server::answer::Answer;
use ch03_platform::failure::Failure;
use ch03_platform::items::is_id;
use event_store::Told;
use serde_json::json;

use crate::pet::{Event, Pets};
use crate::shop::{self, Shop};

/// How many commits are read at once.
const PAGE: u32 = 500;

// ANCHOR: history
impl Shop {
    /// Everything that has happened to a pet, the oldest first.
    ///
    /// # Errors
    ///
    /// A [`Failure`] within 2 s.
    pub async fn history(&self, pet: &PetId) -> Result<Answer, Failure> {
        let commits = self.bounded(self.commits(pet)).await?;
        if commits.is_empty() {
            return Ok(Refusal::UnknownPet(pet.clone()).into());
        }
        let entries = commits.into_iter().flat_map(|commit| entries(pet, commit));
        let events = (1..)
            .zip(entries)
            .map(|(seq, entry)| json::event(seq, &entry));
        let events: Vec<_> = events.collect();
        Ok(Answer::ok(&json!({ "pet": pet.0, "events": events })))
    }

    /// All commits of a pet; none, if there is no such pet.
    pub(crate) async fn commits(&self, pet: &PetId) -> Result<Vec<Told<Pets>>, Failure> {
        let mut commits: Vec<Told<Pets>> = vec![];
        if !is_id(pet) {
            return Ok(commits);
        }
        loop {
            let last = commits.last().map_or(0, |commit| commit.number);
            let page = self.pets.read(&shop::stream(pet), last, PAGE).await;
            let page = page.map_err(shop::failure)?;
            if page.is_empty() {
                return Ok(commits);
            }
            commits.extend(page);
        }
    }
}

/// What a commit tells, in the words of chapter 1.
fn entries(pet: &PetId, commit: Told<Pets>) -> impl Iterator<Item = Entry> {
    let at = commit.at.as_secs();
    let pet = pet.clone();
    let fact = move |event| match event {
        Event::TakenIn(pet, about) => Fact::TakenIn { pet, about },
        Event::Adopted { customer, .. } => {
            let pets = vec![pet.clone()];
            Fact::Adopted { pets, customer }
        }
        Event::Returned { reason } => {
            let pet = pet.clone();
            Fact::Returned { pet, reason }
        }
    };
    commit.events.into_iter().map(move |event| Entry {
        at,
        fact: fact(event),
    })
}
// ANCHOR_END: history
