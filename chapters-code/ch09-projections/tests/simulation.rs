//! A shop on bad days: what is new is said up to three times, or not at all, late, and in any
//! order; the list of streams is late; whoever listens dies between any two calls; and in
//! the middle of it the views are made anew. In the end every row is what its stream says, and
//! the sum is that of the rows.

use std::collections::BTreeMap;
use std::env;
use std::fmt::Debug;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use ch01_bare_server::pets::{Customer, Description, Money, PetId};
use ch08_event_sourcing::pet::{self, Pets, Wish};
use ch09_projections::projector::{Behind, Projector};
use ch09_projections::rebuild::Lateness;
use ch09_projections::rows::{self, At, Away, Generation, Generations, Put, Rows};
use ch09_projections::views::{Contribution, Homes, Returns, Summed, View};
use event_store::{
    Appended, AppendedAll, Backend, Command, Commit, Error, Fault, Issued, Memory, Settings, Store,
    StreamId,
};
use fastrand::Rng;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

/// On how many days a missing guard has to be missed.
const SEEDS: u64 = 1_000;
/// How many days pass with all guards, unless `DAYS` says so: the page has a thousand.
const DAYS: u64 = 100;
const PETS: usize = 4;
/// What is tried with each of them.
const WISHES: usize = 6;
/// How late the list of streams may be.
const LATE: Duration = Duration::from_secs(2);
/// How late it may be said that something is new.
const SAID: Duration = Duration::from_secs(5);
/// How long a listener may work until it is stopped.
const TIMEOUT: Duration = Duration::from_secs(4);
/// How often a call fails of whoever listens.
const DIES: u8 = 10;

/// A guard that is taken out, to see whether anybody notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Without {
    /// None is.
    Nothing,
    /// A row is written over whatever is there.
    Condition,
    /// A difference is added, whatever the row is by now of which it was reckoned.
    Guard,
    /// What a commit says is applied, whatever came before it.
    Gaps,
    /// What is new is brought to the rows that customers see, and not to those that are made.
    Both,
    /// The list is asked for at once.
    Wait,
    /// Nobody looks after what was not said.
    Sweep,
}

/// Faults of each kind.
#[derive(Debug, Default)]
struct Faults(Mutex<BTreeMap<&'static str, u64>>);

impl Faults {
    fn count(&self, what: &'static str) {
        *self
            .0
            .lock()
            .expect("nobody panics")
            .entry(what)
            .or_default() += 1;
    }
}

/// The rows of a view, and who has looked at them.
struct Kept<R> {
    rows: rows::Memory<R>,
    /// How far rows were when somebody last looked at them.
    looked: Mutex<BTreeMap<(Generation, StreamId), u64>>,
    /// What guards a row of it.
    guard: Without,
}

impl<R> Kept<R> {
    fn new(rows: rows::Memory<R>, guard: Without) -> Arc<Self> {
        let looked = Mutex::default();
        Arc::new(Self {
            rows,
            looked,
            guard,
        })
    }
}

/// All that there is of one day.
struct Day {
    memory: Arc<Memory>,
    /// When a stream was begun: for a while the list does not have it.
    begun: Mutex<BTreeMap<StreamId, Instant>>,
    returns: Arc<Kept<Contribution>>,
    homes: Arc<Kept<bool>>,
    /// Whether a row went back, also by a switch, so that customers saw what was so before.
    went_back: AtomicBool,
    dice: Mutex<Rng>,
    /// Whether calls of listeners may fail.
    is_bad: AtomicBool,
    without: Without,
    faults: Arc<Faults>,
}

impl Day {
    fn dice(&self, below: u64) -> u64 {
        self.dice.lock().expect("nobody panics").u64(..below)
    }

    fn pause(&self, most: Duration) -> Duration {
        let most = u64::try_from(most.as_millis()).unwrap_or(u64::MAX);
        Duration::from_millis(self.dice(most + 1))
    }

    /// Another's turn; and the listener may die of it.
    async fn call(&self) -> bool {
        let slow = self.dice(10) == 0;
        let most = if slow { 3_000 } else { 20 };
        sleep(self.pause(Duration::from_millis(most))).await;
        let dies = self.is_bad.load(Ordering::Relaxed) && self.dice(100) < DIES.into();
        if dies {
            self.faults.count("deaths of listeners");
        }
        !dies
    }
}

/// What listeners see of a day, and of the rows of a view.
struct Seen<R>(Arc<Day>, Arc<Kept<R>>);

impl<R> Clone for Seen<R> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0), Arc::clone(&self.1))
    }
}

