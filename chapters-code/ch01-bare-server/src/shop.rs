//! The shop: all its pets and all that has happened. No network, no disk, no clock.

#![allow(
    missing_docs,
    reason = "the line above a variant tells what its fields are"
)]

use std::collections::HashMap;

use crate::pets::{Customer, Description, Pet, PetId, Refusal, Status};

// ANCHOR: command
/// What somebody wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// The shop gets a new pet.
    TakeIn(Description),
    /// A customer wants all of these pets or none.
    Adopt {
        pets: Vec<PetId>,
        customer: Customer,
    },
    /// A customer brings a pet back.
    Return { pet: PetId, reason: String },
}

/// What has happened. It cannot be refused any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// The shop got a new pet.
    TakenIn { pet: PetId, about: Description },
    /// A customer got all of these pets.
    Adopted {
        pets: Vec<PetId>,
        customer: Customer,
    },
    /// A customer brought a pet back.
    Returned { pet: PetId, reason: String },
}
// ANCHOR_END: command

/// A fact with its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Seconds since 1970-01-01T00:00:00Z.
    pub at: u64,
    /// What happened then.
    pub fact: Fact,
}

/// Which pets a customer wants to see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// `available` or `adopted`; `None` for both.
    pub status: Option<&'static str>,
    /// One species; `None` for all.
    pub species: Option<String>,
    /// At most so many, 1 to 100.
    pub limit: usize,
    /// Only those that were taken in after this pet.
    pub after: Option<PetId>,
}

/// All that the shop knows.
#[derive(Debug, Default)]
pub struct Shop {
    pets: Vec<Pet>,
    places: HashMap<PetId, usize>,
    past: Vec<Entry>,
}

impl Shop {
    /// A shop that knows these pets and nothing of their past.
    #[must_use]
    pub fn of(pets: Vec<Pet>) -> Self {
        let places = pets.iter().zip(0..).map(|(pet, at)| (pet.id.clone(), at));
        Self {
            places: places.collect(),
            pets,
            past: vec![],
        }
    }

    // ANCHOR: decide
    /// Says what would happen, and changes nothing.
    ///
    /// # Errors
    ///
    /// A [`Refusal`] when the shop's rules forbid it.
    pub fn decide(&self, command: Command) -> Result<Fact, Refusal> {
        match command {
            Command::TakeIn(about) => {
                let pet = PetId((self.pets.len() + 1).to_string());
                Ok(Fact::TakenIn { pet, about })
            }
            Command::Adopt { pets, customer } => {
                let mut taken = Vec::new();
                for id in &pets {
                    if self.find(id)?.may_be_adopted().is_err() {
                        taken.push(id.clone());
                    }
                }
                if !taken.is_empty() {
                    return Err(Refusal::AlreadyAdopted(taken));
                }
                Ok(Fact::Adopted { pets, customer })
            }
            Command::Return { pet, reason } => {
                self.find(&pet)?.may_be_returned()?;
                Ok(Fact::Returned { pet, reason })
            }
        }
    }
    // ANCHOR_END: decide

    // ANCHOR: record
    /// Takes note of what has happened. Nobody is asked whether it may: it has.
    ///
    /// # Errors
    ///
    /// [`Refusal::UnknownPet`] when the fact is about a pet that was never taken
    /// in.
    pub fn record(&mut self, entry: Entry) -> Result<(), Refusal> {
        match &entry.fact {
            Fact::TakenIn { pet, about } => {
                self.places.insert(pet.clone(), self.pets.len());
                self.pets.push(Pet::new(pet.clone(), about.clone()));
            }
            Fact::Adopted { pets, customer } => {
                for id in pets {
                    self.find_mut(id)?.status = Status::Adopted(customer.clone());
                }
            }
            Fact::Returned { pet, .. } => self.find_mut(pet)?.status = Status::Available,
        }
        self.past.push(entry);
        Ok(())
    }
    // ANCHOR_END: record

    /// The pet of this name.
    ///
    /// # Errors
    ///
    /// [`Refusal::UnknownPet`] when there is none.
    pub fn find(&self, id: &PetId) -> Result<&Pet, Refusal> {
        let place = self
            .places
            .get(id)
            .ok_or_else(|| Refusal::UnknownPet(id.clone()))?;
        Ok(&self.pets[*place])
    }

    fn find_mut(&mut self, id: &PetId) -> Result<&mut Pet, Refusal> {
        let place = self
            .places
            .get(id)
            .ok_or_else(|| Refusal::UnknownPet(id.clone()))?;
        Ok(&mut self.pets[*place])
    }

    /// The pets that `filter` asks for, in the order in which they were taken in,
    /// and whether there are more.
    ///
    /// # Errors
    ///
    /// [`Refusal::UnknownPet`] when `filter.after` names no pet.
    pub fn list(&self, filter: &Filter) -> Result<(Vec<&Pet>, bool), Refusal> {
        let start = match &filter.after {
            Some(id) => {
                1 + *self
                    .places
                    .get(id)
                    .ok_or_else(|| Refusal::UnknownPet(id.clone()))?
            }
            None => 0,
        };
        let mut wanted = self.pets[start..].iter().filter(|pet| filter.admits(pet));
        let page: Vec<&Pet> = wanted.by_ref().take(filter.limit).collect();
        Ok((page, wanted.next().is_some()))
    }

