//! Customers who write without pause and remember what the shop acknowledged.

use serde_json::{Value, json};

use super::shop::{Shop, fresh_species, id_of, pet};
pub use super::story::{NEVER, State, Step, Story};
use super::wire::Answer;
use super::{Check, Stop};

/// One customer with a story of their own.
#[derive(Debug)]
pub struct Writer {
    /// What happened so far.
    pub story: Story,
    random: fastrand::Rng,
    pets: Vec<State>,
    written: usize,
}

/// Whether a write was acknowledged; it was not if no answer came.
///
/// # Errors
///
/// Broken, when it was refused.
pub fn is_acknowledged(answer: Option<&Answer>) -> Check<bool> {
    match answer {
        Some(answer) if answer.status >= 300 => {
            let what = format!("A write was answered {}.", answer.status);
            Err(Stop::broken(what))
        }
        answer => Ok(answer.is_some()),
    }
}

enum Write {
    TakeIn(String),
    Adopt(Vec<usize>, String),
    BringBack(usize),
}

impl Writer {
    /// A customer whose choices follow the seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            story: Story {
                species: vec![fresh_species("written")],
                ..Story::default()
            },
            random: fastrand::Rng::with_seed(seed),
            pets: Vec::new(),
            written: 0,
        }
    }

    /// Writes once. False when no answer came, so that nobody knows whether it happened.
    ///
    /// # Errors
    ///
    /// Broken, when it is refused, or answered with what was not asked for.
    pub fn write(&mut self, shop: &Shop) -> Check<bool> {
        is_acknowledged(self.try_write(shop)?.as_ref())
    }

    /// As [`Writer::write`]; gives the answer, which may be a refusal, if there is one.
    ///
    /// # Errors
    ///
    /// Broken, when it is answered with what was not asked for.
    pub fn try_write(&mut self, shop: &Shop) -> Check<Option<Answer>> {
        let write = self.choose();
        let (target, body) = self.request(&write);
        let answer = match shop.post(&target, &body) {
            Ok(answer) => Some(answer),
            Err(Stop::Broken(_)) => None,
            Err(other) => return Err(other),
        };
        let acknowledged = answer.as_ref().is_some_and(|answer| answer.status < 300);
        let told = answer.as_ref().map(Answer::json).unwrap_or_default();
        self.remember(&write, acknowledged, &told)?;
        Ok(answer)
    }

    fn choose(&mut self) -> Write {
        self.written += 1;
        let with = |pets: &[State], adopted: bool| -> Vec<usize> {
            (0..pets.len())
                .filter(|at| pets[*at].customer.is_some() == adopted)
                .collect()
        };
        let (free, adopted) = (with(&self.pets, false), with(&self.pets, true));
        let customer = format!("customer {}", self.written);
        match self.random.u8(..100) {
            0..20 if !free.is_empty() => {
                Write::Adopt(vec![free[self.random.usize(..free.len())]], customer)
            }
            20..40 if free.len() >= 2 => Write::Adopt(free[free.len() - 2..].to_vec(), customer),
            40..60 if !adopted.is_empty() => {
                Write::BringBack(adopted[self.random.usize(..adopted.len())])
            }
            _ => Write::TakeIn(format!("pet {}", self.written)),
        }
    }

    fn request(&self, write: &Write) -> (String, Value) {
        match write {
            Write::TakeIn(name) => ("/pets".to_owned(), pet(name, &self.story.species[0])),
            Write::BringBack(at) => (
                format!("/pets/{}/return", self.pets[*at].id),
                json!({ "reason": "not for us" }),
            ),
            Write::Adopt(pets, customer) if pets.len() == 1 => (
                format!("/pets/{}/adoption", self.pets[pets[0]].id),
                json!({ "customer": customer }),
            ),
            Write::Adopt(pets, customer) => {
                let ids: Vec<&str> = pets.iter().map(|at| self.pets[*at].id.as_str()).collect();
                (
                    "/adoptions".to_owned(),
                    json!({ "pets": ids, "customer": customer }),
                )
            }
        }
    }

    fn remember(&mut self, write: &Write, acknowledged: bool, told: &Value) -> Check<()> {
        let at = if acknowledged { self.written } else { NEVER };
        let mut pets = Vec::new();
        match write {
            Write::TakeIn(name) if acknowledged => {
                pets.push(State {
                    id: id_of(told)?,
                    name: name.clone(),
                    customer: None,
                });
                self.pets.extend(pets.iter().cloned());
            }
            Write::TakeIn(name) => self.story.arriving = Some(name.clone()),
            Write::Adopt(chosen, customer) => {
                for at in chosen {
                    pets.push(State {
                        customer: Some(customer.clone()),
                        ..self.pets[*at].clone()
                    });
                }
            }
            Write::BringBack(at) => pets.push(State {
                customer: None,
                ..self.pets[*at].clone()
            }),
        }
        if acknowledged {
            for pet in &pets {
                let known = self.pets.iter_mut().find(|known| known.id == pet.id);
                if let Some(known) = known {
                    known.clone_from(pet);
                }
            }
        }
        if !pets.is_empty() {
            self.story.steps.push(Step { at, pets });
        }
        Ok(())
    }
}
