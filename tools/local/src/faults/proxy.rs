//! Who stands before the database, and injects the faults.

use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Result, anyhow, bail};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use local::Local;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::time::{sleep, timeout};

use super::Options;
use super::call::Call;
use super::copy::Copy;
use super::database::Database;
use super::dice::Dice;
use super::injected::Injected;
use super::partitions::Partitions;
use super::refusal::{self, Limit};

/// How long calls that are under way may take once it is to stop.
const GRACE: Duration = Duration::from_secs(2);
/// How long a request may be, in bytes; more than the database takes.
const LIMIT: usize = 32 * 1024 * 1024;

/// The faults, and the database behind them.
#[derive(Debug)]
pub struct Proxy {
    original: Database,
    dice: Mutex<Dice>,
    partitions: Option<Partitions>,
    copy: Option<Copy>,
    /// What has happened so far.
    pub injected: Injected,
}

impl Proxy {
    /// A proxy before the original, with a copy if an index is to be late.
    pub fn new(options: &Options, original: &Local, copy: Option<&Local>) -> Self {
        let delay = Duration::from_millis(options.index_delay.unwrap_or_default());
        Self {
            original: Database::new(original),
            dice: Mutex::new(Dice::new(options)),
            partitions: options.partition.map(Partitions::new),
            copy: copy.map(|copy| Copy::new(copy, delay)),
            injected: Injected::default(),
        }
    }

    /// Serves until `stopped`, and then what is under way as long as the grace lasts.
    pub async fn serve(self: Arc<Self>, listener: TcpListener, stopped: impl Future<Output = ()>) {
        let (stop, stopping) = watch::channel(());
        // Every connection has one end, and the other one hears when the last is closed.
        let (open, mut all_closed) = mpsc::channel::<()>(1);
        let accept = async {
            loop {
                let Ok((stream, _)) = listener.accept().await else {
                    // Most likely there are no file descriptors left.
                    sleep(Duration::from_millis(50)).await;
                    continue;
                };
                let (stopping, open) = (stopping.clone(), open.clone());
                let conversation = self.clone().converse(stream, stopping);
                tokio::spawn(async move {
                    conversation.await;
                    drop(open);
                });
            }
        };
        tokio::select! {
            () = accept => {}
            () = stopped => {}
        }
        drop((stop, open));
        let _ = timeout(GRACE, all_closed.recv()).await;
    }

    /// Ends what goes on by itself.
    pub fn end(&self) {
        self.copy.iter().for_each(Copy::end);
    }

    async fn converse(self: Arc<Self>, stream: TcpStream, mut stopping: watch::Receiver<()>) {
        let _ = stream.set_nodelay(true);
        let answer = |request| self.clone().answer(request);
        let connection =
            http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(answer));
        let mut connection = pin!(connection);
        // An error is a lost answer, or a customer who has gone away.
        tokio::select! {
            _ = &mut connection => return,
            _ = stopping.changed() => connection.as_mut().graceful_shutdown(),
        }
        let _ = connection.await;
    }

    /// Answers a request. An error closes the connection without an answer.
    async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>> {
        let (head, body) = request.into_parts();
        let body = Limited::new(body, LIMIT).collect().await;
        let body = body.map_err(|error| anyhow!(error))?.to_bytes();
        let call = Call::new(Request::from_parts(head, body));
        // Whatever happens to the customer meanwhile, a call is not half carried out.
        let carried_out = tokio::spawn(async move { self.carry_out(&call).await });
        Ok(carried_out.await??.map(Full::new))
    }

    async fn carry_out(&self, call: &Call) -> Result<Response<Bytes>> {
        let fate = {
            let mut dice = self.dice.lock().unwrap_or_else(PoisonError::into_inner);
            dice.throw(call)
        };
        if fate.is_throttled {
            self.injected.throttlings.add();
            return Ok(refusal::throttled(Limit::Table, call.is_write()));
        }
        if fate.is_in_conflict
            && let Some(cancelled) = in_conflict(call)
        {
            self.injected.conflicts.add();
            return Ok(cancelled);
        }
        if let Some(partitions) = &self.partitions
            && let Some(refused) = partitions.refuse(&self.original, call).await?
        {
            self.injected.refusals.add();
            return Ok(refused);
        }
        let answer = self.ask(call).await?;
        if fate.is_lost {
            self.injected.losses.add();
            bail!("the answer is lost");
        }
        Ok(answer)
    }

    async fn ask(&self, call: &Call) -> Result<Response<Bytes>> {
        match &self.copy {
            Some(copy) if call.reads_an_index() => {
                self.injected.late_reads.add();
                copy.ask(call.request.clone()).await
            }
            Some(copy) if call.may_write() || call.changes_a_table() => {
                copy.follow(&self.original, call).await
            }
            _ => self.original.ask(call.request.clone()).await,
        }
    }
}

/// The answer to a transaction whose last item another one has; `None` if it has no items,
/// as the database will say.
fn in_conflict(call: &Call) -> Option<Response<Bytes>> {
    let mut reasons: Vec<_> = call.body["TransactItems"]
        .as_array()?
        .iter()
        .map(|_| None)
        .collect();
    *reasons.last_mut()? = Some(refusal::CONFLICT);
    Some(refusal::cancelled(&reasons))
}
