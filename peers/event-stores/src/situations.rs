//! The situations in which a command may find itself. Each has a pet of its own.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use aws_config::BehaviorVersion;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{Credentials, Region};
use aws_smithy_http_client::Builder;

use crate::line::Line;
use crate::meter::Meter;
use crate::peer::{Outcome, Peer};
use crate::pet::{Event, Pet, Wish};

/// Commands before the one that is counted.
const BEFORE: usize = 10;

/// How often a caller tries again who is told of a conflict.
const PATIENCE: u32 = 5;

/// Answers, all of which are lost.
const ALL: usize = 1_000;

/// What a pet is given.
const CENTS: u64 = 500;

/// A store in a process of its own: nothing is shared with another but the database.
struct Process<P> {
    store: P,
    meter: Meter,
}

/// What is being counted.
struct Count<'a, P> {
    process: &'a Process<P>,
    pet: &'a str,
    asked: u32,
    began: Instant,
}

/// A client of the database at this address, with a meter in it.
pub async fn client(url: &str) -> (Client, Meter) {
    let meter = Meter::new(Builder::new().build_http());
    // Only a hang is longer.
    let patience = Duration::from_mins(1);
    let timeouts = TimeoutConfig::builder().operation_attempt_timeout(patience);
    let config = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(meter.clone())
        .timeout_config(timeouts.read_timeout(patience).build())
        .endpoint_url(url)
        .region(Region::new("eu-central-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "local"));
    (Client::new(&config.load().await), meter)
}

impl<P: Peer> Process<P> {
    async fn start(url: &str) -> Result<Self> {
        let (client, meter) = client(url).await;
        let store = P::open(&client).await?;
        let process = Self { store, meter };
        Ok(process)
    }

    fn count<'a>(&'a self, pet: &'a str) -> Count<'a, P> {
        let _ = self.meter.spent();
        Count {
            process: self,
            pet,
            asked: 0,
            began: Instant::now(),
        }
    }

    /// Commands before the one that is counted: adoptions and returns.
    async fn live(&self, pet: &str, keys: bool) -> Result<()> {
        for number in 0..BEFORE {
            let wish = if number % 2 == 0 {
                adopt("Ada")
            } else {
                Wish::Return
            };
            let key = keys.then(|| key(pet, &number.to_string()));
            let done = self.store.execute(pet, key.as_deref(), &wish).await;
            ensure!(done == Outcome::Done, "{}: {done:?}", P::NAME);
        }
        Ok(())
    }
}

impl<P: Peer> Count<'_, P> {
    /// As a caller does it: whoever is told of a conflict tries again.
    async fn ask(&mut self, key: Option<&str>, wish: &Wish) -> Outcome {
        loop {
            self.asked += 1;
            let outcome = self.process.store.execute(self.pet, key, wish).await;
            if outcome != Outcome::Conflict || self.asked >= PATIENCE {
                return outcome;
            }
        }
    }

    async fn line(
        &self,
        situation: &'static str,
        outcome: &Outcome,
        wanted: &Event,
    ) -> Result<Line> {
        let spent = self.process.meter.spent();
        let ms = self.began.elapsed().as_secs_f64() * 1_000.0;
        let history = self.process.store.history(self.pet).await?;
        let told = self.process.store.load(self.pet).await?;
        let mut due = Pet::default();
        for event in &history {
            due.apply(event);
        }
        ensure!(
            told == due,
            "{}: {told:?} is not what its events say",
            P::NAME
        );
        Ok(Line {
            store: P::NAME,
            situation,
            requests: spent.requests,
            reads: spent.reads,
            writes: spent.writes,
            by_rule: spent.by_rule,
            asked: self.asked,
            outcome: outcome.told(),
            happened: history.iter().filter(|event| *event == wanted).count(),
            ms,
        })
    }
}

fn adopt(who: &str) -> Wish {
    Wish::Adopt(who.to_owned())
}

fn adopted(who: &str) -> Event {
    Event::Adopted(who.to_owned())
}

/// All situations of a store, on pets whose names begin with `run`.
///
/// # Errors
///
/// When the database is away, and when a store does what no store may: a state that is not what the events say.
pub async fn all<P: Peer>(url: &str, run: &str) -> Result<Vec<Line>> {
    let (admin, _) = client(url).await;
    P::make(&admin).await?;
    let pet = |name: &str| format!("{run}-{name}");
    let mut lines = vec![
        Box::pin(open::<P>(url)).await?,
        Box::pin(first::<P>(url, &pet("first"))).await?,
    ];
    lines.extend(Box::pin(cold_and_warm::<P>(url, &pet("cold"))).await?);
    lines.push(Box::pin(with_keys::<P>(url, &pet("keys"))).await?);
    lines.push(Box::pin(race::<P>(url, &pet("race"))).await?);
    lines.push(Box::pin(one_lost::<P>(url, &pet("one"))).await?);
    lines.extend(Box::pin(all_lost::<P>(url, &pet("all"))).await?);
    Ok(lines)
}

/// Opening the store in a new process, which comes before every cold command.
async fn open<P: Peer>(url: &str) -> Result<Line> {
    let began = Instant::now();
    let process = Process::<P>::start(url).await?;
    let spent = process.meter.spent();
    Ok(Line {
        store: P::NAME,
        situation: "a process opens it",
        requests: spent.requests,
        reads: spent.reads,
        writes: spent.writes,
        by_rule: spent.by_rule,
        asked: 0,
        outcome: "done".to_owned(),
        happened: 0,
        ms: began.elapsed().as_secs_f64() * 1_000.0,
    })
}

async fn first<P: Peer>(url: &str, pet: &str) -> Result<Line> {
    let process = Process::<P>::start(url).await?;
    let mut count = process.count(pet);
    let outcome = count.ask(None, &adopt("Ben")).await;
    count
        .line("first command of a pet", &outcome, &adopted("Ben"))
        .await
}

/// The snapshot is in what was written last.
async fn cold_and_warm<P: Peer>(url: &str, pet: &str) -> Result<[Line; 2]> {
    Process::<P>::start(url).await?.live(pet, false).await?;
    let process = Process::<P>::start(url).await?;
    let mut count = process.count(pet);
    let outcome = count.ask(None, &adopt("Ben")).await;
    let cold = count.line("cold", &outcome, &adopted("Ben")).await?;
    let mut count = process.count(pet);
    let outcome = count.ask(None, &Wish::Give(CENTS)).await;
    let warm = count.line("warm", &outcome, &Event::Given(CENTS)).await?;
    Ok([cold, warm])
}

async fn with_keys<P: Peer>(url: &str, pet: &str) -> Result<Line> {
    Process::<P>::start(url).await?.live(pet, true).await?;
    let process = Process::<P>::start(url).await?;
    let mut count = process.count(pet);
    let key = key(pet, "ben");
    let outcome = count.ask(Some(&key), &adopt("Ben")).await;
    count
        .line("cold, all commands with a key", &outcome, &adopted("Ben"))
        .await
}

/// Both have read when Cleo's write goes out, and Ben's is done before it. What Cleo's costs is counted.
async fn race<P: Peer>(url: &str, pet: &str) -> Result<Line> {
    Process::<P>::start(url).await?.live(pet, false).await?;
    let bens = Process::<P>::start(url).await?;
    let cleos = Process::<P>::start(url).await?;
    let held = cleos.meter.hold();
    let mut count = cleos.count(pet);
    let (bens_wish, cleos_wish) = (adopt("Ben"), adopt("Cleo"));
    let overtake = async {
        held.come.await?;
        let outcome = bens.store.execute(pet, None, &bens_wish).await;
        ensure!(outcome == Outcome::Done, "{}: {outcome:?}", P::NAME);
        // Cleo may have gone.
        let _ = held.go.send(());
        Ok(())
    };
    let (outcome, overtaken) = tokio::join!(count.ask(None, &cleos_wish), overtake);
    overtaken?;
    count
        .line("two at once, the loser", &outcome, &adopted("Cleo"))
        .await
}

/// The first answer to the write is lost, and whoever notices tries again.
async fn one_lost<P: Peer>(url: &str, pet: &str) -> Result<Line> {
    let process = Process::<P>::start(url).await?;
    process.live(pet, false).await?;
    process.meter.lose(1);
    let mut count = process.count(pet);
    let key = key(pet, "gift");
    let outcome = count.ask(Some(&key), &Wish::Give(CENTS)).await;
    count
        .line("one answer lost", &outcome, &Event::Given(CENTS))
        .await
}

/// No answer comes through, so that the caller is told of an error, and asks again with the same key, in another process.
async fn all_lost<P: Peer>(url: &str, pet: &str) -> Result<[Line; 2]> {
    Process::<P>::start(url).await?.live(pet, false).await?;
    let (key, gift) = (key(pet, "gift"), Event::Given(CENTS));
    let cut_off = Process::<P>::start(url).await?;
    cut_off.meter.lose(ALL);
    let mut count = cut_off.count(pet);
    let outcome = count.ask(Some(&key), &Wish::Give(CENTS)).await;
    let lost = count.line("no answer comes", &outcome, &gift).await?;
    let process = Process::<P>::start(url).await?;
    let mut count = process.count(pet);
    let outcome = count.ask(Some(&key), &Wish::Give(CENTS)).await;
    let line = count.line("asked again after that", &outcome, &gift);
    Ok([lost, line.await?])
}

/// A key as long as those that customers make, which are UUIDs.
fn key(pet: &str, what: &str) -> String {
    format!("{:0>36}", format!("{pet}-{what}"))
}
