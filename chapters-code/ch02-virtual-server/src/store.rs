//! Carries out what customers want, and finds what they ask for.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::available_parallelism;

use ch01_bare_server::pets::{Pet, PetId, Refusal};
use ch01_bare_server::problem::Problem;
use ch01_bare_server::shop::{Filter, Shop};
use rusqlite::{Connection, ErrorCode, TransactionBehavior};
use tokio::sync::Mutex;
use tokio::task::{JoinError, spawn_blocking};

use crate::answer::Answer;
use crate::database::Database;
use crate::keys;
use crate::order::Order;
use crate::repository::{Page, Repository};
use crate::rows;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The database refuses.
    #[error(transparent)]
    Database(#[from] rusqlite::Error),
    /// It has refused before, and nobody knows what the disk holds.
    #[error("the shop has stopped writing after an error; it must be restarted")]
    Closed,
    /// A thread has panicked.
    #[error(transparent)]
    Panicked(#[from] JoinError),
}

// ANCHOR: store
/// The database, with one connection that writes and a few that read.
#[derive(Debug)]
pub struct Store {
    writer: Arc<Mutex<Connection>>,
    readers: Vec<Arc<Mutex<Connection>>>,
    turn: AtomicUsize,
    closed: Arc<AtomicBool>,
    database: Arc<Database>,
}
// ANCHOR_END: store

// ANCHOR: execute
/// One order, one transaction: what was answered before, what is so now, what the
/// shop decides, what changes, what is answered. The disk has all of it, or none.
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

impl Store {
    /// Opens the shop in the folder `dir`, which is made if there is none.
    ///
    /// # Errors
    ///
    /// Those of [`Database::open`].
    pub fn open(dir: &Path) -> anyhow::Result<Self> {
        let database = Database::open(dir)?;
        let connect = || Ok(Arc::new(Mutex::new(database.connect()?)));
        let readers = available_parallelism().map_or(1, usize::from);
        Ok(Self {
            writer: connect()?,
            readers: (0..readers)
                .map(|_| connect())
                .collect::<rusqlite::Result<_>>()?,
            turn: AtomicUsize::default(),
            closed: Arc::default(),
            database: Arc::new(database),
        })
    }

    /// The file behind it.
    #[must_use]
    pub fn database(&self) -> Arc<Database> {
        Arc::clone(&self.database)
    }

    // ANCHOR: change
    /// Changes something, one after the other. After an error that leaves it open
    /// what the disk holds, nothing is changed any more.
    ///
    /// # Errors
    ///
    /// A [`Failure`].
    pub async fn change<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Failure> {
        let closed = Arc::clone(&self.closed);
        with(&self.writer, move |connection| {
            if closed.load(Ordering::Relaxed) {
                return Err(Failure::Closed);
            }
            let result = work(connection);
            if let Err(error) = &result {
                closed.fetch_or(leaves_doubt(error), Ordering::Relaxed);
            }
            Ok(result?)
        })
        .await
    }
    // ANCHOR_END: change

    /// Asks something that changes nothing. The readers take turns, and do not wait
    /// for the writer.
    ///
    /// # Errors
    ///
    /// A [`Failure`] when the database cannot be read.
    pub async fn look<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Failure> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % self.readers.len();
        with(&self.readers[turn], |connection| Ok(question(connection)?)).await
    }
}

impl Repository for Store {
    type Failure = Failure;

    /// When it comes back, the disk has what was done. After a failure it may or may not
    /// have been done, and nobody was told that it was.
    async fn execute(&self, order: Order) -> Result<Answer, Failure> {
        self.change(|connection| execute(connection, order)).await
    }

    async fn find(&self, id: PetId) -> Result<Result<Pet, Refusal>, Failure> {
        self.look(|rows| Ok(rows::pet(rows, &id)?.ok_or(Refusal::UnknownPet(id))))
            .await
    }

    async fn list(&self, filter: Filter) -> Result<Page, Failure> {
        self.look(move |rows| rows::list(rows, &filter)).await
    }

    /// Whether the shop can write, as far as is known.
    async fn check(&self) -> Result<(), Failure> {
        if self.closed.load(Ordering::Relaxed) {
            return Err(Failure::Closed);
        }
        self.look(|rows| rows.query_row("SELECT 1", [], |_| Ok(())))
            .await
    }
}

// ANCHOR: with
/// Waits for a connection, and then works with it in a thread that may wait for a
/// disk. Who waits for the connection keeps no thread.
async fn with<T: Send + 'static>(
    connection: &Arc<Mutex<Connection>>,
    work: impl FnOnce(&mut Connection) -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let mut connection = Arc::clone(connection).lock_owned().await;
    spawn_blocking(move || work(&mut connection)).await?
}
// ANCHOR_END: with

/// Whether nobody knows any more what the disk holds. After an error of the disk, above
/// all when it syncs, a commit may be there or not. What is named here leaves no doubt.
fn leaves_doubt(error: &rusqlite::Error) -> bool {
    let Some(code) = error.sqlite_error_code() else {
        return false; // Not SQLite's but ours, over a row that we cannot read.
    };
    !matches!(
        code,
        // Somebody else keeps the database locked: nothing has begun.
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked
        // A statement was refused, and what it belonged to is undone.
        | ErrorCode::ConstraintViolation
        // The disk is full. Even in a commit: what is missing of a transaction in the
        // log is its end, and without that the log does not have it.
        | ErrorCode::DiskFull
    )
}

impl From<Failure> for Answer {
    fn from(failure: Failure) -> Self {
        let title = "The shop cannot write any more";
        Problem::new(503, "storage-failed", title, failure.to_string()).into()
    }
}
