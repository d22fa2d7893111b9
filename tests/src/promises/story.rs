//! What was asked of some pets and what of it was acknowledged, and whether a shop tells the same.

use std::collections::BTreeMap;

use serde_json::Value;

use super::behind::settles;
use super::shop::{Shop, percent_encoded};
use super::{Check, Stop};

/// A pet as an answer tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whose it is, if anybody's.
    pub customer: Option<String>,
}

/// What one request did, and the moment of its acknowledgement.
#[derive(Debug, Clone)]
pub struct Step {
    /// On whatever clock the story has; [`NEVER`] for a request that got no answer.
    pub at: usize,
    /// The pets as it leaves them.
    pub pets: Vec<State>,
}

/// The moment of a request that was never answered.
pub const NEVER: usize = usize::MAX;

/// Everything that was asked of some pets, in order for each pet.
#[derive(Debug, Clone, Default)]
pub struct Story {
    /// The species of these pets, which nobody else has.
    pub species: Vec<String>,
    /// What happened.
    pub steps: Vec<Step>,
    /// The name of a pet whose taking-in got no answer.
    pub arriving: Option<String>,
}

impl State {
    /// Reads a pet of an answer.
    #[must_use]
    pub fn read(pet: &Value) -> Option<Self> {
        Some(Self {
            id: pet["id"].as_str()?.to_owned(),
            name: pet["name"].as_str()?.to_owned(),
            customer: match pet["status"].as_str()? {
                "available" => None,
                _ => Some(pet["customer"].as_str()?.to_owned()),
            },
        })
    }
}

impl Step {
    /// Reads the pets that an answer tells of, when they are of one of these species.
    #[must_use]
    pub fn read(body: &Value, species: &[String], at: usize) -> Option<Self> {
        let pets = match &body["pets"] {
            Value::Array(pets) => pets.iter().collect(),
            _ => vec![body],
        };
        let ours = |pet: &Value| species.iter().any(|species| pet["species"] == **species);
        if !pets.iter().all(|pet| ours(pet)) {
            return None;
        }
        let pets: Option<Vec<State>> = pets.into_iter().map(State::read).collect();
        Some(Self { at, pets: pets? })
    }
}

impl Story {
    /// How many requests were acknowledged.
    #[must_use]
    pub fn acknowledged(&self) -> usize {
        self.steps.iter().filter(|step| step.at != NEVER).count()
    }

    /// Holds the shop against what was acknowledged up to `moment`: that is there, a request after it may have
    /// happened or not, and no half of one has.
    ///
    /// # Errors
    ///
    /// Broken, when the shop tells another story.
    pub fn check(&self, shop: &Shop, moment: usize) -> Check<()> {
        settles(|| self.check_at_once(shop, moment))
    }

    fn check_at_once(&self, shop: &Shop, moment: usize) -> Check<()> {
        let mut there = BTreeMap::new();
        for species in &self.species {
            let query = format!("species={}", percent_encoded(species));
            for pet in shop.list(&query, 100)? {
                let state = State::read(&pet)
                    .ok_or_else(|| Stop::broken(format!("the shop has half a pet: {pet}")))?;
                there.insert(state.id.clone(), state);
            }
        }
        self.check_states(&there, moment)?;
        self.check_all_or_none(&there, moment)?;
        self.check_strangers(&there)
    }

    /// Each pet is as it was acknowledged last, or as the request after that leaves it.
    fn check_states(&self, there: &BTreeMap<String, State>, moment: usize) -> Check<()> {
        let mut lives: BTreeMap<&str, Vec<(&State, usize)>> = BTreeMap::new();
        for step in &self.steps {
            for pet in &step.pets {
                lives.entry(&pet.id).or_default().push((pet, step.at));
            }
        }
        for (id, life) in lives {
            let known = life.iter().take_while(|(_, at)| *at <= moment).count();
            let last = known.checked_sub(1).map(|at| life[at].0);
            let next = life.get(known).map(|(state, _)| *state);
            let seen = there.get(id);
            if seen != last && (seen.is_none() || seen != next) {
                return Err(Stop::broken(format!(
                    "a pet that was acknowledged as {} is {}",
                    in_words(last),
                    in_words(seen)
                )));
            }
        }
        Ok(())
    }

