//! A pet's past.

use ch01_bare_server::json;
use ch01_bare_server::pets::{PetId, Refusal};
use ch01_bare_server::shop::{Entry, Fact};
use ch02_virtual_server::answer::Answer;
use ch03_platform::failure::Failure;
use ch03_platform::items::is_id;
use ch08_event_sourcing::pet as first;
use ch08_event_sourcing::shop::{self, Shop};
use ch10_processes::pets as before;
use event_store::Told;
use serde_json::{Value, json};

use crate::pets::{Event, Pets};

/// How many commits are read at once.
const PAGE: u32 = 500;

// ANCHOR: history
/// Everything that has happened to a pet, the oldest first. What is a person's is sealed in it.
///
/// # Errors
///
/// A [`Failure`].
pub async fn history(shop: &Shop<Pets>, pet: &PetId) -> Result<Answer, Failure> {
    let commits = shop.bounded(commits(shop, pet)).await?;
    if commits.is_empty() {
        return Ok(Refusal::UnknownPet(pet.clone()).into());
    }
    let mut events: Vec<Value> = vec![];
    for commit in commits {
        let is_corrected = commit.events.contains(&Event::CustomerCorrected);
        for event in commit.events {
            let seq = events.len() + 1;
            let told = tell(pet, seq, commit.at.as_secs(), event);
            events.extend(told.map(|mut told| {
                if is_corrected {
                    told["type"] = "customer-corrected".into();
                }
                told
            }));
        }
    }
    Ok(Answer::ok(&json!({ "pet": pet.0, "events": events })))
}
// ANCHOR_END: history

/// All commits of a pet; none, if there is no such pet.
///
/// # Errors
///
/// A [`Failure`].
pub async fn commits(shop: &Shop<Pets>, pet: &PetId) -> Result<Vec<Told<Pets>>, Failure> {
    let mut commits: Vec<Told<Pets>> = vec![];
    if !is_id(pet) {
        return Ok(commits);
    }
    loop {
        let last = commits.last().map_or(0, |commit| commit.number);
        let page = shop.pets.read(&shop::stream(pet), last, PAGE).await;
        let page = page.map_err(shop::failure)?;
        if page.is_empty() {
            return Ok(commits);
        }
        commits.extend(page);
    }
}

/// What an event tells, in the words of chapter 1. That a pet was kept for somebody is not told.
fn tell(pet: &PetId, seq: usize, at: u64, event: Event) -> Option<Value> {
    let Event::Before(before::Event::Before(event)) = event else {
        return None;
    };
    let fact = match event {
        first::Event::TakenIn(pet, about) => Fact::TakenIn { pet, about },
        first::Event::Adopted { customer, .. } => Fact::Adopted {
            pets: vec![pet.clone()],
            customer,
        },
        first::Event::Returned { reason } => Fact::Returned {
            pet: pet.clone(),
            reason,
        },
    };
    Some(json::event(seq, &Entry { at, fact }))
}
