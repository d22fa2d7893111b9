//! What customers and the staff are told from the views.

use std::future::Future;
use std::time::Duration;

use aws_config::SdkConfig;
use ch01_bare_server::pets::{Pet, PetId};
use ch01_bare_server::query::invalid;
use ch01_bare_server::shop::Filter;
use ch02_virtual_server::answer::Answer;
use ch03_platform::failure::Failure;
use ch03_platform::store::PATIENCE;
use ch06_state::cursor::Cursors;
use event_store::StreamId;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};

use crate::kept::Views;
use crate::projector::{Behind, Projector};
use crate::rows::{At, Away, Generation, Rows};
use crate::search::Search;
use crate::seen::{self, Seen};
use crate::table::{Order, Page, Wanted};
use crate::views::{Kept, List, Places, by_species};

/// How long a customer waits for an index that has not followed.
const WAIT: Duration = Duration::from_secs(1);

/// How often it is asked.
const PAUSE: Duration = Duration::from_millis(50);

/// Reads the views.
#[derive(Debug)]
pub struct Shelf {
    /// The views.
    pub views: Views,
    /// What cursors are signed with; none, where no list is asked for.
    cursors: Option<Cursors>,
    /// How long anybody waits for an answer: [`PATIENCE`].
    pub patience: Duration,
}

impl Shelf {
    /// The views in one table, of the streams in another one.
    #[must_use]
    pub fn new(sdk: &SdkConfig, streams: &str, views: &str, cursors: Option<Cursors>) -> Self {
        Self {
            views: Views::new(sdk, streams, views),
            cursors,
            patience: PATIENCE,
        }
    }

    // ANCHOR: list
    /// A page of the list. `filter.after` is the cursor, as it has come.
    ///
    /// # Errors
    ///
    /// What is told instead, within 2 s.
    pub async fn list(&self, filter: &Filter, seen: &Seen) -> Result<Answer, Answer> {
        let cursor = filter.after.as_ref().map(|cursor| cursor.0.as_str());
        let Some(wanted) = wanted(filter) else {
            return Ok(Answer::page(&[], None));
        };
        self.page(filter, cursor, &wanted, seen).await
    }

    /// A page of those that wait, the oldest pet first.
    ///
    /// # Errors
    ///
    /// What is told instead, within 2 s.
    pub async fn search(&self, search: &Search, seen: &Seen) -> Result<Answer, Answer> {
        let (species, born) = (&search.species, &search.born);
        if born.is_empty() {
            return Ok(Answer::page(&[], None));
        }
        let place = |year: u16| format!("{species}#{year:04}");
        let wanted = Wanted {
            order: Order::Chosen,
            between: Some((place(born.start), place(born.end))),
            others: false,
            limit: search.limit,
        };
        let cursor = search.cursor.as_deref();
        self.page(&search.filter(), cursor, &wanted, seen).await
    }

    async fn page(
        &self,
        filter: &Filter,
        cursor: Option<&str>,
        wanted: &Wanted,
        seen: &Seen,
    ) -> Result<Answer, Answer> {
        let cursors = self.cursors.as_ref();
        let cursors = cursors
            .ok_or_else(|| Failure::Refused("this function has no key for cursors".into()))?;
        let after = cursor.map(|cursor| {
            let place = cursors.read(filter, cursor);
            place.ok_or_else(|| invalid("cursor", "it is none of this list"))
        });
        let after = after.transpose()?;
        let page = self.bounded(self.seen(wanted, after.as_deref(), seen));
        let page = page.await?;
        let pets = page.found.into_iter().filter_map(|found| found.at.row);
        let next = page.next.map(|place| PetId(cursors.write(filter, &place)));
        Ok(Answer::page(&pets.collect::<Vec<_>>(), next))
    }
    // ANCHOR_END: list

    // ANCHOR: seen
    /// A page on which is what somebody has seen. Rows that are behind are brought here and
    /// now, as if this stream had been heard of. The index follows by itself, and is waited for.
    async fn seen(
        &self,
        wanted: &Wanted,
        after: Option<&str>,
        seen: &Seen,
    ) -> Result<Page<Option<Pet>>, Answer> {
        let begun = Instant::now();
        loop {
            let of = self.views.list.generations().await?.current;
            let mut rows = vec![];
            for (stream, commit) in &seen.0 {
                let row = reach(&self.views.list(), of, stream, *commit).await?;
                rows.push((stream, *commit, row));
            }
            let page = self.views.list.page(of, wanted, after).await?;
            let mut rows = rows.iter();
            if rows.all(|(stream, commit, row)| {
                row.commit >= *commit && shows(&page, wanted, after, stream, row)
            }) {
                return Ok(page);
            }
            if begun.elapsed() > WAIT {
                return Err(seen::behind());
            }
            sleep(PAUSE).await;
        }
    }
    // ANCHOR_END: seen