    /// Of an adoption of several that was not acknowledged, all is there or nothing.
    fn check_all_or_none(&self, there: &BTreeMap<String, State>, moment: usize) -> Check<()> {
        for step in self
            .steps
            .iter()
            .filter(|step| step.at > moment && step.pets.len() > 1)
        {
            let happened = step
                .pets
                .iter()
                .filter(|pet| there.get(&pet.id) == Some(pet))
                .count();
            if happened != 0 && happened != step.pets.len() {
                return Err(Stop::broken(format!(
                    "of {} pets that were to be adopted together, {happened} were",
                    step.pets.len()
                )));
            }
        }
        Ok(())
    }

    /// Nothing is there that nobody asked for.
    fn check_strangers(&self, there: &BTreeMap<String, State>) -> Check<()> {
        let known = |id: &str| {
            self.steps
                .iter()
                .flat_map(|step| &step.pets)
                .any(|pet| pet.id == id)
        };
        let mut strangers = there.values().filter(|state| !known(&state.id));
        let arriving = |state: &&State| {
            state.customer.is_none() && self.arriving.as_ref() == Some(&state.name)
        };
        match (strangers.next(), strangers.next()) {
            (None, _) => Ok(()),
            (Some(one), None) if arriving(&one) => Ok(()),
            (Some(one), _) => Err(Stop::broken(format!(
                "a pet is there that nobody took in: {}",
                one.name
            ))),
        }
    }
}

fn in_words(state: Option<&State>) -> String {
    match state {
        None => "not there".to_owned(),
        Some(State { customer: None, .. }) => "available".to_owned(),
        Some(State {
            customer: Some(customer),
            ..
        }) => format!("adopted by {customer}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(id: &str, customer: Option<&str>) -> State {
        State {
            id: id.to_owned(),
            name: format!("pet {id}"),
            customer: customer.map(str::to_owned),
        }
    }

    /// Two pets are taken in at 1 and 2; at 3 Ada gets the first; a request for both by Bo is never answered, nor is
    /// one that takes in a third.
    fn story() -> Story {
        let step = |at: usize, pets: &[State]| Step {
            at,
            pets: pets.to_vec(),
        };
        Story {
            species: Vec::new(),
            steps: vec![
                step(1, &[state("1", None)]),
                step(2, &[state("2", None)]),
                step(3, &[state("1", Some("Ada"))]),
                step(4, &[state("1", None)]),
                step(NEVER, &[state("1", Some("Bo")), state("2", Some("Bo"))]),
            ],
            arriving: Some("pet 3".to_owned()),
        }
    }

    fn tells(pets: &[State], moment: usize) -> bool {
        let there = pets
            .iter()
            .map(|pet| (pet.id.clone(), pet.clone()))
            .collect();
        let story = story();
        let checks = story
            .check_states(&there, moment)
            .and_then(|()| story.check_all_or_none(&there, moment))
            .and_then(|()| story.check_strangers(&there));
        checks.is_ok()
    }

    #[test]
    fn what_was_acknowledged_is_there() {
        assert!(tells(&[state("1", None), state("2", None)], 4));
        assert!(!tells(&[state("1", None)], 4), "the second is lost");
        assert!(
            !tells(&[state("1", Some("Ada")), state("2", None)], 4),
            "the return is lost"
        );
        assert!(
            !tells(&[state("1", Some("Eve")), state("2", None)], 4),
            "nobody asked for that"
        );
        assert!(!tells(&[], 1));
        assert!(tells(&[state("1", None)], 1));
    }

    #[test]
    fn the_request_after_that_has_happened_or_not_but_not_by_half() {
        assert!(tells(&[state("1", Some("Ada")), state("2", None)], 2));
        assert!(tells(&[state("1", Some("Bo")), state("2", Some("Bo"))], 4));
        assert!(!tells(&[state("1", Some("Bo")), state("2", None)], 4));
        assert!(!tells(&[state("1", None), state("2", Some("Bo"))], 4));
    }

    #[test]
    fn nobody_is_there_whom_nobody_took_in() {
        let pets = [state("1", None), state("2", None), state("3", None)];
        assert!(tells(&pets, 4), "it was on its way");
        assert!(!tells(&[&pets[..], &[state("4", None)]].concat(), 4));
        assert!(!tells(
            &[&pets[..2], &[state("3", Some("Ada"))]].concat(),
            4
        ));
    }
}
