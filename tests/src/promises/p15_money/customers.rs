//! Customers who pay, and some who do not have to.

use serde_json::json;

use crate::promises::shop::{Shop, id_of};
use crate::promises::{Check, Stop};

/// A card with which everything can be paid.
pub(super) const RICH: &str = "rich";

/// Cards, and what they have to spend, in cents.
pub(super) const CARDS: [(&str, u64); 3] = [
    (RICH, 1_000_000_000),
    ("also-rich", 1_000_000_000),
    ("poor", 50),
];

/// A checkout that somebody has asked for, and may have been answered.
#[derive(Debug)]
pub(super) struct Begun {
    key: String,
    pub pet: String,
    pub customer: String,
    card: &'static str,
    /// What the shop calls it, once that is known.
    pub id: Option<String>,
}

impl Begun {
    /// One that nobody has asked for yet.
    pub fn new(key: String, pet: &str, card: &'static str) -> Self {
        Self {
            customer: format!("Customer {key}"),
            pet: pet.to_owned(),
            card,
            id: None,
            key,
        }
    }

    /// Asks for it, whether for the first time or not. False when no answer came.
    pub fn ask(&mut self, shop: &Shop) -> Check<bool> {
        let target = format!("/pets/{}/checkout", self.pet);
        let wanted = json!({ "customer": self.customer, "card": self.card });
        let answer = match shop.post_with_key(&target, &wanted, &self.key) {
            Ok(answer) => answer,
            // Killed, before it said anything.
            Err(Stop::Broken(_)) => return Ok(false),
            Err(other) => return Err(other),
        };
        match (answer.status, &self.id) {
            (202, None) => self.id = Some(id_of(&answer.json())?),
            (202, Some(id)) if id_of(&answer.json())? == *id => {}
            // The pet is kept for another, or has a home.
            (409, None) => {}
            // It has too much to do, or was about to end.
            (503, _) => return Ok(false),
            (status, _) => {
                return Err(Stop::broken(format!(
                    "POST {target} was answered {status}: {}",
                    answer.json()
                )));
            }
        }
        Ok(true)
    }
}

/// Somebody who wants pets.
#[derive(Debug)]
pub(super) struct Customer<'a> {
    name: String,
    random: fastrand::Rng,
    pets: &'a [String],
    begun: Vec<Begun>,
}

impl<'a> Customer<'a> {
    /// One with this name, who has begun these before.
    pub fn new(name: String, seed: u64, pets: &'a [String], begun: Vec<Begun>) -> Self {
        Self {
            name,
            random: fastrand::Rng::with_seed(seed),
            pets,
            begun,
        }
    }

    /// Asks once more for what was not answered, and begins so many checkouts, as long as there is a shop. Now and then a pet is adopted at
    /// the counter, without a checkout.
    pub fn live(mut self, shop: &Shop, checkouts: usize) -> Check<Vec<Begun>> {
        for checkout in &mut self.begun {
            if !checkout.ask(shop)? {
                return Ok(self.begun);
            }
        }
        for number in 0..checkouts {
            let pet = self.pets[self.random.usize(..self.pets.len())].clone();
            let card = CARDS[self.random.usize(..CARDS.len())].0;
            let mut checkout = Begun::new(format!("{}-{number}", self.name), &pet, card);
            let is_answered = checkout.ask(shop)?;
            self.begun.push(checkout);
            let at_the_counter = is_answered && self.random.u8(..8) == 0;
            let is_killed = at_the_counter && shop.adopt(&pet, "Somebody at the counter").is_err();
            if !is_answered || is_killed {
                break;
            }
        }
        Ok(self.begun)
    }
}
