//! Shows what happens in the shop as it happens, and when each view has it: a line for each
//! commit, and one for each view with how much later it was there. Ctrl-C ends it.
//!
//! It asks for the names of all streams, and each of them for what is new, fifty times a second.
//! That is how to look at a small shop, and no way to follow a large one.

use std::collections::BTreeMap;
use std::env;
use std::io::{self, Write};
use std::time::Duration;

use anyhow::{Context, Result};
use ch03_platform::table::connect;
use ch07_events::clock::now;
use ch08_event_sourcing::pet::{Event, Pets};
use ch08_event_sourcing::shop::PREFIX;
use ch09_projections::kept::{self, Views};
use ch09_projections::projector::Projector;
use ch09_projections::rows::{At, Rows};
use ch09_projections::views::{Kept, View};
use event_store::{Backend, StreamId, Told};
use tokio::time::{Instant, sleep};

/// Between two looks at all streams, and at a row that does not have it yet.
const PAUSE: Duration = Duration::from_millis(20);
const SHORT: Duration = Duration::from_millis(5);

/// How long a view is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many streams, or commits of one, are asked for at once.
const PAGE: u32 = 100;

/// What is known of a stream: how many commits were shown, and what the pet is called.
type Shown = BTreeMap<StreamId, (u64, String)>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let table = env::var("TABLE").context("TABLE is not set")?;
    let views = Views::new(&connect().await, &table, &kept::table());
    let mut shown = Shown::new();
    loop {
        for stream in all(&views).await? {
            let (number, name) = shown.entry(stream.clone()).or_default();
            for commit in views.streams.read(&stream, *number, PAGE).await? {
                *number = commit.number;
                for line in Box::pin(lines(&views, &stream, name, &commit)).await? {
                    match writeln!(io::stdout(), "{line}") {
                        // Whoever has read enough has hung up.
                        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
                        written => written?,
                    }
                }
            }
        }
        sleep(PAUSE).await;
    }
}

async fn all(views: &Views) -> Result<Vec<StreamId>> {
    let mut streams: Vec<StreamId> = vec![];
    loop {
        let backend = views.streams.backend();
        let page = backend.streams(PREFIX, streams.last(), PAGE).await?;
        if page.is_empty() {
            return Ok(streams);
        }
        streams.extend(page);
    }
}

/// What has happened, and what each view says of it.
async fn lines(
    views: &Views,
    stream: &StreamId,
    name: &mut String,
    commit: &Told<Pets>,
) -> Result<Vec<String>> {
    let what = commit.events.iter().map(|event| what(name, event));
    let what: Vec<String> = what.collect();
    let mut lines = vec![format!(
        "{name}, commit {}: {}",
        commit.number,
        what.join(", ")
    )];
    let (list, returns, homes) = (views.list(), views.returns(), views.homes());
    let (list, returns, homes) = tokio::try_join!(
        when(&list, stream, commit),
        when(&returns, stream, commit),
        when(&homes, stream, commit),
    )?;
    let pet = list
        .0
        .row
        .as_ref()
        .map_or("unknown", |pet| pet.status.name());
    lines.push(format!("  list     {:>6} ms  {pet}", list.1));
    let times = returns.0.row.times;
    lines.push(format!("  returns  {:>6} ms  {times} returns", returns.1));
    let of = views.homes.generations().await?.current;
    let total = views.homes.total(of).await?;
    lines.push(format!(
        "  homes    {:>6} ms  {total} in the window",
        homes.1
    ));
    Ok(lines)
}

/// A row once it has a commit, and how many milliseconds later than that was decided.
async fn when<V, B, R>(
    projector: &Projector<'_, V, B, R>,
    stream: &StreamId,
    commit: &Told<Pets>,
) -> Result<(At<V::Row>, u128)>
where
    V: Kept + View<Of = Pets>,
    R: Rows<Row = V::Row>,
{
    let begun = Instant::now();
    loop {
        let of = projector.rows.generations().await?.current;
        let at = projector.rows.get(of, stream).await?;
        let is_late = begun.elapsed() > PATIENCE;
        if at.commit >= commit.number || is_late {
            let later = now().saturating_sub(commit.at).as_millis();
            return Ok((at, later));
        }
        sleep(SHORT).await;
    }
}

fn what(name: &mut String, event: &Event) -> String {
    match event {
        Event::TakenIn(_, about) => {
            name.clone_from(&about.name);
            format!("is taken in, a {} of {}", about.species, about.born)
        }
        Event::Adopted { customer, .. } => format!("is adopted by {}", customer.0),
        Event::Returned { reason } => format!("comes back: {reason}"),
    }
}
