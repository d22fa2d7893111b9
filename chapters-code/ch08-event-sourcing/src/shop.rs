//! Carries out what customers want, on streams of what has happened.

mod business;
mod list;
mod wrong;

use std::sync::Arc;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use ch01_bare_server::pets::{Pet, PetId, Refusal};
use ch01_bare_server::shop::{self, Filter};
use ch02_virtual_server::answer::Answer;
use ch02_virtual_server::order::{Key, Order};
use ch02_virtual_server::repository::{Page, Repository};
use ch03_platform::failure::Failure;
use ch03_platform::items::{is_id, new_id};
use ch03_platform::store::PATIENCE;
use ch06_state::cursor::Cursors;
use ch07_events::clock::now;
use ch07_events::outbox;
use event_store::{self as store, Dynamo, Issued, Settings, Store, StreamId};
use tokio::time::timeout;

pub use self::business::Business;
pub use self::wrong::Wrong;
pub use self::wrong::failure;
use crate::keys::{self, Keys};
use crate::pet::{Pets, Wish};

/// How many keys a pet remembers, at most.
const REMEMBERS: usize = 50;

// ANCHOR: shop
/// A stream for each pet, in one table. `D` decides about them.
#[derive(Debug)]
pub struct Shop<D: Business = Pets> {
    /// What has happened to the pets.
    pub pets: Arc<Store<D, Arc<Dynamo>>>,
    /// What has become of keys that came with a new pet.
    keys: Arc<Store<Keys, Arc<Dynamo>>>,
    /// What the shop signs cursors with; none, where no list is asked for.
    cursors: Option<Cursors>,
    /// How long anybody waits for an answer: [`PATIENCE`].
    pub patience: Duration,
}

impl<D: Business> Shop<D> {
    /// The shop in this table. A key is good for as long as `window`.
    #[must_use]
    pub fn new(sdk: &SdkConfig, table: &str, cursors: Option<Cursors>, window: Duration) -> Self {
        let commits = Arc::new(Dynamo::new(&Client::new(sdk), table));
        let settings = Settings {
            remembers: REMEMBERS,
            window,
            ..Settings::default()
        };
        Self {
            pets: Arc::new(Store::new(Arc::clone(&commits), settings.clone())),
            keys: Arc::new(Store::new(commits, settings)),
            cursors,
            patience: PATIENCE,
        }
    }
    // ANCHOR_END: shop

    // ANCHOR: execute
    /// Carries out an order. When it comes back, the table has what has happened.
    ///
    /// # Errors
    ///
    /// A [`Failure`] within 2 s: it may or may not have been done, and nobody was
    /// told that it was.
    pub async fn execute(&self, order: &Order) -> Result<Answer, Failure> {
        let issued = issued(order.key.as_ref());
        let done = match &order.command {
            shop::Command::TakeIn(about) => {
                let pet = self.name(order.key.as_ref(), &issued);
                let pet = self.bounded(pet).await?;
                match pet {
                    Ok(pet) => self.one(&issued, pet, Wish::TakeIn(about.clone())).await?,
                    Err(wrong) => Err(wrong),
                }
            }
            shop::Command::Return { pet, reason } => {
                let reason = reason.clone();
                self.one(&issued, pet.clone(), Wish::Return { reason })
                    .await?
            }
            shop::Command::Adopt { pets, customer } => {
                let customer = customer.clone();
                match pets.as_slice() {
                    [pet] => {
                        let together = vec![];
                        let wish = Wish::Adopt { customer, together };
                        self.one(&issued, pet.clone(), wish).await?
                    }
                    pets => {
                        let together = pets.to_vec();
                        let wish = Wish::Adopt { customer, together };
                        self.several(&issued, pets, &wish).await?
                    }
                }
            }
        };
        Ok(match done {
            Ok(pets) => (order.tell)(&pets),
            Err(wrong) => wrong.into(),
        })
    }

    /// The name of a pet that is taken in: the one that an earlier request with the same
    /// key was given, or a new one.
    ///
    /// # Errors
    ///
    /// A [`Failure`].
    pub async fn name(
        &self,
        key: Option<&Key>,
        issued: &Issued,
    ) -> Result<Result<PetId, Wrong>, Failure> {
        let Some(key) = key else {
            return Ok(Ok(new_id()));
        };
        let (stream, name) = (keys::stream(&key.name), new_id());
        Ok(match self.keys.execute(&stream, issued, &name).await {
            Ok(done) => Ok(done.events.into_iter().next().unwrap_or_else(new_id)),
            Err(store::Error::Refused(never)) => match never {},
            Err(store::Error::Failed(failure)) => Err(wrong::of(failure)?),
        })
    }