    // ANCHOR: history
    /// Everything that has happened to one pet, oldest first.
    ///
    /// # Errors
    ///
    /// [`Refusal::UnknownPet`] when there is none of this name.
    pub fn history(&self, id: &PetId) -> Result<Vec<&Entry>, Refusal> {
        self.find(id)?;
        Ok(self
            .past
            .iter()
            .filter(|entry| entry.fact.is_about(id))
            .collect())
    }
    // ANCHOR_END: history
}

impl Fact {
    fn is_about(&self, id: &PetId) -> bool {
        match self {
            Self::TakenIn { pet, .. } | Self::Returned { pet, .. } => pet == id,
            Self::Adopted { pets, .. } => pets.contains(id),
        }
    }
}

impl Filter {
    fn admits(&self, pet: &Pet) -> bool {
        self.status.is_none_or(|status| status == pet.status.name())
            && self
                .species
                .as_ref()
                .is_none_or(|species| *species == pet.about.species)
    }
}

impl Status {
    /// The word that customers see.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Available => "available",
            Self::Adopted(_) => "adopted",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pets::Money;

    fn bird(name: &str) -> Command {
        let price = Money {
            amount: 4_500,
            currency: "EUR".into(),
        };
        Command::TakeIn(Description {
            name: name.into(),
            species: "lovebird".into(),
            born: 2024,
            price,
        })
    }

    fn adopt(pets: &[&str], customer: &str) -> Command {
        let pets = pets.iter().map(|id| PetId((*id).into())).collect();
        Command::Adopt {
            pets,
            customer: Customer(customer.into()),
        }
    }

    fn shop_after(commands: impl IntoIterator<Item = Command>) -> Shop {
        let mut shop = Shop::default();
        for (at, command) in (0..).zip(commands) {
            let fact = shop.decide(command).expect("the shop allows it");
            shop.record(Entry { at, fact })
                .expect("what was decided can be recorded");
        }
        shop
    }

    #[test]
    fn kiwi_and_mango_are_adopted_together_or_not_at_all() {
        let shop = shop_after([bird("Kiwi"), bird("Mango"), adopt(&["2"], "Ada")]);
        let refusal = shop.decide(adopt(&["1", "2"], "Ben")).unwrap_err();
        assert_eq!(refusal, Refusal::AlreadyAdopted(vec![PetId("2".into())]));
        assert_eq!(
            shop.find(&PetId("1".into())).unwrap().status,
            Status::Available
        );
    }

    #[test]
    fn a_decision_changes_nothing() {
        let shop = shop_after([bird("Kiwi")]);
        shop.decide(adopt(&["1"], "Ada")).unwrap();
        shop.decide(adopt(&["1"], "Ben")).unwrap();
        assert_eq!(
            shop.find(&PetId("1".into())).unwrap().status,
            Status::Available
        );
    }

    #[test]
    fn a_pet_has_a_past() {
        let back = Command::Return {
            pet: PetId("1".into()),
            reason: "sings at four".into(),
        };
        let shop = shop_after([bird("Kiwi"), bird("Mango"), adopt(&["1"], "Ada"), back]);
        let times: Vec<u64> = shop
            .history(&PetId("1".into()))
            .unwrap()
            .iter()
            .map(|entry| entry.at)
            .collect();
        assert_eq!(times, [0, 2, 3]);
    }

    #[test]
    fn a_pet_is_never_adopted_twice() {
        let shop = shop_after([bird("Kiwi"), adopt(&["1"], "Ada")]);
        let refusal = shop.decide(adopt(&["1"], "Ben")).unwrap_err();
        assert_eq!(refusal, Refusal::AlreadyAdopted(vec![PetId("1".into())]));
    }

    #[test]
    fn a_fact_about_a_pet_that_was_never_here_is_refused() {
        let mut shop = shop_after([bird("Kiwi")]);
        let fact = Fact::Returned {
            pet: PetId("7".into()),
            reason: "was never here".into(),
        };
        assert!(shop.record(Entry { at: 9, fact }).is_err());
    }

    #[test]
    fn a_list_goes_on_where_the_page_before_ended() {
        let shop = shop_after([
            bird("Kiwi"),
            bird("Mango"),
            bird("Pip"),
            adopt(&["2"], "Ada"),
        ]);
        let mut filter = Filter {
            status: Some("available"),
            species: None,
            limit: 1,
            after: None,
        };
        let (first, more) = shop.list(&filter).unwrap();
        assert_eq!((first[0].about.name.as_str(), more), ("Kiwi", true));
        filter.after = Some(first[0].id.clone());
        let (second, more) = shop.list(&filter).unwrap();
        assert_eq!((second[0].about.name.as_str(), more), ("Pip", false));
    }
}
