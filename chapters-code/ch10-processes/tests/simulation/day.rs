//! All that there is of one day.

use std::collections::BTreeMap;
use std::future::pending;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ch10_processes::checkout::CheckoutId;
use ch10_processes::performer::{Performer, Stuck};
use ch10_processes::provider::ledger::Ledger;
use ch10_processes::time::millis;
use event_store::{Memory, Settings, Store, StreamId};
use fastrand::Rng;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use crate::guards::{Checkouts, Shelter};
use crate::line::Line;
use crate::wire::Wire;

/// When it begins, since 1970.
const BEGIN: Duration = Duration::from_secs(1_795_000_000);

/// How long a performer may work until it is stopped: one that hears something.
pub const HEARING: Duration = Duration::from_secs(4);

/// And one that looks after all checkouts.
pub const SWEEPING: Duration = Duration::from_secs(20);

/// How late it may be said that something is new.
const SAID: Duration = Duration::from_secs(5);

/// How often it is tried to say it.
const TRIES: usize = 2;

/// How many performers there are at a time.
const INSTANCES: usize = 3;

/// What goes wrong in a hundred calls.
const PER_CALL: u64 = 2;

/// How many milliseconds the provider's clock may be behind.
const AHEAD: u64 = 15_000;

/// How often what has happened.
#[derive(Debug, Default)]
pub struct Faults(pub Mutex<BTreeMap<&'static str, u64>>);

pub type Shop = Performer<Checkouts, Shelter, Wire, Line>;

pub struct Day {
    pub memory: Arc<Memory>,
    pub ledger: Mutex<Ledger>,
    /// When a stream was begun: for a while the list does not have it.
    pub begun: Mutex<BTreeMap<StreamId, Instant>>,
    pub faults: Arc<Faults>,
    start: Instant,
    /// How much later it is for the shop than for the provider.
    ahead: Duration,
    dice: Mutex<Rng>,
    is_bad: AtomicBool,
    /// What is on its way.
    tasks: Mutex<JoinSet<()>>,
    instances: Mutex<Vec<Arc<Shop>>>,
}

impl Day {
    pub fn new(seed: u64, faults: &Arc<Faults>) -> Arc<Self> {
        let mut dice = Rng::with_seed(seed);
        let ahead = Duration::from_millis(dice.u64(..AHEAD));
        let day = Arc::new(Self {
            memory: Arc::default(),
            ledger: Mutex::default(),
            begun: Mutex::default(),
            faults: Arc::clone(faults),
            start: Instant::now(),
            ahead,
            dice: Mutex::new(dice),
            is_bad: AtomicBool::new(true),
            tasks: Mutex::default(),
            instances: Mutex::default(),
        });
        for _ in 0..INSTANCES {
            let instance = day.instance();
            day.instances.lock().expect("nobody panics").push(instance);
        }
        day
    }

    pub fn now(&self) -> Duration {
        BEGIN + self.start.elapsed()
    }

    /// By the provider's clock.
    pub fn theirs(&self) -> u64 {
        millis(self.now().saturating_sub(self.ahead))
    }

    pub fn count(&self, what: &'static str) {
        let mut faults = self.faults.0.lock().expect("nobody panics");
        *faults.entry(what).or_default() += 1;
    }

    pub fn dice(&self, below: u64) -> u64 {
        self.dice.lock().expect("nobody panics").u64(..below)
    }

    /// Whether it happens that goes wrong in so many of a hundred cases.
    pub fn is_bad(&self, percent: u64) -> bool {
        let percent = percent * u64::from(self.is_bad.load(Ordering::Relaxed));
        self.dice(100) < percent
    }

    pub fn pause(&self, most: Duration) -> Duration {
        let most = u64::try_from(most.as_millis()).unwrap_or(u64::MAX);
        Duration::from_millis(self.dice(most + 1))
    }

    /// Another's turn; and whoever is at it may die of it.
    pub async fn step(&self, death: &'static str) {
        let most = if self.is_bad(4) { 3_000 } else { 20 };
        sleep(self.pause(Duration::from_millis(most))).await;
        if self.is_bad(PER_CALL) {
            self.count(death);
            // Nobody wakes it any more; when its time is over it is cleared away.
            pending::<()>().await;
        }
    }

    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.lock().expect("nobody panics").spawn(task);
    }

    fn instance(self: &Arc<Self>) -> Arc<Shop> {
        let settings = Settings::default();
        Arc::new(Performer {
            checkouts: Store::new(Wire(Arc::clone(self)), settings.clone()),
            pets: Store::new(Wire(Arc::clone(self)), settings),
            payments: Line(Arc::clone(self)),
        })
    }

    /// Lets one of the performers do this; whether it has come to an end, and to a good one.
    pub async fn run<T>(
        self: &Arc<Self>,
        limit: Duration,
        work: impl AsyncFnOnce(Arc<Shop>, Duration) -> Result<T, Stuck>,
    ) -> Option<T> {
        let which = usize::try_from(self.dice(INSTANCES as u64)).expect("it is small");
        let shop = Arc::clone(&self.instances.lock().expect("nobody panics")[which]);
        let done = timeout(limit, work(Arc::clone(&shop), self.now())).await;
        let Ok(done) = done else {
            self.count("performers that were stopped");
            // What it knew is lost with it.
            let fresh = self.instance();
            self.instances.lock().expect("nobody panics")[which] = fresh;
            return None;
        };
        done.ok()
    }

    /// A checkout has a commit: somebody hears of it, not at all, once, or more often.
    pub fn ring(self: &Arc<Self>, checkout: &CheckoutId) {
        let times = self.dice(4);
        match times {
            0 => self.count("doorbells lost"),
            1 => {}
            _ => self.count("doorbells rung more than once"),
        }
        for _ in 0..times {
            self.spawn(Arc::clone(self).hear(checkout.clone()));
        }
    }

    async fn hear(self: Arc<Self>, checkout: CheckoutId) {
        for _ in 0..TRIES {
            sleep(self.pause(SAID)).await;
            let heard = self.run(HEARING, async |shop, now| shop.heard(&checkout, now).await);
            if heard.await.is_some() {
                return;
            }
        }
        self.count("doorbells given up");
    }

    /// Nothing goes wrong any more, and what is on its way arrives.
    pub async fn calm_down(&self) {
        self.is_bad.store(false, Ordering::Relaxed);
        loop {
            let mut tasks = std::mem::take(&mut *self.tasks.lock().expect("nobody panics"));
            if tasks.is_empty() {
                return;
            }
            while let Some(ended) = tasks.join_next().await {
                ended.expect("nobody panics");
            }
        }
    }

    /// A day ends: who knows it forgets it.
    pub fn end(&self) {
        self.instances.lock().expect("nobody panics").clear();
    }
}
