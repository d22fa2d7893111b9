//! Rows of which the sum is kept, too.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::AttributeValue::{self, N};
use aws_sdk_dynamodb::types::error::TransactionCanceledException;
use aws_sdk_dynamodb::types::{Put as PutItem, TransactWriteItem, Update};
use ch03_platform::items::Item;
use ch06_state::retries::pauses;
use event_store::StreamId;
use tokio::time::sleep;

use super::{Table, away, is_condition, key, number, too_much};
use crate::rows::{At, Away, Generation, Generations, Put, Rows};
use crate::views::Summed;

/// The attribute with the sum.
const SUM: &str = "sum";

/// How many rows are written at once: all but one of what a transaction may have.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html>
const AT_ONCE: usize = 99;

/// What AWS says of a part of a transaction whose condition does not hold.
const CONDITION: &str = "ConditionalCheckFailed";

// ANCHOR: totals
/// The rows of a view, and for each generation the sum of what they contribute.
///
/// Row and sum are written in one transaction, if the row is still the one by which the
/// difference was reckoned: whatever is heard twice is in the sum once. What that costs is
/// twice the write units of both, and that all who change the sum meet at one item, which
/// takes 1,000 write units a second: 500 such differences, or fewer where they get in each
/// other's way. A row without a difference is written alone.
#[derive(Debug, Clone)]
pub struct Totals<V>(Table<V>);
// ANCHOR_END: totals

/// A row that is to be written.
struct Change<'a, R> {
    stream: &'a StreamId,
    before: &'a At<R>,
    now: &'a At<R>,
}

impl<V: Summed + Send + Sync> Totals<V>
where
    V::Row: Send + Sync,
{
    /// The rows in this table, which [`make`](super::make) makes.
    #[must_use]
    pub fn new(client: Client, name: &str) -> Self {
        Self(Table::new(client, name))
    }

    /// The sum of a generation.
    ///
    /// # Errors
    ///
    /// When it is away.
    pub async fn total(&self, of: Generation) -> Result<i64, Away> {
        let get = self.0.client.get_item().table_name(&self.0.name);
        let get = get.set_key(Some(Self::sum(of))).consistent_read(true);
        let found = get.send().await.map_err(away)?.item;
        found.map_or(Ok(0), |item| number(&item, SUM))
    }

    /// No row is called so: each has its stream in its name.
    fn sum(of: Generation) -> Item {
        key(&format!("{}#{of}", V::NAME))
    }

    // ANCHOR: write
    /// Writes all of these rows and their difference, or nothing. Gives the places of those
    /// that have changed.
    async fn write(
        &self,
        of: Generation,
        changes: &[Change<'_, V::Row>],
    ) -> Result<Vec<usize>, Away> {
        let amount = |change: &Change<'_, V::Row>| {
            V::amount(&change.now.row) - V::amount(&change.before.row)
        };
        let difference: i64 = changes.iter().map(amount).sum();
        let mut writes = vec![];
        for change in changes {
            let put = self.put_if_still(of, change)?;
            writes.push(TransactWriteItem::builder().put(put).build());
        }
        if difference != 0 {
            let update = self.add(of, difference)?;
            writes.push(TransactWriteItem::builder().update(update).build());
        }
        let mut pauses = pauses();
        loop {
            let call = self.0.client.transact_write_items();
            let call = call.set_transact_items(Some(writes.clone()));
            let Err(error) = Box::pin(call.send()).await else {
                return Ok(vec![]);
            };
            match error.as_service_error() {
                Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                    let others = changed(cancelled);
                    if !others.is_empty() {
                        return Ok(others);
                    }
                }
                _ => return Err(away(error)),
            }
            // Others are at the sum in this moment.
            let pause = pauses.next().ok_or_else(|| too_much("to sum up"))?;
            sleep(pause).await;
        }
    }
    // ANCHOR_END: write

    async fn write_alone(&self, of: Generation, change: &Change<'_, V::Row>) -> Result<Put, Away> {
        let like = self.put_if_still(of, change)?;
        let put = self.0.client.put_item().table_name(&self.0.name);
        let put = put
            .set_item(Some(like.item))
            .set_condition_expression(like.condition_expression)
            .set_expression_attribute_values(like.expression_attribute_values);
        match put.send().await {
            Ok(_) => Ok(Put::There),
            Err(error) if is_condition(&error) => Ok(Put::Changed),
            Err(error) => Err(away(error)),
        }
    }

    // ANCHOR: put_if_still
    fn put_if_still(&self, of: Generation, change: &Change<'_, V::Row>) -> Result<PutItem, Away> {
        let put = PutItem::builder().table_name(&self.0.name);
        let put = put.set_item(Some(Table::<V>::item(of, change.stream, change.now)));
        let put = match change.before.commit {
            0 => put.condition_expression("attribute_not_exists(pk)"),
            before => put
                .condition_expression("c = :before")
                .expression_attribute_values(":before", N(before.to_string())),
        };
        put.build().map_err(away)
    }

    fn add(&self, of: Generation, difference: i64) -> Result<Update, Away> {
        let difference: AttributeValue = N(difference.to_string());
        let update = Update::builder().table_name(&self.0.name);
        let update = update
            .set_key(Some(Self::sum(of)))
            .update_expression("ADD #sum :difference")
            .expression_attribute_names("#sum", SUM)
            .expression_attribute_values(":difference", difference);
        update.build().map_err(away)
    }
    // ANCHOR_END: put_if_still
}

