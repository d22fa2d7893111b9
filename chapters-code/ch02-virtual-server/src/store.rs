//! Carries out what customers want, and finds what they ask for.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::{path::Path, thread};

use ch01_bare_server::pets::{Pet, PetId, Refusal};
use ch01_bare_server::problem::Problem;
use ch01_bare_server::shop::{Command, Filter, Shop};
use rusqlite::{Connection, ErrorCode, TransactionBehavior};
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;

use crate::answer::Answer;
use crate::database::Database;
use crate::keys::{self, Key};
use crate::rows;

/// What the answer to a command says of the pets that it was about.
pub type Tell = fn(&[Pet]) -> Answer;

/// A command, and how to answer it.
#[derive(Debug)]
pub struct Order {
    /// What somebody wants.
    pub command: Command,
    /// The idempotency key that came with it.
    pub key: Option<Key>,
    /// How to tell that it was done.
    pub tell: Tell,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The database refuses, or has refused before.
    #[error("{0}")]
    Database(#[from] rusqlite::Error),
    /// A commit has failed; nobody knows what the disk holds.
    #[error("the shop stopped writing after an error")]
    Closed,
    /// A thread has panicked.
    #[error("a thread panicked")]
    Panicked(#[from] tokio::task::JoinError),
}

// ANCHOR: store
/// The database, with one connection that writes and a few that read.
#[derive(Debug)]
pub struct Store {
    writer: Arc<Mutex<Connection>>,
    readers: Vec<Arc<Mutex<Connection>>>,
    next: AtomicUsize,
    closed: Arc<AtomicBool>,
    database: Arc<Database>,
}
// ANCHOR_END: store

impl Store {
    /// Opens the shop in the folder `dir`, which is made if there is none.
    ///
    /// # Errors
    ///
    /// Those of [`Database::open`].
    pub fn open(dir: &Path) -> anyhow::Result<Self> {
        let database = Database::open(dir)?;
        let writer = database.connect()?;
        let count = thread::available_parallelism().map_or(1, usize::from);
        let readers = (0..count).map(|_| Ok(Arc::new(Mutex::new(database.connect()?))));
        Ok(Self {
            readers: readers.collect::<anyhow::Result<_>>()?,
            writer: Arc::new(Mutex::new(writer)),
            next: AtomicUsize::new(0),
            closed: Arc::default(),
            database: Arc::new(database),
        })
    }

    /// The file behind it.
    #[must_use]
    pub fn database(&self) -> Arc<Database> {
        Arc::clone(&self.database)
    }

    // ANCHOR: write
    /// Carries out an order. When it comes back, the disk has what was done.
    ///
    /// # Errors
    ///
    /// A [`Failure`]: it may or may not have been done, and nobody was told that it
    /// was.
    pub async fn execute(&self, order: Order) -> Result<Answer, Failure> {
        let closed = Arc::clone(&self.closed);
        with(&self.writer, move |connection| {
            if closed.load(Ordering::Relaxed) {
                return Err(Failure::Closed);
            }
            let result = execute(connection, order);
            if let Err(error) = &result {
                closed.fetch_or(leaves_doubt(error), Ordering::Relaxed);
            }
            Ok(result?)
        })
        .await
    }
    // ANCHOR_END: write

    /// The pet of this name.
    ///
    /// # Errors
    ///
    /// A [`Failure`] when the database cannot be read.
    pub async fn find(&self, id: PetId) -> Result<Result<Pet, Refusal>, Failure> {
        self.look(move |connection| Ok(rows::pet(connection, &id)?.ok_or(Refusal::UnknownPet(id))))
            .await
    }

    /// The pets that `filter` asks for, and where the next page begins.
    ///
    /// # Errors
    ///
    /// A [`Failure`] when the database cannot be read.
    pub async fn list(&self, filter: Filter) -> Result<rows::Page, Failure> {
        self.look(move |connection| rows::list(connection, &filter))
            .await
    }

    /// Whether the shop can write, as far as is known.
    ///
    /// # Errors
    ///
    /// A [`Failure`] when it cannot.
    pub async fn check(&self) -> Result<(), Failure> {
        if self.closed.load(Ordering::Relaxed) {
            return Err(Failure::Closed);
        }
        self.look(|connection| connection.query_row("SELECT 1", [], |_| Ok(())))
            .await
    }

    /// Asks something that changes nothing. The readers take turns, and wait for no
    /// writer.
    async fn look<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Failure> {
        let turn = self.next.fetch_add(1, Ordering::Relaxed) % self.readers.len();
        with(&self.readers[turn], move |connection| {
            Ok(question(connection)?)
        })
        .await
    }
}

// ANCHOR: with
/// Waits for a connection, and then uses it in a thread that may wait for a disk. A
/// customer who waits for the connection keeps no thread.
async fn with<T: Send + 'static>(
    connection: &Arc<Mutex<Connection>>,
    work: impl FnOnce(&mut Connection) -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let mut connection = Arc::clone(connection).lock_owned().await;
    spawn_blocking(move || work(&mut connection)).await?
}
// ANCHOR_END: with

// ANCHOR: execute
/// One order, one transaction: what was asked before, what is so now, what the shop
/// decides, what changes, what is answered. All of it is on the disk, or none.
fn execute(connection: &mut Connection, order: Order) -> rusqlite::Result<Answer> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if let Some(key) = &order.key
        && let Some(answer) = keys::find(&transaction, key)?
    {
        return Ok(answer);
    }
    let shop = Shop::of(rows::named(&transaction, &order.command)?);
    let answer = match shop.decide(order.command) {
        Ok(fact) => (order.tell)(&rows::record(&transaction, fact)?),
        Err(refusal) => refusal.into(),
    };
    if let Some(key) = &order.key {
        keys::keep(&transaction, key, &answer)?;
    }
    transaction.commit()?;
    Ok(answer)
}
// ANCHOR_END: execute

/// Whether nobody knows any more what the disk holds. Somebody else who has locked
/// the database for too long leaves no doubt.
fn leaves_doubt(error: &rusqlite::Error) -> bool {
    !matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
    )
}

impl From<Failure> for Answer {
    fn from(failure: Failure) -> Self {
        let title = "The shop cannot write any more";
        Problem::new(503, "storage-failed", title, failure.to_string()).into()
    }
}