fn gone() -> Fault {
    Fault::Refused("it has died".to_owned())
}

impl<R: Send + Sync> Backend for Seen<R> {
    async fn append(&self, _: &Commit) -> Result<Appended, Fault> {
        Err(Fault::Refused("listeners do not write".to_owned()))
    }

    async fn append_all(&self, _: &[Commit]) -> Result<AppendedAll, Fault> {
        Err(Fault::Refused("listeners do not write".to_owned()))
    }

    async fn backwards(
        &self,
        stream: &StreamId,
        up_to: Option<u64>,
        most: u32,
    ) -> Result<Vec<Commit>, Fault> {
        self.0.memory.backwards(stream, up_to, most).await
    }

    async fn forwards(
        &self,
        stream: &StreamId,
        after: u64,
        most: u32,
    ) -> Result<Vec<Commit>, Fault> {
        if !self.0.call().await {
            return Err(gone());
        }
        self.0.memory.forwards(stream, after, most).await
    }

    async fn streams(
        &self,
        prefix: &str,
        after: Option<&StreamId>,
        most: u32,
    ) -> Result<Vec<StreamId>, Fault> {
        if !self.0.call().await {
            return Err(gone());
        }
        let mut streams = self.0.memory.streams(prefix, after, most).await?;
        let begun = self.0.begun.lock().expect("nobody panics");
        let before = streams.len();
        streams.retain(|stream| begun[stream].elapsed() > LATE);
        if streams.len() < before {
            self.0.faults.count("streams that were not listed yet");
        }
        Ok(streams)
    }
}

impl<R: Default + Clone + Send + Sync> Rows for Seen<R> {
    type Row = R;

    async fn get(&self, of: Generation, stream: &StreamId) -> Result<At<R>, Away> {
        if !self.0.call().await {
            return Err(Away("it has died".to_owned()));
        }
        let at = self.1.rows.get(of, stream).await?;
        let looked = |at: &At<R>| {
            let mut looked = self.1.looked.lock().expect("nobody panics");
            looked.insert((of, stream.clone()), at.commit)
        };
        let before = looked(&at);
        // Whoever knows of an older one finds it cleared away, and no customer looks there.
        let is_seen = of >= self.1.rows.generations().await?.current;
        if is_seen && before.is_some_and(|before| before > at.commit) {
            self.0.went_back.store(true, Ordering::Relaxed);
        }
        Ok(at)
    }

    async fn put(
        &self,
        of: Generation,
        stream: &StreamId,
        before: &At<R>,
        now: At<R>,
    ) -> Result<Put, Away> {
        if !self.0.call().await {
            return Err(Away("it has died".to_owned()));
        }
        if self.0.without == self.1.guard {
            self.1.rows.overwrite(of, stream, before, now);
            return Ok(Put::There);
        }
        let put = self.1.rows.put(of, stream, before, now).await?;
        if put == Put::Changed {
            self.0.faults.count("sums that others had changed");
        }
        Ok(put)
    }

    async fn begin(
        &self,
        of: Generation,
        rows: Vec<(StreamId, At<R>)>,
    ) -> Result<Vec<StreamId>, Away> {
        let (nothing, mut changed) = (At::default(), vec![]);
        for (stream, now) in rows {
            if self.put(of, &stream, &nothing, now).await? == Put::Changed {
                changed.push(stream);
            }
        }
        Ok(changed)
    }

