//! A pet, and what may happen to it. No network, no disk, no clock.

use std::fmt;

/// The name under which the shop knows a pet; given by the shop, opaque to
/// customers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PetId(pub String);

/// Who adopts: the name as the customer wrote it, 1 to 80 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer(pub String);

/// An amount in the minor unit of its currency: 12000 EUR are 120 euros.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Money {
    /// Minor units, 0 to 100,000,000.
    pub amount: u32,
    /// Three capital letters, ISO 4217.
    pub currency: String,
}

/// What the shop knows about a pet when it is taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// 1 to 80 characters.
    pub name: String,
    /// Lower-case words such as `guinea pig`, 1 to 40 characters.
    pub species: String,
    /// The year of birth, 1800 to 2100.
    pub born: u16,
    /// What the new owner pays.
    pub price: Money,
}

// ANCHOR: pet
/// A pet in the shop or in a home.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pet {
    /// The shop's name for it.
    pub id: PetId,
    /// What does not change.
    pub about: Description,
    /// What does.
    pub status: Status,
}

/// Where a pet is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// In the shop.
    Available,
    /// In the home of a customer.
    Adopted(Customer),
}

impl Pet {
    /// A pet that has just been taken in.
    #[must_use]
    pub fn new(id: PetId, about: Description) -> Self {
        Self {
            id,
            about,
            status: Status::Available,
        }
    }

    /// The first rule of the shop: a pet has one home.
    ///
    /// # Errors
    ///
    /// [`Refusal::AlreadyAdopted`] when it has one.
    pub fn may_be_adopted(&self) -> Result<(), Refusal> {
        match self.status {
            Status::Available => Ok(()),
            Status::Adopted(_) => Err(Refusal::AlreadyAdopted(vec![self.id.clone()])),
        }
    }

    /// The second: what comes back must have been away.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotAdopted`] when nobody has it.
    pub fn may_be_returned(&self) -> Result<(), Refusal> {
        match self.status {
            Status::Adopted(_) => Ok(()),
            Status::Available => Err(Refusal::NotAdopted(self.id.clone())),
        }
    }
}
// ANCHOR_END: pet

/// Why the shop says no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The shop has never had a pet of this name.
    UnknownPet(PetId),
    /// These pets have a home.
    AlreadyAdopted(Vec<PetId>),
    /// The pet is in the shop, so it cannot be brought back.
    NotAdopted(PetId),
}

impl fmt::Display for PetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownPet(id) => write!(f, "there is no pet {id}"),
            Self::NotAdopted(id) => write!(f, "pet {id} is in the shop, nobody has adopted it"),
            Self::AlreadyAdopted(ids) => {
                let ids: Vec<&str> = ids.iter().map(|id| id.0.as_str()).collect();
                write!(f, "already adopted: {}", ids.join(", "))
            }
        }
    }
}

impl std::error::Error for Refusal {}

#[cfg(test)]
mod tests {
    use super::*;

    fn gustav() -> Pet {
        let price = Money {
            amount: 12_000,
            currency: "EUR".into(),
        };
        let about = Description {
            name: "Gustav".into(),
            species: "tortoise".into(),
            born: 1923,
            price,
        };
        Pet::new(PetId("1".into()), about)
    }

    #[test]
    fn a_pet_with_a_home_may_not_be_adopted() {
        let mut pet = gustav();
        assert_eq!(pet.may_be_adopted(), Ok(()));
        pet.status = Status::Adopted(Customer("Ada".into()));
        assert_eq!(
            pet.may_be_adopted(),
            Err(Refusal::AlreadyAdopted(vec![PetId("1".into())]))
        );
    }

    #[test]
    fn a_pet_in_the_shop_may_not_be_brought_back() {
        let mut pet = gustav();
        assert_eq!(
            pet.may_be_returned(),
            Err(Refusal::NotAdopted(PetId("1".into())))
        );
        pet.status = Status::Adopted(Customer("Ada".into()));
        assert_eq!(pet.may_be_returned(), Ok(()));
    }
}
