//! Carries out what customers want, and finds what they ask for.

use std::collections::HashMap;
use std::slice;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::KeysAndAttributes;
use ch01_bare_server::pets::{Pet, PetId, Refusal, Status};
use ch01_bare_server::shop::{Command, Fact, Filter, Shop};
use ch02_virtual_server::answer::Answer;
use ch02_virtual_server::order::Order;
use ch02_virtual_server::repository::{Page, Repository};
use tokio::time::timeout;

use crate::failure::Failure;
use crate::items::{self, Item};
use crate::keys;

/// How long a customer waits for an answer, however often the database is asked for
/// it.
pub const PATIENCE: Duration = Duration::from_millis(1_800);

/// How often a command is decided anew because the pets have changed meanwhile.
const TRIES: usize = 10;

// ANCHOR: store
/// A table of pets. It is nobody's alone: other processes read and write it too.
#[derive(Debug, Clone)]
pub struct Store {
    /// The way to the database.
    pub client: Client,
    /// The name of the table.
    pub table: String,
    /// How long anybody waits for an answer: [`PATIENCE`].
    pub patience: Duration,
}
// ANCHOR_END: store

impl Store {
    /// The shop in the table `table`.
    #[must_use]
    pub fn new(client: Client, table: &str) -> Self {
        let table = table.to_owned();
        let patience = PATIENCE;
        Self {
            client,
            table,
            patience,
        }
    }

    // ANCHOR: execute
    /// Carries out an order. When it comes back, the database has what was done.
    ///
    /// # Errors
    ///
    /// A [`Failure`] within 2 s: it may or may not have been done, and nobody was
    /// told that it was.
    pub async fn execute(&self, order: &Order) -> Result<Answer, Failure> {
        let id = items::new_id();
        self.bounded(async {
            for _ in 0..TRIES {
                if let Some(answer) = self.attempt(order, &id).await? {
                    return Ok(answer);
                }
            }
            Err(Failure::Contended)
        })
        .await
    }

    /// What was answered before, what is so now, what the shop decides, what
    /// changes, what is answered. `None`: what was so is so no more, and nothing
    /// was changed.
    async fn attempt(&self, order: &Order, id: &PetId) -> Result<Option<Answer>, Failure> {
        if let Some(answer) = self.kept(order).await? {
            return Ok(Some(answer));
        }
        let shop = Shop::of(self.named(&order.command).await?);
        let (mut writes, answer) = match shop.decide(order.command.clone()) {
            Ok(fact) => {
                let now = after(&shop, fact, id);
                (self.changes(&shop, &now)?, (order.tell)(&now))
            }
            Err(refusal) => (vec![], refusal.into()),
        };
        if let Some(key) = &order.key {
            writes.push(keys::keep(&self.table, key, &answer)?.into());
        }
        Ok(self.write(writes).await?.then_some(answer))
    }
    // ANCHOR_END: execute

    /// The answer that was given to an order with the same key.
    ///
    /// # Errors
    ///
    /// A [`Failure`].
    pub async fn kept(&self, order: &Order) -> Result<Option<Answer>, Failure> {
        let Some(key) = &order.key else {
            return Ok(None);
        };
        let get = self.client.get_item().table_name(&self.table);
        let get = get.set_key(Some(keys::place(key))).consistent_read(true);
        let found = get.send().await?.item;
        found.map_or(Ok(None), |item| keys::answer(key, &item))
    }

    // ANCHOR: find
    /// The pet of this name.
    ///
    /// # Errors
    ///
    /// A [`Failure`] within 2 s.
    pub async fn find(&self, id: &PetId) -> Result<Result<Pet, Refusal>, Failure> {
        let found = self.bounded(self.get(id)).await?;
        Ok(found.ok_or_else(|| Refusal::UnknownPet(id.clone())))
    }

    async fn get(&self, id: &PetId) -> Result<Option<Pet>, Failure> {
        if !items::is_id(id) {
            return Ok(None);
        }
        let get = self.client.get_item().table_name(&self.table);
        let get = get.set_key(Some(items::key(items::SHOP, &id.0)));
        let found = get.consistent_read(true).send().await?.item;
        found.map(|item| items::read(&item)).transpose()
    }
    // ANCHOR_END: find