    async fn remove(&self, of: Generation, streams: &[StreamId]) -> Result<(), Away> {
        if !self.0.call().await {
            return Err(Away("it has died".to_owned()));
        }
        self.1.rows.remove(of, streams).await
    }

    async fn generations(&self) -> Result<Generations, Away> {
        let mut generations = self.1.rows.generations().await?;
        if self.0.without == Without::Both {
            generations.building = None;
        }
        Ok(generations)
    }

    async fn set_generations(&self, before: Generations, now: Generations) -> Result<bool, Away> {
        let is_changed = self.1.rows.set_generations(before, now).await?;
        if !is_changed {
            return Ok(false);
        }
        let all = |generation| self.1.rows.all(generation);
        let (old, new) = (all(before.current), all(now.current));
        let far = |stream| new.get(stream).map_or(0, |at| at.commit);
        if old.iter().any(|(stream, at)| far(stream) < at.commit) {
            self.0.went_back.store(true, Ordering::Relaxed);
        }
        Ok(true)
    }
}

/// The views, as listeners see them.
fn seen(day: &Arc<Day>) -> (Seen<Contribution>, Seen<bool>) {
    (
        Seen(Arc::clone(day), Arc::clone(&day.returns)),
        Seen(Arc::clone(day), Arc::clone(&day.homes)),
    )
}

fn streams<R: Send + Sync>(seen: &Seen<R>) -> Store<Pets, Seen<R>> {
    Store::new(seen.clone(), Settings::default())
}

/// Hears that a commit is there, and again as long as it has died of it.
async fn listen(day: Arc<Day>, stream: StreamId, commit: u64) {
    let (returns, homes) = seen(&day);
    let returns = hear::<Returns>(returns, stream.clone(), commit);
    let homes = hear::<Homes>(homes, stream, commit);
    tokio::join!(returns, homes);
}

async fn hear<V: View<Of = Pets, Row: Send + Sync>>(
    seen: Seen<V::Row>,
    stream: StreamId,
    commit: u64,
) {
    let day = &seen.0;
    sleep(day.pause(SAID)).await;
    let streams = streams(&seen);
    let projector: Projector<V, _, _> = Projector {
        streams: &streams,
        rows: &seen,
    };
    loop {
        let heard = async {
            if day.without == Without::Gaps {
                trust::<V>(&seen, &streams, &stream, commit).await
            } else {
                let heard = projector.heard(&stream, commit).await;
                heard.map(drop).map_err(Into::into)
            }
        };
        if let Ok(Ok(())) = timeout(TIMEOUT, heard).await {
            return;
        }
        sleep(day.pause(SAID)).await;
    }
}

/// A listener who believes what the commit says, and applies it to the row that is there.
async fn trust<V: View<Of = Pets, Row: Send + Sync>>(
    seen: &Seen<V::Row>,
    streams: &Store<Pets, Seen<V::Row>>,
    stream: &StreamId,
    commit: u64,
) -> Result<()> {
    for generation in seen.generations().await?.all() {
        let at = seen.get(generation, stream).await?;
        let page = streams.read(stream, commit - 1, 1).await?;
        let events = page.iter().flat_map(|commit| &commit.events);
        let row = events.fold(at.row.clone(), V::apply);
        seen.put(generation, stream, &at, At { commit, row })
            .await?;
    }
    Ok(())
}

/// What happens to one pet, and who is told of it.
async fn life(day: Arc<Day>, number: usize, listeners: Arc<Mutex<JoinSet<()>>>) {
    let stream = StreamId(format!("pet#{number}"));
    sleep(day.pause(Duration::from_secs(10))).await;
    let store: Store<Pets, _> = Store::new(Arc::clone(&day.memory), Settings::default());
    for wish in 0..=WISHES {
        let command = command(number, wish, day.dice(2) == 0);
        let now = Duration::from_secs(1_795_000_000);
        let issued = Issued::at(Command::once(), now);
        match store.execute(&stream, &issued, &command).await {
            Ok(done) if !done.events.is_empty() => {
                let begun = Instant::now();
                let mut all = day.begun.lock().expect("nobody panics");
                all.entry(stream.clone()).or_insert(begun);
                drop(all);
                let times = day.dice(4);
                match times {
                    0 => day.faults.count("commits that nobody spoke of"),
                    1 => {}
                    _ => day
                        .faults
                        .count("commits that were spoken of more than once"),
                }
                let mut listeners = listeners.lock().expect("nobody panics");
                for _ in 0..times {
                    listeners.spawn(listen(Arc::clone(&day), stream.clone(), done.number));
                }
            }
            Ok(_) | Err(Error::Refused(_)) => {}
            Err(Error::Failed(failure)) => panic!("{failure}"),
        }
        sleep(day.pause(Duration::from_secs(3))).await;
    }
}