impl<V: Summed + Send + Sync> Rows for Totals<V>
where
    V::Row: Send + Sync,
{
    type Row = V::Row;

    async fn get(&self, of: Generation, stream: &StreamId) -> Result<At<V::Row>, Away> {
        self.0.get(of, stream).await
    }

    async fn put(
        &self,
        of: Generation,
        stream: &StreamId,
        before: &At<V::Row>,
        now: At<V::Row>,
    ) -> Result<Put, Away> {
        let now = &now;
        let change = Change {
            stream,
            before,
            now,
        };
        if V::amount(&now.row) == V::amount(&before.row) {
            return self.write_alone(of, &change).await;
        }
        let changed = self.write(of, &[change]).await?;
        Ok(if changed.is_empty() {
            Put::There
        } else {
            Put::Changed
        })
    }

    /// As many at once as a transaction takes, so that few meet at the sum.
    async fn begin(
        &self,
        of: Generation,
        rows: Vec<(StreamId, At<V::Row>)>,
    ) -> Result<Vec<StreamId>, Away> {
        let (before, mut all_changed) = (&At::default(), vec![]);
        for rows in rows.chunks(AT_ONCE) {
            let mut left: Vec<_> = rows.iter().collect();
            while !left.is_empty() {
                let writes = left.iter().map(|(stream, now)| Change {
                    stream,
                    before,
                    now,
                });
                let changed = self.write(of, &writes.collect::<Vec<_>>()).await?;
                let is_done = changed.is_empty();
                for place in changed.into_iter().rev() {
                    all_changed.push(left.remove(place).0.clone());
                }
                if is_done {
                    break;
                }
            }
        }
        Ok(all_changed)
    }

    async fn remove(&self, of: Generation, streams: &[StreamId]) -> Result<(), Away> {
        self.0.remove(of, streams).await?;
        self.0.delete(&[Self::sum(of)]).await
    }

    async fn generations(&self) -> Result<Generations, Away> {
        self.0.generations().await
    }

    async fn set_generations(&self, before: Generations, now: Generations) -> Result<bool, Away> {
        self.0.set_generations(before, now).await
    }
}

/// The places of those parts of a transaction whose condition does not hold.
fn changed(cancelled: &TransactionCanceledException) -> Vec<usize> {
    let reasons = cancelled.cancellation_reasons().iter().enumerate();
    let changed = reasons.filter(|(_, reason)| reason.code() == Some(CONDITION));
    changed.map(|(place, _)| place).collect()
}
