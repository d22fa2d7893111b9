//! Writes with a condition: how the database is told what has changed.

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{Builder, Config};
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{Put, TransactWriteItem, Update};
use ch01_bare_server::pets::Pet;
use ch01_bare_server::shop::Shop;

use crate::failure::Failure;
use crate::items;
use crate::store::Store;

/// One item that is written, on a condition.
#[derive(Debug)]
pub enum Write {
    /// It was not there.
    Put(Put),
    /// It was there.
    Update(Update),
}

impl Store {
    /// What is to be written so that pets that were `read` are as they are `now`.
    ///
    /// # Errors
    ///
    /// None: all that it needs is there.
    pub fn changes(&self, read: &Shop, now: &[Pet]) -> Result<Vec<Write>, Failure> {
        let change = |pet: &Pet| {
            Ok(match read.find(&pet.id) {
                Ok(before) => Write::Update(items::changed(&self.table, before, pet)?),
                Err(_) => Write::Put(items::new(&self.table, pet)?),
            })
        };
        now.iter().map(change).collect()
    }

    // ANCHOR: write
    /// Writes all of it, or none: then a condition did not hold, and it gives
    /// `false`.
    ///
    /// # Errors
    ///
    /// A [`Failure`].
    pub async fn write(&self, mut writes: Vec<Write>) -> Result<bool, Failure> {
        if writes.len() > 1 {
            return self.transact(writes).await;
        }
        match writes.pop() {
            None => Ok(true),
            Some(Write::Put(put)) => self.put(put).await,
            Some(Write::Update(update)) => self.update(update).await,
        }
    }

    async fn update(&self, update: Update) -> Result<bool, Failure> {
        let call = self.client.update_item().table_name(update.table_name);
        let call = call.set_key(Some(update.key));
        let call = call.update_expression(update.update_expression);
        let call = call.set_condition_expression(update.condition_expression);
        let call = call.set_expression_attribute_values(update.expression_attribute_values);
        match call.customize().config_override(once()).send().await {
            Ok(_) => Ok(true),
            Err(error) if error.as_service_error().is_some_and(has_changed) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
    // ANCHOR_END: write

    // ANCHOR: transact
    async fn transact(&self, writes: Vec<Write>) -> Result<bool, Failure> {
        let writes = writes.into_iter().map(TransactWriteItem::from).collect();
        let call = self.client.transact_write_items();
        let Err(error) = call.set_transact_items(Some(writes)).send().await else {
            return Ok(true);
        };
        match error.as_service_error() {
            Some(reason) if was_cancelled(reason, &SOMEBODY_ELSE) => Ok(false),
            Some(reason) if was_cancelled(reason, &TOO_MUCH) => {
                Err(Failure::Away("it has too much to do".into()))
            }
            _ => Err(error.into()),
        }
    }
    // ANCHOR_END: transact

    async fn put(&self, put: Put) -> Result<bool, Failure> {
        let call = self.client.put_item().table_name(put.table_name);
        let call = call.set_item(Some(put.item));
        let call = call.set_condition_expression(put.condition_expression);
        let call = call.set_expression_attribute_values(put.expression_attribute_values);
        match call.customize().config_override(once()).send().await {
            Ok(_) => Ok(true),
            Err(error) if error.as_service_error().is_some_and(is_there) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

// ANCHOR: once
/// A single write is sent once. Of a second one nobody could tell whether its
/// condition fails because of somebody else, or because of the first. A transaction
/// has a token by which the database knows it again, and a read does no harm.
#[must_use]
pub fn once() -> Builder {
    Config::builder().retry_config(RetryConfig::disabled())
}
// ANCHOR_END: once

fn has_changed(error: &UpdateItemError) -> bool {
    error.is_conditional_check_failed_exception() || error.is_transaction_conflict_exception()
}

fn is_there(error: &PutItemError) -> bool {
    error.is_conditional_check_failed_exception() || error.is_transaction_conflict_exception()
}

/// Reasons of a cancelled transaction: somebody else was faster, or is at it.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html>
const SOMEBODY_ELSE: [&str; 2] = ["ConditionalCheckFailed", "TransactionConflict"];

/// Reasons that pass by themselves.
const TOO_MUCH: [&str; 2] = ["ThrottlingError", "ProvisionedThroughputExceeded"];

fn was_cancelled(error: &TransactWriteItemsError, because: &[&str]) -> bool {
    let TransactWriteItemsError::TransactionCanceledException(cancelled) = error else {
        return false;
    };
    let reasons = cancelled.cancellation_reasons().iter();
    let mut codes = reasons.filter_map(|reason| reason.code());
    codes.any(|code| because.contains(&code))
}

impl From<Put> for Write {
    fn from(put: Put) -> Self {
        Self::Put(put)
    }
}

impl From<Write> for TransactWriteItem {
    fn from(write: Write) -> Self {
        let item = Self::builder();
        match write {
            Write::Put(put) => item.put(put).build(),
            Write::Update(update) => item.update(update).build(),
        }
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::types::CancellationReason;
    use aws_sdk_dynamodb::types::error::{
        TransactionCanceledException, TransactionConflictException,
    };

    use super::*;

    fn cancelled(codes: [&str; 2]) -> TransactWriteItemsError {
        let reasons = codes.map(|code| CancellationReason::builder().code(code).build());
        let cancelled = TransactionCanceledException::builder();
        let cancelled = cancelled.set_cancellation_reasons(Some(reasons.into()));
        TransactWriteItemsError::TransactionCanceledException(cancelled.build())
    }

    /// What no database on this machine says, and the one at AWS does.
    #[test]
    fn who_meets_another_transaction_decides_anew() {
        let met = cancelled(["None", "TransactionConflict"]);
        assert!(was_cancelled(&met, &SOMEBODY_ELSE) && !was_cancelled(&met, &TOO_MUCH));
        let conflict = || TransactionConflictException::builder().build();
        assert!(has_changed(&UpdateItemError::TransactionConflictException(
            conflict()
        )));
        assert!(is_there(&PutItemError::TransactionConflictException(
            conflict()
        )));
    }

    #[test]
    fn a_transaction_that_was_cancelled_for_another_reason_is_a_failure() {
        let busy = cancelled(["ThrottlingError", "None"]);
        assert!(was_cancelled(&busy, &TOO_MUCH) && !was_cancelled(&busy, &SOMEBODY_ELSE));
        let wrong = cancelled(["None", "ValidationError"]);
        assert!(!was_cancelled(&wrong, &TOO_MUCH) && !was_cancelled(&wrong, &SOMEBODY_ELSE));
        assert!(!has_changed(&UpdateItemError::unhandled("something else")));
    }
}