fn command(number: usize, wish: usize, adopts: bool) -> pet::Command {
    let pet = PetId(number.to_string());
    let wish = match wish {
        0 => Wish::TakeIn(about(number)),
        _ if adopts => Wish::Adopt {
            customer: Customer("Ada".into()),
            together: vec![],
        },
        _ => Wish::Return {
            reason: "He eats the tulips".into(),
        },
    };
    pet::Command { pet, wish }
}

fn about(number: usize) -> Description {
    let price = Money {
        amount: 4_500,
        currency: "EUR".into(),
    };
    let species = ["tortoise", "dog"][number % 2].into();
    Description {
        name: number.to_string(),
        species,
        born: 2024,
        price,
    }
}

/// Makes a view anew, and again if that dies.
async fn rebuild<V: View<Of = Pets, Row: Send + Sync>>(seen: Seen<V::Row>) {
    let day = &seen.0;
    sleep(day.pause(Duration::from_secs(15))).await;
    let streams = streams(&seen);
    let projector: Projector<V, _, _> = Projector {
        streams: &streams,
        rows: &seen,
    };
    let wait = match day.without {
        Without::Wait => Duration::ZERO,
        _ => TIMEOUT.max(LATE) + Duration::from_millis(500),
    };
    loop {
        let before = seen.1.rows.generations().await;
        let before = before.expect("memory is not away").current;
        let rebuilt = projector.rebuild(Lateness(wait)).await;
        day.faults.count(match rebuilt {
            Ok(_) => "rebuilds",
            Err(Behind::Another) => "rebuilds that another has overtaken",
            Err(_) => "rebuilds that died",
        });
        if rebuilt.is_ok() && projector.clear(before).await.is_ok() {
            day.faults
                .count("rebuilds that have cleared away what was old");
        }
        if matches!(rebuilt, Ok(_) | Err(Behind::Another)) {
            return;
        }
    }
}

async fn run(seed: u64, without: Without, faults: &Arc<Faults>) -> Result<()> {
    fastrand::seed(seed);
    let day = Arc::new(Day {
        memory: Arc::default(),
        begun: Mutex::default(),
        returns: Kept::new(rows::Memory::default(), Without::Condition),
        homes: Kept::new(rows::Memory::summed(Homes::amount), Without::Guard),
        went_back: AtomicBool::new(false),
        dice: Mutex::new(Rng::with_seed(seed)),
        is_bad: AtomicBool::new(true),
        without,
        faults: Arc::clone(faults),
    });
    let listeners = Arc::new(Mutex::new(JoinSet::new()));
    let mut lives = JoinSet::new();
    for number in 0..PETS {
        lives.spawn(life(Arc::clone(&day), number, Arc::clone(&listeners)));
    }
    // Two, who get in each other's way.
    for _ in 0..2 {
        let (returns, homes) = seen(&day);
        lives.spawn(rebuild::<Returns>(returns));
        lives.spawn(rebuild::<Homes>(homes));
    }
    while let Some(ended) = lives.join_next().await {
        ended?;
    }
    // The day ends: nobody dies any more, and what is on its way arrives.
    day.is_bad.store(false, Ordering::Relaxed);
    let mut listeners = std::mem::take(&mut *listeners.lock().expect("nobody panics"));
    while let Some(ended) = listeners.join_next().await {
        ended?;
    }
    if without != Without::Sweep {
        sleep(LATE + Duration::from_secs(1)).await;
        let (returns, homes) = seen(&day);
        sweep::<Returns>(returns).await?;
        sweep::<Homes>(homes).await?;
    }
    check(&day).await
}