    async fn one(
        &self,
        issued: &Issued,
        pet: PetId,
        wish: Wish,
    ) -> Result<Result<Vec<Pet>, Wrong>, Failure> {
        if !is_id(&pet) {
            return Ok(Err(Refusal::UnknownPet(pet).into()));
        }
        let stream = stream(&pet);
        let command = D::command(pet, wish);
        let done = async {
            Ok(match self.pets.execute(&stream, issued, &command).await {
                Ok(done) => Ok(D::pet(done.state).into_iter().collect()),
                Err(store::Error::Refused(refusal)) => Err(D::refused(refusal)),
                Err(store::Error::Failed(failure)) => Err(wrong::of(failure)?),
            })
        };
        self.bounded(done).await
    }
    // ANCHOR_END: execute

    async fn several(
        &self,
        issued: &Issued,
        pets: &[PetId],
        wish: &Wish,
    ) -> Result<Result<Vec<Pet>, Wrong>, Failure> {
        if let Some(unknown) = pets.iter().find(|pet| !is_id(pet)) {
            return Ok(Err(Refusal::UnknownPet(unknown.clone()).into()));
        }
        let command = |pet: &PetId| (stream(pet), D::command(pet.clone(), wish.clone()));
        let commands: Vec<(StreamId, D::Command)> = pets.iter().map(command).collect();
        let done = async {
            Ok(match self.pets.execute_over(issued, &commands).await {
                Ok(done) => {
                    let pets = done.into_iter().filter_map(|done| D::pet(done.state));
                    Ok(pets.collect())
                }
                Err(store::Error::Refused(refusals)) => Err(wrong::together::<D>(refusals)),
                Err(store::Error::Failed(failure)) => Err(wrong::of(failure)?),
            })
        };
        self.bounded(done).await
    }

    // ANCHOR: find
    /// The pet of this name.
    ///
    /// # Errors
    ///
    /// A [`Failure`] within 2 s.
    pub async fn find(&self, id: &PetId) -> Result<Result<Pet, Refusal>, Failure> {
        if !is_id(id) {
            return Ok(Err(Refusal::UnknownPet(id.clone())));
        }
        let load = async { self.pets.load(&stream(id)).await.map_err(failure) };
        let found = D::pet(self.bounded(load).await?.state);
        Ok(found.ok_or_else(|| Refusal::UnknownPet(id.clone())))
    }
    // ANCHOR_END: find

    /// Does this within the patience of a customer.
    ///
    /// # Errors
    ///
    /// When that fails, or is not done by then.
    pub async fn bounded<T>(
        &self,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let patience = self.patience;
        let done = timeout(patience, Box::pin(work)).await;
        done.unwrap_or_else(|_| Err(Failure::Away(format!("no answer within {patience:?}"))))
    }
}

/// The stream of a pet.
#[must_use]
pub fn stream(pet: &PetId) -> StreamId {
    StreamId(format!("{PREFIX}{pet}"))
}

/// What the name of a pet's stream begins with.
pub const PREFIX: &str = "pet#";

// ANCHOR: issued
/// A command at this time, by the request that it comes of. A quarter of a fingerprint
/// tells requests apart well enough, and each commit has it.
#[must_use]
pub fn issued(key: Option<&Key>) -> Issued {
    let command = match key {
        None => store::Command::once(),
        Some(key) => store::Command {
            key: key.name.clone(),
            fingerprint: hex::encode(&key.fingerprint[..8]),
        },
    };
    Issued {
        correlation: Some(outbox::request()),
        ..Issued::at(command, now())
    }
}
// ANCHOR_END: issued

impl<D: Business> Clone for Shop<D> {
    fn clone(&self) -> Self {
        Self {
            pets: Arc::clone(&self.pets),
            keys: Arc::clone(&self.keys),
            cursors: self.cursors.clone(),
            patience: self.patience,
        }
    }
}

impl<D: Business> Repository for Shop<D> {
    type Failure = Failure;

    async fn execute(&self, order: Order) -> Result<Answer, Failure> {
        Self::execute(self, &order).await
    }

    async fn find(&self, id: PetId) -> Result<Result<Pet, Refusal>, Failure> {
        Self::find(self, &id).await
    }

    async fn list(&self, filter: Filter) -> Result<Page, Failure> {
        Self::list(self, filter).await
    }

    async fn check(&self) -> Result<(), Failure> {
        Ok(())
    }
}
