//! Carries out what customers want, and finds what they ask for.

use std::time::Duration;

use ch01_bare_server::pets::{Pet, PetId, Refusal};
use ch01_bare_server::shop::{Filter, Shop};
use ch02_virtual_server::answer::Answer;
use ch02_virtual_server::order::Order;
use ch02_virtual_server::repository::{Page, Repository};
use ch03_platform::failure::Failure;
use ch03_platform::items::new_id;
use ch03_platform::store::{self, after, ids};
use ch03_platform::writes::Write;
use tokio::time::sleep;

use crate::cursor::Cursors;
use crate::items::{self, Held};
use crate::keys;
use crate::retries::pauses;
use crate::writes::Written;

/// The table of chapter 3, with an index.
#[derive(Debug, Clone)]
pub struct Store {
    /// The table, as chapter 3 has it.
    pub shop: store::Store,
    /// How long an idempotency key is good for.
    pub window: Duration,
    /// What the shop signs cursors with; none, where no list is asked for.
    pub cursors: Option<Cursors>,
}

impl Store {
    // ANCHOR: execute
    /// Carries out an order. When it comes back, the database has what was done.
    ///
    /// # Errors
    ///
    /// A [`Failure`] within 2 s: it may or may not have been done, and nobody was
    /// told that it was.
    pub async fn execute(&self, order: &Order) -> Result<Answer, Failure> {
        let id = new_id();
        self.until_written(|| self.attempt(order, &id)).await
    }

    /// What was answered before, what is so now, what the shop decides, what changes,
    /// what is answered; or why nothing was written.
    async fn attempt(&self, order: &Order, id: &PetId) -> Result<Result<Answer, Written>, Failure> {
        if let Some(answer) = self.shop.kept(order).await? {
            return Ok(Ok(answer));
        }
        let items = self.shop.items(ids(&order.command)).await?;
        let held: Vec<Held> = items.iter().map(items::read).collect::<Result<_, _>>()?;
        let shop = Shop::of(held.iter().map(|held| held.pet.clone()).collect());
        let (mut writes, answer) = match shop.decide(order.command.clone()) {
            Ok(fact) => {
                let now = after(&shop, fact, id);
                (self.changes(&held, &now)?, (order.tell)(&now))
            }
            Err(refusal) => (vec![], refusal.into()),
        };
        // The last of them: it tells whether another request has the same key.
        if let Some(key) = &order.key {
            let keep = keys::keep(&self.shop.table, key, &answer, self.window)?;
            writes.push(keep.into());
        }
        Ok(match self.write(writes).await? {
            Written::All => Ok(answer),
            other => Err(other),
        })
    }
    // ANCHOR_END: execute

    /// Makes an attempt, and another one after a pause when nothing was written.
    ///
    /// # Errors
    ///
    /// A [`Failure`] within 2 s, or that of an attempt.
    pub async fn until_written<A>(&self, attempt: impl Fn() -> A) -> Result<Answer, Failure>
    where
        A: Future<Output = Result<Result<Answer, Written>, Failure>>,
    {
        let attempts = async {
            let mut pauses = pauses();
            loop {
                let written = match attempt().await? {
                    Ok(answer) => return Ok(answer),
                    Err(written) => written,
                };
                let Some(pause) = pauses.next() else {
                    return given_up(written);
                };
                sleep(pause).await;
            }
        };
        self.shop.bounded(attempts).await
    }

    /// What is to be written so that pets that were read are as they are `now`.
    ///
    /// # Errors
    ///
    /// None: all that it needs is there.
    pub fn changes(&self, held: &[Held], now: &[Pet]) -> Result<Vec<Write>, Failure> {
        let table = &self.shop.table;
        let change = |pet: &Pet| {
            Ok(match held.iter().find(|held| held.pet.id == pet.id) {
                Some(held) => Write::Update(items::changed(table, held, pet)?),
                None => Write::Put(items::new(table, pet)?),
            })
        };
        now.iter().map(change).collect()
    }
}

/// What a customer is told for whom nothing could be written.
fn given_up(written: Written) -> Result<Answer, Failure> {
    match written {
        Written::LastIsBusy => Ok(keys::in_flight()),
        Written::TooMuch => Err(Failure::Away("it has too much to do".into())),
        Written::All | Written::Changed => Err(Failure::Contended),
    }
}

impl Repository for Store {
    type Failure = Failure;

    async fn execute(&self, order: Order) -> Result<Answer, Failure> {
        Self::execute(self, &order).await
    }

    async fn find(&self, id: PetId) -> Result<Result<Pet, Refusal>, Failure> {
        self.shop.find(&id).await
    }

    async fn list(&self, filter: Filter) -> Result<Page, Failure> {
        Self::list(self, filter).await
    }

    async fn check(&self) -> Result<(), Failure> {
        Ok(())
    }
}
