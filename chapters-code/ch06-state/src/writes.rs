//! Writes on conditions, and what becomes of them.

use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::TransactWriteItem;
use ch03_platform::failure::Failure;
use ch03_platform::writes::{Write, once};

use crate::store::Store;

// ANCHOR: written
/// What became of what was to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// All of it is there.
    All,
    /// Nothing: a condition did not hold, because somebody else was faster.
    Changed,
    /// Nothing: another request is writing the last of these items in this moment.
    LastIsBusy,
    /// Nothing: the table, or one partition of it, has too much to do.
    TooMuch,
}
// ANCHOR_END: written

impl Store {
    /// Writes all of it, or nothing. A single write is sent once: that it was refused for
    /// being one too many is no doubt about it.
    ///
    /// # Errors
    ///
    /// A [`Failure`]: it may be there, or not.
    pub async fn write(&self, mut writes: Vec<Write>) -> Result<Written, Failure> {
        if writes.len() > 1 {
            return self.transact(writes).await;
        }
        let client = &self.shop.client;
        match writes.pop() {
            None => Ok(Written::All),
            Some(Write::Put(put)) => {
                let call = client.put_item().table_name(put.table_name);
                let call = call.set_item(Some(put.item));
                let call = call.set_condition_expression(put.condition_expression);
                let call = call.set_expression_attribute_values(put.expression_attribute_values);
                became(call.customize().config_override(once()).send().await)
            }
            Some(Write::Update(update)) => {
                let call = client.update_item().table_name(update.table_name);
                let call = call.set_key(Some(update.key));
                let call = call.update_expression(update.update_expression);
                let call = call.set_condition_expression(update.condition_expression);
                let call = call.set_expression_attribute_values(update.expression_attribute_values);
                became(call.customize().config_override(once()).send().await)
            }
        }
    }

    // ANCHOR: transact
    async fn transact(&self, writes: Vec<Write>) -> Result<Written, Failure> {
        let writes = writes.into_iter().map(TransactWriteItem::from).collect();
        let call = self.shop.client.transact_write_items();
        let Err(error) = call.set_transact_items(Some(writes)).send().await else {
            return Ok(Written::All);
        };
        let became = error.as_service_error().and_then(cancelled);
        became.map_or_else(|| Err(error.into()), Ok)
    }
    // ANCHOR_END: transact
}

// ANCHOR: became
/// What the database says when there are too many calls.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html>
const TOO_MUCH: [&str; 4] = [
    "ThrottlingException",
    "ThrottlingError",
    "ProvisionedThroughputExceededException",
    "ProvisionedThroughputExceeded",
];

fn became<T, E>(answer: Result<T, SdkError<E, HttpResponse>>) -> Result<Written, Failure>
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let Err(error) = answer else {
        return Ok(Written::All);
    };
    match error
        .as_service_error()
        .and_then(ProvideErrorMetadata::code)
    {
        Some("ConditionalCheckFailedException" | "TransactionConflictException") => {
            Ok(Written::Changed)
        }
        Some(code) if TOO_MUCH.contains(&code) => Ok(Written::TooMuch),
        _ => Err(error.into()),
    }
}

/// Why a transaction was cancelled, by the reasons that are given for each of its items.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html>
fn cancelled(error: &TransactWriteItemsError) -> Option<Written> {
    let TransactWriteItemsError::TransactionCanceledException(cancelled) = error else {
        return None;
    };
    let reasons = cancelled.cancellation_reasons();
    let codes: Vec<&str> = reasons.iter().filter_map(|reason| reason.code()).collect();
    let has = |code: &str| codes.contains(&code);
    if has("ConditionalCheckFailed") {
        return Some(Written::Changed);
    }
    if codes.last() == Some(&"TransactionConflict") {
        return Some(Written::LastIsBusy);
    }
    if has("TransactionConflict") {
        return Some(Written::Changed);
    }
    let too_much = codes.iter().any(|code| TOO_MUCH.contains(code));
    too_much.then_some(Written::TooMuch)
}
// ANCHOR_END: became

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::types::CancellationReason;
    use aws_sdk_dynamodb::types::error::TransactionCanceledException;

    use super::*;

    #[test]
    fn the_reasons_of_a_cancelled_transaction_say_what_became_of_it() {
        for (codes, became) in [
            (["ConditionalCheckFailed", "None"], Some(Written::Changed)),
            (["None", "ConditionalCheckFailed"], Some(Written::Changed)),
            (["TransactionConflict", "None"], Some(Written::Changed)),
            (["None", "TransactionConflict"], Some(Written::LastIsBusy)),
            (["ThrottlingError", "None"], Some(Written::TooMuch)),
            (
                ["None", "ProvisionedThroughputExceeded"],
                Some(Written::TooMuch),
            ),
            (["None", "ValidationError"], None),
        ] {
            let reasons = codes.map(|code| CancellationReason::builder().code(code).build());
            let error = TransactionCanceledException::builder();
            let error = error.set_cancellation_reasons(Some(reasons.into())).build();
            let error = TransactWriteItemsError::TransactionCanceledException(error);
            assert_eq!(cancelled(&error), became, "{codes:?}");
        }
    }
}
