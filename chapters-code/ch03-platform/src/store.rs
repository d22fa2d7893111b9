//! Carries out what customers want, and finds what they ask for.

use std::slice;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::Config;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{KeysAndAttributes, Put, TransactWriteItem, Update};
use ch01_bare_server::pets::{Pet, PetId, Refusal, Status};
use ch01_bare_server::shop::{Command, Fact, Shop};
use ch02_virtual_server::answer::Answer;
use tokio::time::timeout;

use crate::failure::Failure;
use crate::items::{self, Item};
use crate::keys;
use crate::order::Order;

/// How long a customer waits at most, however often the database is asked.
const PATIENCE: Duration = Duration::from_millis(1_800);

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
}
// ANCHOR_END: store

impl Store {
    /// The shop in the table `table`.
    #[must_use]
    pub fn new(client: Client, table: &str) -> Self {
        let table = table.to_owned();
        Self { client, table }
    }

    // ANCHOR: execute
    /// Carries out an order. When it comes back, the database has what was done.
    ///
    /// # Errors
    ///
    /// A [`Failure`] within 2 s: it may or may not have been done, and nobody was told
    /// that it was.
    pub async fn execute(&self, order: &Order) -> Result<Answer, Failure> {
        let id = items::new_id();
        bounded(async {
            for _ in 0..TRIES {
                if let Some(answer) = self.attempt(order, &id).await? {
                    return Ok(answer);
                }
            }
            Err(Failure::Contended)
        })
        .await
    }

    /// What was answered before, what is so now, what the shop decides, what changes,
    /// what is answered. `None`: what was so is so no more, and nothing was changed.
    async fn attempt(&self, order: &Order, id: &PetId) -> Result<Option<Answer>, Failure> {
        if let Some(answer) = self.kept(order).await? {
            return Ok(Some(answer));
        }
        let shop = Shop::of(self.named(&order.command).await?);
        let (mut writes, answer) = match shop.decide(order.command.clone()) {
            Ok(fact) => {
                let now = after(&shop, fact, id);
                (self.writes(&shop, &now)?, (order.tell)(&now))
            }
            Err(refusal) => (vec![], refusal.into()),
        };
        if let Some(key) = &order.key {
            writes.push(put(keys::keep(&self.table, key, &answer)?));
        }
        Ok(self.write(writes).await?.then_some(answer))
    }
    // ANCHOR_END: execute

    /// The answer that was given to an order with the same key.
    async fn kept(&self, order: &Order) -> Result<Option<Answer>, Failure> {
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
        let found = bounded(self.get(id)).await?;
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
        let ids = match command {
            Command::TakeIn(_) => &[],
            Command::Adopt { pets, .. } => pets.as_slice(),
            Command::Return { pet, .. } => slice::from_ref(pet),
        };
        match ids {
            [id] => Ok(self.get(id).await?.into_iter().collect()),
            ids => self.get_all(ids).await,
        }
    }

    async fn get_all(&self, ids: &[PetId]) -> Result<Vec<Pet>, Failure> {
        let ours = ids.iter().filter(|id| items::is_id(id));
        let mut wanted: Vec<Item> = ours.map(|id| items::key(items::SHOP, &id.0)).collect();
        let mut pets = vec![];
        while !wanted.is_empty() {
            let keys = KeysAndAttributes::builder()
                .set_keys(Some(wanted))
                .consistent_read(true);
            let get = self
                .client
                .batch_get_item()
                .request_items(&self.table, keys.build()?);
            let mut page = get.send().await?;
            for item in page
                .responses
                .iter_mut()
                .filter_map(|all| all.remove(&self.table))
                .flatten()
            {
                pets.push(items::read(&item)?);
            }
            // What the database had no time for.
            let rest = page
                .unprocessed_keys
                .and_then(|mut all| all.remove(&self.table));
            wanted = rest.map(|keys| keys.keys).unwrap_or_default();
        }
        Ok(pets)
    }

