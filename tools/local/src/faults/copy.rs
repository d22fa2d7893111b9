//! An index that is behind its table: a copy of all tables, to which every write is
//! carried over later. That is what an index is at AWS, where the delay is mostly some
//! milliseconds.
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.Writes>

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use hyper::body::Bytes;
use hyper::{Request, Response};
use local::Local;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{Mutex, watch};
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep_until};

use super::call::Call;
use super::database::Database;

/// A copy of all tables, as they were some time ago.
#[derive(Debug)]
pub struct Copy {
    database: Arc<Database>,
    delay: Duration,
    /// Whose turn it is to write. By their turns the original and the copy see all writes
    /// in the same order.
    turn: Mutex<Turn>,
    /// Changes up to this number wait no longer.
    hurry: watch::Sender<u64>,
    /// The changes up to this number have been made.
    arrived: watch::Receiver<u64>,
    carrier: AbortHandle,
}

#[derive(Debug)]
struct Turn {
    /// The number of the last change.
    number: u64,
    waiting: UnboundedSender<Change>,
}

/// A write that the original has carried out.
#[derive(Debug)]
struct Change {
    number: u64,
    due: Instant,
    request: Request<Bytes>,
}

impl Copy {
    /// A copy in this database, which is empty as the original is.
    pub fn new(local: &Local, delay: Duration) -> Self {
        let database = Arc::new(Database::new(local));
        let (waiting, changes) = unbounded_channel();
        let (hurry, hurried) = watch::channel(0);
        let (arriving, arrived) = watch::channel(0);
        let carrier = tokio::spawn(carry_over(database.clone(), changes, hurried, arriving));
        Self {
            carrier: carrier.abort_handle(),
            database,
            delay,
            turn: Mutex::new(Turn { number: 0, waiting }),
            hurry,
            arrived,
        }
    }

    /// Carries nothing over any more: nobody will ask.
    pub fn end(&self) {
        self.carrier.abort();
    }

    /// Asks the copy.
    ///
    /// # Errors
    ///
    /// When it does not answer, as it is about to end.
    pub async fn ask(&self, request: Request<Bytes>) -> Result<Response<Bytes>> {
        self.database.ask(request).await
    }

    /// Has the original carry out a call that changes it, and the copy later: a write after
    /// the delay, a change of a table at once.
    ///
    /// # Errors
    ///
    /// When one of them does not answer, as it is about to end.
    pub async fn follow(&self, original: &Database, call: &Call) -> Result<Response<Bytes>> {
        let mut turn = self.turn.lock().await;
        let answer = original.ask(call.request.clone()).await?;
        if !answer.status().is_success() {
            return Ok(answer);
        }
        let request = call.request.clone();
        if call.changes_a_table() {
            // What was written before belongs to the table as it was before.
            if call.operation != "CreateTable" {
                self.hurry.send_replace(turn.number);
                let mut arrived = self.arrived.clone();
                arrived.wait_for(|number| *number >= turn.number).await?;
            }
            make(&self.database, request).await;
        } else {
            turn.number += 1;
            turn.waiting.send(Change {
                number: turn.number,
                due: Instant::now() + self.delay,
                request,
            })?;
        }
        Ok(answer)
    }
}

/// Makes each change when it is due, in their order.
async fn carry_over(
    database: Arc<Database>,
    mut changes: UnboundedReceiver<Change>,
    mut hurried: watch::Receiver<u64>,
    arriving: watch::Sender<u64>,
) {
    while let Some(change) = changes.recv().await {
        tokio::select! {
            () = sleep_until(change.due) => {}
            _ = hurried.wait_for(|number| *number >= change.number) => {}
        }
        make(&database, change.request).await;
        arriving.send_replace(change.number);
    }
}

/// Makes a change that the original has made, and so succeeds.
async fn make(database: &Database, request: Request<Bytes>) {
    match database.ask(request).await {
        Ok(answer) if answer.status().is_success() => {}
        Ok(answer) => {
            let why = String::from_utf8_lossy(answer.body());
            eprintln!("local: the indexes lack a write from now on: {why}");
        }
        Err(error) => eprintln!("local: the indexes lack a write from now on: {error}"),
    }
}