    /// How many pets have a home.
    ///
    /// # Errors
    ///
    /// What is told instead, within 2 s.
    pub async fn display(&self, seen: &Seen) -> Result<Answer, Answer> {
        let homes = self.bounded(async {
            let of = self.views.homes.generations().await?.current;
            for (stream, commit) in &seen.0 {
                let row = reach(&self.views.homes(), of, stream, *commit).await?;
                if row.commit < *commit {
                    return Err(seen::behind());
                }
            }
            Ok(self.views.homes.total(of).await?)
        });
        Ok(Answer::ok(&json!({ "homes": homes.await? })))
    }

    // ANCHOR: report
    /// How often pets of each species came back, of those that did.
    ///
    /// # Errors
    ///
    /// What is told instead, within 2 s.
    pub async fn returns_by_species(&self) -> Result<Answer, Answer> {
        let rows = self.bounded(async {
            let of = self.views.returns.generations().await?.current;
            Ok(self.views.returns.every(of, Order::Chosen).await?)
        });
        let report = by_species(&rows.await?).into_iter();
        let rows = report.map(|(species, times)| json!({ "key": species, "count": times }));
        let rows: Vec<Value> = rows.collect();
        let report = json!({ "report": "returns-by-species", "rows": rows });
        Ok(Answer::ok(&report))
    }
    // ANCHOR_END: report

    /// Does this within the patience of a customer.
    async fn bounded<T>(&self, work: impl Future<Output = Result<T, Answer>>) -> Result<T, Answer> {
        let patience = self.patience;
        let done = timeout(patience, Box::pin(work)).await;
        let late = |_| Failure::Away(format!("no answer within {patience:?}"));
        done.map_err(late)?
    }
}

/// The row of a stream, which has been brought as far as to this commit; where the generations
/// have changed places meanwhile, it may be behind.
async fn reach<V, B, R>(
    projector: &Projector<'_, V, B, R>,
    of: Generation,
    stream: &StreamId,
    commit: u64,
) -> Result<At<V::Row>, Answer>
where
    V: Kept<Row: Send + Sync>,
    V::Of: event_store::Decider<State: Send, Event: Send, Error: Send, Command: Sync>,
    B: event_store::Backend,
    R: Rows<Row = V::Row>,
{
    let row = projector.rows.get(of, stream).await?;
    if row.commit >= commit {
        return Ok(row);
    }
    if projector.heard(stream, commit).await?.commit < commit {
        return Err(seen::unknown(stream, commit));
    }
    Ok(projector.rows.get(of, stream).await?)
}

/// The rows that a filter asks for; `None` if there are none such.
fn wanted(filter: &Filter) -> Option<Wanted> {
    let (order, others) = match filter.status {
        None => (Order::All, false),
        Some("available") => (Order::Chosen, false),
        Some("adopted") => (Order::All, true),
        Some(_) => return None,
    };
    // `$` comes after `#`, and neither is in the name of a species.
    let species = filter.species.as_ref();
    let between = species.map(|species| (format!("{species}#"), format!("{species}$")));
    let limit = filter.limit;
    Some(Wanted {
        order,
        between,
        others,
        limit,
    })
}

// ANCHOR: shows
/// Whether a page says of a pet what its row says.
fn shows(
    page: &Page<Option<Pet>>,
    wanted: &Wanted,
    after: Option<&str>,
    stream: &StreamId,
    row: &At<Option<Pet>>,
) -> bool {
    let mut of_pet = page.found.iter().filter(|found| found.stream == *stream);
    let Some(place) = place(wanted, stream, row) else {
        // It is not in this list, or not any more.
        return of_pet.next().is_none();
    };
    let is_before = after.is_some_and(|after| place.as_str() <= after);
    let is_after = page.next.as_ref().is_some_and(|next| place > *next);
    is_before || is_after || of_pet.any(|found| found.at.commit >= row.commit)
}
// ANCHOR_END: shows

/// Where a pet is in a list.
fn place(wanted: &Wanted, stream: &StreamId, row: &At<Option<Pet>>) -> Option<String> {
    let Places { all, chosen } = List::places(&row.row, stream);
    if wanted.others && chosen.is_some() {
        return None;
    }
    let place = match wanted.order {
        Order::All => all,
        Order::Chosen => chosen,
    };
    place.filter(|place| {
        let between = wanted.between.as_ref();
        between.is_none_or(|(from, to)| from <= place && place <= to)
    })
}

impl From<Away> for Answer {
    fn from(away: Away) -> Self {
        Failure::Away(away.to_string()).into()
    }
}

impl From<Behind> for Answer {
    fn from(behind: Behind) -> Self {
        Failure::Away(behind.to_string()).into()
    }
}
