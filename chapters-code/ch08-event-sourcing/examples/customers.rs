//! Customers who all want Gustav, as one process: `customers TABLE NUMBER…`, in the
//! database that the environment names.
//!
//! Without a number it takes Gustav in. Each customer asks until there is an answer, with a
//! key of its own, says what the answer was, and brings him back if it was yes. With
//! `DIES_AT=k` the process is killed at the kth moment before or after a call: nothing of it
//! is told, tidied up or written any more.

use std::env;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, Result, bail};
use aws_sdk_dynamodb::Client;
use ch01_bare_server::pets::{Customer, Description, Money, PetId};
use ch03_platform::table;
use ch07_events::clock::now;
use ch08_event_sourcing::pet::{Command, Pets, Wish};
use event_store::{
    Appended, AppendedAll, Backend, Commit, Dynamo, Error, Fault, Issued, Settings, Store, StreamId,
};
use rustix::process::{Signal, getpid, kill_process};
use tokio::task::JoinSet;

/// How many keys a pet remembers: more than all these customers have.
const REMEMBERS: usize = 500;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    run(env::args().skip(1)).await
}

/// Serves these customers at that table.
///
/// # Errors
///
/// When a customer gets no answer, whatever is done about it.
pub async fn run(mut words: impl Iterator<Item = String>) -> Result<()> {
    let table = words
        .next()
        .context("say which table, and which customers")?;
    let dies_at = env::var("DIES_AT").ok();
    let dies_at = dies_at.map(|k| k.parse().context("DIES_AT is a number"));
    let client = Client::new(&table::connect().await);
    let mortal = Mortal {
        backend: Dynamo::new(&table::patient(&client), &table),
        dies_at: dies_at.transpose()?.unwrap_or(u64::MAX),
        moments: AtomicU64::new(0),
    };
    let settings = Settings {
        remembers: REMEMBERS,
        tries: 100,
        ..Settings::default()
    };
    let shop = Arc::new(Store::new(mortal, settings));
    let numbers: Vec<String> = words.collect();
    if numbers.is_empty() {
        return take_in(&shop).await;
    }
    let mut customers = JoinSet::new();
    for number in numbers {
        customers.spawn(customer(Arc::clone(&shop), number));
    }
    while let Some(left) = customers.join_next().await {
        left??;
    }
    eprintln!("{} moments", shop.backend().moments.load(Ordering::Relaxed));
    Ok(())
}

/// Takes Gustav in, unless he is there.
///
/// # Errors
///
/// When the table is away.
pub async fn take_in<B: Backend>(shop: &Store<Pets, B>) -> Result<()> {
    let price = Money {
        amount: 12_000,
        currency: "EUR".into(),
    };
    let about = Description {
        name: "Gustav".into(),
        species: "tortoise".into(),
        born: 1923,
        price,
    };
    let (pet, wish) = (PetId("gustav".into()), Wish::TakeIn(about));
    let issued = Issued::at(event_store::Command::once(), now());
    let command = Command { pet, wish };
    match shop.execute(&gustav(), &issued, &command).await {
        Ok(_) => Ok(()),
        Err(other) => bail!(other),
    }
}

// ANCHOR: customer
async fn customer(shop: Arc<Store<Pets, Mortal>>, number: String) -> Result<()> {
    let (pet, customer) = (PetId("gustav".into()), Customer(number.clone()));
    let (together, reason) = (vec![], "He eats the tulips".into());
    let wish = Wish::Adopt { customer, together };
    let adopt = Command {
        pet: pet.clone(),
        wish,
    };
    match shop
        .execute(&gustav(), &keyed("adopt", &number), &adopt)
        .await
    {
        Ok(done) => println!("{number} yes {}", done.number),
        Err(Error::Refused(_)) => {
            println!("{number} no");
            return Ok(());
        }
        Err(Error::Failed(failure)) => bail!(failure),
    }
    let wish = Wish::Return { reason };
    let back = Command { pet, wish };
    match shop
        .execute(&gustav(), &keyed("return", &number), &back)
        .await
    {
        Ok(_) => Ok(()),
        Err(other) => bail!(other),
    }
}
// ANCHOR_END: customer

fn gustav() -> StreamId {
    "pet#gustav".into()
}

fn keyed(what: &str, number: &str) -> Issued {
    let command = event_store::Command {
        key: format!("{what} {number}"),
        fingerprint: what.to_owned(),
    };
    Issued::at(command, now())
}

/// A table, as long as this process lives.
#[derive(Debug)]
struct Mortal {
    backend: Dynamo,
    dies_at: u64,
    moments: AtomicU64,
}

impl Mortal {
    // ANCHOR: moment
    /// Before a call, or after it. Here the process may die, as if the power were gone.
    fn moment(&self) {
        let moment = self.moments.fetch_add(1, Ordering::Relaxed) + 1;
        if moment == self.dies_at {
            let _ = kill_process(getpid(), Signal::KILL);
        }
    }
    // ANCHOR_END: moment

    async fn call<T>(&self, call: impl Future<Output = T>) -> T {
        self.moment();
        let answer = call.await;
        self.moment();
        answer
    }
}

impl Backend for Mortal {
    async fn append(&self, commit: &Commit) -> Result<Appended, Fault> {
        self.call(self.backend.append(commit)).await
    }

    async fn append_all(&self, commits: &[Commit]) -> Result<AppendedAll, Fault> {
        self.call(self.backend.append_all(commits)).await
    }

    async fn backwards(
        &self,
        stream: &StreamId,
        up_to: Option<u64>,
        most: u32,
    ) -> Result<Vec<Commit>, Fault> {
        self.call(self.backend.backwards(stream, up_to, most)).await
    }

    async fn forwards(
        &self,
        stream: &StreamId,
        after: u64,
        most: u32,
    ) -> Result<Vec<Commit>, Fault> {
        self.call(self.backend.forwards(stream, after, most)).await
    }

    async fn streams(
        &self,
        prefix: &str,
        after: Option<&StreamId>,
        most: u32,
    ) -> Result<Vec<StreamId>, Fault> {
        self.call(self.backend.streams(prefix, after, most)).await
    }
}
