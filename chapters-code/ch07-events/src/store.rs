//! Carries out what customers want, and writes down what others are to know of it.

use ch01_bare_server::pets::{Pet, PetId, Refusal};
use ch01_bare_server::shop::{Filter, Shop};
use ch02_virtual_server::answer::Answer;
use ch02_virtual_server::order::Order;
use ch02_virtual_server::repository::{Page, Repository};
use ch03_platform::failure::Failure;
use ch03_platform::items::new_id;
use ch03_platform::store::{after, ids};
use ch04_functions::events::Event;
use ch06_state::items::{self, Held};
use ch06_state::keys;
use ch06_state::store;
use ch06_state::writes::Written;

use crate::outbox;

/// The table of chapter 6, with an outbox.
#[derive(Debug, Clone)]
pub struct Store(pub store::Store);

impl Store {
    // ANCHOR: execute
    /// Carries out an order. When it comes back, the database has what was done, and what
    /// others are to know of it.
    ///
    /// # Errors
    ///
    /// A [`Failure`] within 2 s: it may or may not have been done, and nobody was
    /// told that it was.
    pub async fn execute(&self, order: &Order) -> Result<Answer, Failure> {
        let (id, request) = (new_id(), outbox::request());
        let attempt = || self.attempt(order, &id, &request);
        self.0.until_written(attempt).await
    }

    /// What was answered before, what is so now, what the shop decides, what changes,
    /// what is answered, what others are to know; or why nothing was written.
    async fn attempt(
        &self,
        order: &Order,
        id: &PetId,
        request: &str,
    ) -> Result<Result<Answer, Written>, Failure> {
        let store = &self.0;
        if let Some(answer) = store.shop.kept(order).await? {
            return Ok(Ok(answer));
        }
        let items = store.shop.items(ids(&order.command)).await?;
        let held: Vec<Held> = items.iter().map(items::read).collect::<Result<_, _>>()?;
        let shop = Shop::of(held.iter().map(|held| held.pet.clone()).collect());
        let (mut writes, answer) = match shop.decide(order.command.clone()) {
            Ok(fact) => {
                let now = after(&shop, fact, id);
                (store.changes(&held, &now)?, (order.tell)(&now))
            }
            Err(refusal) => (vec![], refusal.into()),
        };
        if let Some(event) = Event::of(request, &order.command, &answer) {
            writes.push(outbox::put(&store.shop.table, request, &event, &held)?.into());
        }
        // The last of them: it tells whether another request has the same key.
        if let Some(key) = &order.key {
            let keep = keys::keep(&store.shop.table, key, &answer, store.window)?;
            writes.push(keep.into());
        }
        Ok(match store.write(writes).await? {
            Written::All => Ok(answer),
            other => Err(other),
        })
    }
    // ANCHOR_END: execute
}

impl Repository for Store {
    type Failure = Failure;

    async fn execute(&self, order: Order) -> Result<Answer, Failure> {
        Self::execute(self, &order).await
    }

    async fn find(&self, id: PetId) -> Result<Result<Pet, Refusal>, Failure> {
        self.0.shop.find(&id).await
    }

    async fn list(&self, filter: Filter) -> Result<Page, Failure> {
        self.0.list(filter).await
    }

    async fn check(&self) -> Result<(), Failure> {
        Ok(())
    }
}
