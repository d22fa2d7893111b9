//! A pet's past, with the names that can still be read.

use std::collections::HashMap;

use ch01_bare_server::json;
use ch01_bare_server::pets::{Customer, PetId, Refusal};
use ch01_bare_server::shop::{Entry, Fact};
use ch02_virtual_server::answer::Answer;
use ch03_platform::failure::Failure;
use ch03_platform::items::is_id;
use ch08_event_sourcing::pet as first;
use ch08_event_sourcing::shop::{self, Shop};
use ch10_processes::pets as before;
use event_store::Told;
use serde_json::{Value, json};

use crate::people::People;
use crate::person::{Person, PersonId, Sealed};
use crate::pets::{Event, Pets};

/// How many commits are read at once.
const PAGE: u32 = 500;

/// What is told in the place of what nobody can read any more.
pub const FORGOTTEN: &str = "(forgotten)";

// ANCHOR: history
/// Everything that has happened to a pet, the oldest first. What belongs to a person is opened, if
/// there is a key.
///
/// # Errors
///
/// A [`Failure`].
pub async fn history(shop: &Shop<Pets>, people: &People, pet: &PetId) -> Result<Answer, Failure> {
    let commits = shop.bounded(commits(shop, pet)).await?;
    if commits.is_empty() {
        return Ok(Refusal::UnknownPet(pet.clone()).into());
    }
    let mut opened = Opened::new(people);
    let mut events: Vec<Value> = vec![];
    for commit in commits {
        for event in commit.events {
            let seq = events.len() + 1;
            let told = opened.tell(pet, seq, commit.at.as_secs(), event).await?;
            events.extend(told);
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

/// Opens texts, and asks for each person once. It lives as long as one answer.
struct Opened<'a> {
    people: &'a People,
    persons: HashMap<PersonId, Option<Person>>,
}

impl<'a> Opened<'a> {
    fn new(people: &'a People) -> Self {
        let persons = HashMap::new();
        Self { people, persons }
    }

    async fn open(&mut self, text: String) -> Result<String, Failure> {
        let Some(sealed) = Sealed::read(&text) else {
            return Ok(text);
        };
        if !self.persons.contains_key(&sealed.person) {
            let found = self.people.person(&sealed.person).await?;
            self.persons.insert(sealed.person.clone(), found);
        }
        let person = self.persons.get(&sealed.person).and_then(Option::as_ref);
        let text = person.and_then(|person| person.open(&sealed));
        Ok(text.unwrap_or_else(|| FORGOTTEN.to_owned()))
    }

    /// What an event tells, in the words of chapter 1 and one more. That a pet was kept for
    /// somebody is not told.
    async fn tell(
        &mut self,
        pet: &PetId,
        seq: usize,
        at: u64,
        event: Event,
    ) -> Result<Option<Value>, Failure> {
        let event = match event {
            Event::Before(before::Event::Before(event)) => event,
            Event::Before(_) => return Ok(None),
            Event::CustomerCorrected { customer } => {
                let customer = self.open(customer.0).await?;
                let told = json!({ "seq": seq, "at": at, "type": "customer-corrected", "customer": customer });
                return Ok(Some(told));
            }
        };
        let fact = match event {
            first::Event::TakenIn(pet, about) => Fact::TakenIn { pet, about },
            first::Event::Adopted { customer, .. } => Fact::Adopted {
                pets: vec![pet.clone()],
                customer: Customer(self.open(customer.0).await?),
            },
            first::Event::Returned { reason } => Fact::Returned {
                pet: pet.clone(),
                reason: self.open(reason).await?,
            },
        };
        Ok(Some(json::event(seq, &Entry { at, fact })))
    }
}
