//! Seals what belongs to a person before anything is decided or written.

use ch01_bare_server::pets::{Pet, PetId, Refusal, Status};
use ch01_bare_server::shop::{Command, Filter};
use ch02_virtual_server::answer::Answer;
use ch02_virtual_server::order::Order;
use ch02_virtual_server::repository::{Page, Repository};
use ch03_platform::failure::Failure;

use crate::opening::FORGOTTEN;
use crate::people::People;
use crate::person::{PersonId, Sealed};

// ANCHOR: sealing
/// A shop that is told no name.
#[derive(Debug)]
pub struct Sealing<R> {
    /// The shop.
    pub shop: R,
    /// Who has the keys.
    pub people: People,
}

impl<R: Repository<Failure = Failure>> Sealing<R> {
    /// The order, with everything sealed in it that belongs to whoever has sent it.
    async fn sealed(&self, mut order: Order) -> Result<Order, Failure> {
        match &mut order.command {
            Command::TakeIn(_) => {}
            Command::Adopt { customer, .. } => {
                self.people.introduced(customer, order.key.as_mut()).await?;
            }
            // What somebody says of the pet that they bring back is theirs as well.
            Command::Return { pet, reason } => {
                if let Some(owner) = self.owner(pet).await? {
                    *reason = match self.people.person(&owner).await? {
                        Some(person) => People::seal(&person, reason)?,
                        None => FORGOTTEN.to_owned(),
                    };
                }
                // Who asks again has no pet any more, and so no key of a person will do.
                if let Some(key) = &mut order.key {
                    key.fingerprint = self.people.fingerprint(&key.fingerprint)?;
                }
            }
        }
        Ok(order)
    }

    /// Who has this pet, unless the name is open.
    async fn owner(&self, pet: &PetId) -> Result<Option<PersonId>, Failure> {
        let found = self.shop.find(pet.clone()).await?;
        let Ok(Status::Adopted(customer)) = found.map(|pet| pet.status) else {
            return Ok(None);
        };
        Ok(Sealed::read(&customer.0).map(|sealed| sealed.person))
    }
}
// ANCHOR_END: sealing

impl<R: Repository<Failure = Failure>> Repository for Sealing<R> {
    type Failure = Failure;

    async fn execute(&self, order: Order) -> Result<Answer, Failure> {
        let order = self.sealed(order).await?;
        self.shop.execute(order).await
    }

    async fn find(&self, id: PetId) -> Result<Result<Pet, Refusal>, Failure> {
        self.shop.find(id).await
    }

    async fn list(&self, filter: Filter) -> Result<Page, Failure> {
        self.shop.list(filter).await
    }

    async fn check(&self) -> Result<(), Failure> {
        self.shop.check().await
    }
}