    /// How the database is told of pets that are now so.
    fn writes(&self, read: &Shop, now: &[Pet]) -> Result<Vec<TransactWriteItem>, Failure> {
        let write = |pet: &Pet| {
            Ok(match read.find(&pet.id) {
                Ok(before) => update(items::changed(&self.table, before, pet)?),
                Err(_) => put(items::new(&self.table, pet)?),
            })
        };
        now.iter().map(write).collect()
    }

    // ANCHOR: write
    /// Writes all of it, or none: then one of the conditions did not hold.
    async fn write(&self, mut writes: Vec<TransactWriteItem>) -> Result<bool, Failure> {
        if writes.len() > 1 {
            return self.transact(writes).await;
        }
        match writes.pop() {
            Some(TransactWriteItem { put: Some(put), .. }) => self.put(put).await,
            Some(TransactWriteItem {
                update: Some(update),
                ..
            }) => self.update(update).await,
            _ => Ok(true),
        }
    }

    async fn transact(&self, writes: Vec<TransactWriteItem>) -> Result<bool, Failure> {
        let write = self
            .client
            .transact_write_items()
            .set_transact_items(Some(writes));
        match write.send().await {
            Ok(_) => Ok(true),
            Err(error) if error.as_service_error().is_some_and(was_late) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    async fn update(&self, update: Update) -> Result<bool, Failure> {
        let call = self.client.update_item().table_name(update.table_name);
        let call = call
            .set_key(Some(update.key))
            .update_expression(update.update_expression);
        let call = call.set_condition_expression(update.condition_expression);
        let call = call.set_expression_attribute_values(update.expression_attribute_values);
        match call.customize().config_override(once()).send().await {
            Ok(_) => Ok(true),
            Err(error) if error.as_service_error().is_some_and(has_changed) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
    // ANCHOR_END: write

    async fn put(&self, put: Put) -> Result<bool, Failure> {
        let call = self.client.put_item().table_name(put.table_name);
        let call = call.set_item(Some(put.item));
        let call = call.set_condition_expression(put.condition_expression);
        let call = call.set_expression_attribute_values(put.expression_attribute_values);
        match call.customize().config_override(once()).send().await {
            Ok(_) => Ok(true),
            Err(error) if error.as_service_error().is_some_and(is_there) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether the shop can read its table, as far as is known.
    ///
    /// # Errors
    ///
    /// A [`Failure`] within 2 s.
    pub async fn check(&self) -> Result<(), Failure> {
        self.get(&items::new_id()).await.map(drop)
    }
}

/// Waits no longer than a customer does.
pub(crate) async fn bounded<T>(
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let late = |_| Failure::Away(format!("no answer within {PATIENCE:?}"));
    timeout(PATIENCE, work).await.map_err(late)?
}

/// The pets of a fact as they are after it. A new one gets the name `id`: that in the
/// fact is the shop's guess.
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

// ANCHOR: once
/// A single write is sent once. Of a second one nobody could tell whether its condition
/// fails because of somebody else, or because of the first. A transaction has a token
/// by which the database knows it again, and a read does no harm.
fn once() -> aws_sdk_dynamodb::config::Builder {
    Config::builder().retry_config(RetryConfig::disabled())
}
// ANCHOR_END: once

fn has_changed(error: &UpdateItemError) -> bool {
    error.is_conditional_check_failed_exception() || error.is_transaction_conflict_exception()
}

fn is_there(error: &PutItemError) -> bool {
    error.is_conditional_check_failed_exception() || error.is_transaction_conflict_exception()
}

/// Whether a transaction was cancelled because somebody else was faster, or is at it.
fn was_late(error: &TransactWriteItemsError) -> bool {
    let TransactWriteItemsError::TransactionCanceledException(cancelled) = error else {
        return false;
    };
    let mut codes = cancelled
        .cancellation_reasons()
        .iter()
        .filter_map(|reason| reason.code());
    codes.any(|code| matches!(code, "ConditionalCheckFailed" | "TransactionConflict"))
}

fn put(put: Put) -> TransactWriteItem {
    TransactWriteItem::builder().put(put).build()
}

fn update(update: Update) -> TransactWriteItem {
    TransactWriteItem::builder().update(update).build()
}