    /// The pets that a command names, as far as the shop has them.
    ///
    /// # Errors
    ///
    /// A [`Failure`].
    pub async fn named(&self, command: &Command) -> Result<Vec<Pet>, Failure> {
        match ids(command) {
            [id] => Ok(self.get(id).await?.into_iter().collect()),
            ids => {
                let items = self.items(ids).await?;
                items.iter().map(items::read).collect()
            }
        }
    }

    /// The items of these pets, as far as there are any, in any order.
    ///
    /// # Errors
    ///
    /// A [`Failure`].
    pub async fn items(&self, ids: &[PetId]) -> Result<Vec<Item>, Failure> {
        let ours = ids.iter().filter(|id| items::is_id(id));
        let mut wanted: Vec<Item> = ours.map(|id| items::key(items::SHOP, &id.0)).collect();
        let mut found = vec![];
        while !wanted.is_empty() {
            let keys = KeysAndAttributes::builder().set_keys(Some(wanted));
            let keys = keys.consistent_read(true).build()?;
            let get = self.client.batch_get_item();
            let got = get.request_items(&self.table, keys).send().await?;
            let items = got.responses.into_iter().flat_map(HashMap::into_values);
            found.extend(items.flatten());
            // What the database had no time for.
            let rest = got.unprocessed_keys.into_iter();
            let rest = rest.flat_map(HashMap::into_values);
            wanted = rest.flat_map(|keys| keys.keys).collect();
        }
        Ok(found)
    }

    /// Asks for a pet that is not there, to see whether the table is.
    ///
    /// # Errors
    ///
    /// A [`Failure`] within 2 s.
    pub async fn reach(&self) -> Result<(), Failure> {
        self.bounded(self.get(&items::new_id())).await.map(drop)
    }

    /// Waits no longer than a customer does. A call of the SDK is some 20
    /// kilobytes, so what waits for it is moved to the heap.
    ///
    /// # Errors
    ///
    /// Those of the work, and a [`Failure`] when it takes longer.
    pub fn bounded<T>(
        &self,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> impl Future<Output = Result<T, Failure>> {
        let patience = self.patience;
        let answer = timeout(patience, Box::pin(work));
        let late = move |_| Failure::Away(format!("no answer within {patience:?}"));
        async move { answer.await.map_err(late)? }
    }
}

// ANCHOR: repository
impl Repository for Store {
    type Failure = Failure;

    async fn execute(&self, order: Order) -> Result<Answer, Failure> {
        Self::execute(self, &order).await
    }

    async fn find(&self, id: PetId) -> Result<Result<Pet, Refusal>, Failure> {
        Self::find(self, &id).await
    }

    async fn list(&self, filter: Filter) -> Result<Page, Failure> {
        Self::list(self, &filter).await
    }

    /// All is well even when the database is away: a new process would reach it no
    /// better, and those that there are answer 503 until it is back.
    async fn check(&self) -> Result<(), Failure> {
        Ok(())
    }
}
// ANCHOR_END: repository

/// The pets that a command names.
#[must_use]
pub fn ids(command: &Command) -> &[PetId] {
    match command {
        Command::TakeIn(_) => &[],
        Command::Adopt { pets, .. } => pets,
        Command::Return { pet, .. } => slice::from_ref(pet),
    }
}

/// The pets of a fact as they are after it. A new one gets the name `id`: that in
/// the fact is the shop's guess.
#[must_use]
pub fn after(shop: &Shop, fact: Fact, id: &PetId) -> Vec<Pet> {
    let (pets, status) = match fact {
        Fact::TakenIn { about, .. } => return vec![Pet::new(id.clone(), about)],
        Fact::Adopted { pets, customer } => (pets, Status::Adopted(customer)),
        Fact::Returned { pet, .. } => (vec![pet], Status::Available),
    };
    let found = pets.iter().filter_map(|id| shop.find(id).ok());
    found
        .map(|pet| Pet {
            status: status.clone(),
            ..pet.clone()
        })
        .collect()
}