async fn sweep<V: View<Of = Pets, Row: Send + Sync>>(seen: Seen<V::Row>) -> Result<()> {
    let streams = streams(&seen);
    let projector: Projector<V, _, _> = Projector {
        streams: &streams,
        rows: &seen,
    };
    projector.sweep().await?;
    Ok(())
}

/// Whether every row is what its stream says, and the sum that of the rows.
async fn check(day: &Day) -> Result<()> {
    ensure!(!day.went_back.load(Ordering::Relaxed), "a row went back");
    check_rows::<Returns>(day, &day.returns.rows).await?;
    let (of, homes) = check_rows::<Homes>(day, &day.homes.rows).await?;
    let due: i64 = homes.iter().map(Homes::amount).sum();
    let total = day.homes.rows.total(of);
    ensure!(total == due, "{total} homes, and {due} are due");
    Ok(())
}

/// Which rows are seen, and all that are due.
async fn check_rows<V>(day: &Day, rows: &rows::Memory<V::Row>) -> Result<(Generation, Vec<V::Row>)>
where
    V: View<Of = Pets, Row: Send + Sync + PartialEq + Debug>,
{
    let store: Store<Pets, _> = Store::new(Arc::clone(&day.memory), Settings::default());
    let generations = rows.generations().await?;
    ensure!(generations.building.is_none(), "{generations:?}");
    let rows = rows.all(generations.current);
    let begun = day.begun.lock().expect("nobody panics").clone();
    let mut all = vec![];
    for stream in begun.keys() {
        let commits = store.read(stream, 0, 100).await?;
        let events = commits.iter().flat_map(|commit| &commit.events);
        let due = events.fold(V::Row::default(), V::apply);
        let row = rows
            .get(stream)
            .with_context(|| format!("{stream} has no row"))?;
        let last = commits.last().map(|commit| commit.number);
        ensure!(
            row.row == due && Some(row.commit) == last,
            "{stream}: {row:?}, and {due:?} is due"
        );
        all.push(due);
    }
    Ok((generations.current, all))
}

fn days() -> Result<u64> {
    let told = env::var("DAYS").ok();
    let told = told.map(|days| days.parse().context("DAYS is no number"));
    told.unwrap_or(Ok(DAYS))
}

#[tokio::test(start_paused = true)]
async fn whatever_is_heard_every_row_is_what_its_stream_says() -> Result<()> {
    let faults = Arc::default();
    let days = days()?;
    for seed in 0..days {
        let day = run(seed, Without::Nothing, &faults).await;
        day.with_context(|| format!("seed {seed}"))?;
    }
    let faults = faults.0.lock().expect("nobody panics");
    println!("{days} days");
    for (what, count) in faults.iter() {
        println!("{count:>8}  {what}");
    }
    for kind in [
        "commits that nobody spoke of",
        "commits that were spoken of more than once",
        "deaths of listeners",
        "streams that were not listed yet",
        "rebuilds",
        "rebuilds that died",
        "rebuilds that another has overtaken",
        "rebuilds that have cleared away what was old",
        "sums that others had changed",
    ] {
        ensure!(
            faults.get(kind).is_some_and(|count| *count > days / 10),
            "{kind}"
        );
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn whichever_guard_is_missing_is_missed() -> Result<()> {
    for without in [
        Without::Condition,
        Without::Guard,
        Without::Gaps,
        Without::Both,
        Without::Wait,
        Without::Sweep,
    ] {
        let faults = Arc::default();
        let mut seed = 0;
        while run(seed, without, &faults).await.is_ok() {
            seed += 1;
            if seed == SEEDS {
                bail!("{without:?} is missed by nobody");
            }
        }
        println!("{without:?}: seed {seed}");
    }
    Ok(())
}
