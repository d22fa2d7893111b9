//! Rows in an order, page by page.

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue::S;
use ch03_platform::items::Item;
use event_store::StreamId;

use super::{
    ALL, CHOSEN, GENERATION, KEY, PLACE_IN_ALL, PLACE_IN_CHOSEN, Table, away, key, odd, read,
};
use crate::rows::{At, Away, Generation};
use crate::views::Kept;

/// How many rows are looked at for a page of which not all are wanted, at most. It ends there,
/// whatever it has on it.
const MOST: usize = 1_000;

/// How many are read at once then.
const AT_ONCE: usize = 200;

/// An order in which rows are looked through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// That of all.
    All,
    /// That of those that are asked for most.
    Chosen,
}

impl Order {
    fn index(self) -> &'static str {
        match self {
            Self::All => ALL,
            Self::Chosen => CHOSEN,
        }
    }

    fn place(self) -> &'static str {
        match self {
            Self::All => PLACE_IN_ALL,
            Self::Chosen => PLACE_IN_CHOSEN,
        }
    }
}

/// Which rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// In which order.
    pub order: Order,
    /// From which place to which; `None` for all.
    pub between: Option<(String, String)>,
    /// Only those that are not chosen.
    pub others: bool,
    /// At most so many.
    pub limit: usize,
}

/// A row, and where it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found<R> {
    /// Whose it is.
    pub stream: StreamId,
    /// Where it is in the order.
    pub place: String,
    /// The row.
    pub at: At<R>,
}

/// Some rows, and after which place there may be more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<R> {
    /// In their order.
    pub found: Vec<Found<R>>,
    /// `None`, if these were the last.
    pub next: Option<String>,
}

impl<V: Kept> Table<V> {
    // ANCHOR: page
    /// Rows after a place. The index is some milliseconds behind the table.
    ///
    /// # Errors
    ///
    /// When it is away.
    pub async fn page(
        &self,
        of: Generation,
        wanted: &Wanted,
        after: Option<&str>,
    ) -> Result<Page<V::Row>, Away> {
        let (mut found, mut next) = (vec![], after.map(str::to_owned));
        let (mut looked, mut at_once) = (0, wanted.limit + 1);
        if wanted.others {
            at_once = at_once.max(AT_ONCE);
        }
        loop {
            let query = self.query(of, wanted).limit(limit(at_once));
            let start = next.as_deref().map(|place| start::<V>(of, wanted, place));
            let query = query.set_exclusive_start_key(start);
            let page = Box::pin(query.send()).await.map_err(away)?;
            for item in page.items() {
                found.push(self::found::<V>(of, wanted.order, item)?);
            }
            if found.len() > wanted.limit {
                found.truncate(wanted.limit);
                let next = found.last().map(|last| last.place.clone());
                return Ok(Page { found, next });
            }
            looked += usize::try_from(page.scanned_count).unwrap_or_default();
            let last = page.last_evaluated_key.as_ref();
            next = last
                .map(|last| text(last, wanted.order.place()))
                .transpose()?;
            if next.is_none() || looked >= MOST {
                return Ok(Page { found, next });
            }
        }
    }
    // ANCHOR_END: page

    /// All rows of an order.
    ///
    /// # Errors
    ///
    /// When it is away.
    pub async fn every(&self, of: Generation, order: Order) -> Result<Vec<V::Row>, Away> {
        let all = Wanted {
            order,
            between: None,
            others: false,
            limit: 0,
        };
        let (mut rows, mut pages) = (vec![], self.query(of, &all).into_paginator().send());
        while let Some(page) = pages.next().await {
            for item in page.map_err(away)?.items() {
                rows.push(read::<V>(item)?.row);
            }
        }
        Ok(rows)
    }

    fn query(&self, of: Generation, wanted: &Wanted) -> QueryFluentBuilder {
        let query = self.client.query().table_name(&self.name);
        let query = query
            .index_name(wanted.order.index())
            .expression_attribute_names("#g", GENERATION)
            .expression_attribute_values(":g", S(format!("{}#{of}", V::NAME)));
        let query = match &wanted.between {
            None => query.key_condition_expression("#g = :g"),
            Some((from, to)) => query
                .key_condition_expression("#g = :g AND #place BETWEEN :from AND :to")
                .expression_attribute_names("#place", wanted.order.place())
                .expression_attribute_values(":from", S(from.clone()))
                .expression_attribute_values(":to", S(to.clone())),
        };
        if !wanted.others {
            return query;
        }
        query
            .filter_expression("attribute_not_exists(#chosen)")
            .expression_attribute_names("#chosen", PLACE_IN_CHOSEN)
    }
}

/// What a query is told that is to go on after this place: the whole key of that item, in the
/// index and in the table. The stream is the end of the place, and its name the only part that
/// may have a `#` in it.
fn start<V: Kept>(of: Generation, wanted: &Wanted, place: &str) -> Item {
    let begin = place.find(&format!("#{}", V::STREAMS));
    let stream = begin.map_or(place, |begin| &place[begin + 1..]);
    let mut start = key(&format!("{}#{of}#{stream}", V::NAME));
    start.insert(GENERATION.into(), S(format!("{}#{of}", V::NAME)));
    start.insert(wanted.order.place().into(), S(place.to_owned()));
    start
}

fn found<V: Kept>(of: Generation, order: Order, item: &Item) -> Result<Found<V::Row>, Away> {
    let own = format!("{}#{of}#", V::NAME);
    let name = text(item, KEY)?;
    let stream = name.strip_prefix(&own).ok_or_else(|| odd(KEY))?;
    Ok(Found {
        stream: stream.into(),
        place: text(item, order.place())?,
        at: read::<V>(item)?,
    })
}

fn text(item: &Item, name: &str) -> Result<String, Away> {
    let text = item.get(name).and_then(|text| text.as_s().ok());
    text.cloned().ok_or_else(|| odd(name))
}

fn limit(rows: usize) -> i32 {
    i32::try_from(rows).unwrap_or(i32::MAX)
}
