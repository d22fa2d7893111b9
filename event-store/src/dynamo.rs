//! Commits in a table of `DynamoDB`.

mod make;
mod spent;

use std::pin::Pin;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{self, Config};
use aws_sdk_dynamodb::error::{BuildError, DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::AttributeValue::{N, S};
use aws_sdk_dynamodb::types::error::TransactionCanceledException;
use aws_sdk_dynamodb::types::{
    Put, ReturnConsumedCapacity, ReturnValuesOnConditionCheckFailure, TransactWriteItem,
};

use self::spent::Meter;
pub use self::spent::Spent;
use crate::backend::{Appended, AppendedAll, Backend, Fault};
use crate::commit::{Commit, StreamId};
use crate::item;

/// The index that lists the streams: sparse, and with their names alone.
pub const INDEX: &str = "streams";

/// Partitions of the index, unless the table was made with more. One takes 1,000 new
/// streams a second.
const PARTITIONS: u32 = 8;

/// A table of commits.
#[derive(Debug)]
pub struct Dynamo {
    client: Client,
    table: String,
    partitions: u32,
    meter: Meter,
}

impl Dynamo {
    /// The commits in a table that [`make`](Self::make) has made. The client waits for an
    /// answer as long as it is told to, and makes no call twice: when it is worth another
    /// try is known to the store.
    #[must_use]
    pub fn new(client: &Client, table: &str) -> Self {
        let config = client.config().to_builder();
        let config: config::Builder = config.retry_config(RetryConfig::disabled());
        let config: Config = config.build();
        Self {
            client: Client::from_conf(config),
            table: table.to_owned(),
            partitions: PARTITIONS,
            meter: Meter::default(),
        }
    }

    /// With as many partitions of the index. It must not be changed: a stream would be
    /// looked for where it is not listed.
    #[must_use]
    pub fn with_partitions(self, partitions: u32) -> Self {
        Self { partitions, ..self }
    }

    fn query(&self) -> QueryFluentBuilder {
        let query = self.client.query().table_name(&self.table);
        query.return_consumed_capacity(ReturnConsumedCapacity::Total)
    }

    async fn found(&self, query: QueryFluentBuilder) -> Result<Vec<item::Item>, Fault> {
        self.meter.request();
        let found = boxed(query.send()).await.map_err(|error| fault(&error))?;
        self.meter.read(found.consumed_capacity());
        Ok(found.items.unwrap_or_default())
    }
}

impl Backend for Dynamo {
    // ANCHOR: append
    async fn append(&self, commit: &Commit) -> Result<Appended, Fault> {
        self.meter.request();
        let put = self.client.put_item().table_name(&self.table);
        let put = put
            .set_item(Some(item::write(commit, self.partitions)))
            .condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let error = match boxed(put.send()).await {
            Ok(written) => {
                self.meter.write(written.consumed_capacity());
                return Ok(Appended::Written);
            }
            Err(error) => error,
        };
        match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(failed)) => {
                let there = failed.item().ok_or_else(not_told)?;
                self.meter
                    .failed(&item::write(commit, self.partitions), there);
                Ok(Appended::There(Box::new(item::read(there)?)))
            }
            // A transaction is writing it in this moment. It will be there, or not.
            Some(PutItemError::TransactionConflictException(_)) => Err(Fault::Throttled),
            _ => Err(fault(&error)),
        }
    }
    // ANCHOR_END: append

    // ANCHOR: append_all
    async fn append_all(&self, commits: &[Commit]) -> Result<AppendedAll, Fault> {
        self.meter.request();
        let put = |commit| {
            let put = Put::builder()
                .table_name(&self.table)
                .set_item(Some(item::write(commit, self.partitions)))
                .condition_expression("attribute_not_exists(pk)")
                .return_values_on_condition_check_failure(
                    ReturnValuesOnConditionCheckFailure::AllOld,
                );
            Ok(TransactWriteItem::builder().put(put.build()?).build())
        };
        let puts = commits.iter().map(put).collect::<Result<_, BuildError>>();
        let puts = puts.map_err(|error| Fault::Refused(error.to_string()))?;
        let call = self.client.transact_write_items();
        let call = call.return_consumed_capacity(ReturnConsumedCapacity::Total);
        let error = match boxed(call.set_transact_items(Some(puts)).send()).await {
            Ok(written) => {
                self.meter.write_all(written.consumed_capacity());
                return Ok(AppendedAll::Written);
            }
            Err(error) => error,
        };
        match error.as_service_error() {
            Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                became(cancelled)
            }
            _ => Err(fault(&error)),
        }
    }
    // ANCHOR_END: append_all

    // ANCHOR: backwards
    async fn backwards(
        &self,
        stream: &StreamId,
        up_to: Option<u64>,
        most: u32,
    ) -> Result<Vec<Commit>, Fault> {
        let query = self.query().consistent_read(true);
        let query = query.scan_index_forward(false).limit(limit(most));
        let query = query.expression_attribute_values(":stream", S(stream.0.clone()));
        let query = match up_to {
            None => query.key_condition_expression("pk = :stream"),
            Some(number) => query
                .key_condition_expression("pk = :stream AND c <= :number")
                .expression_attribute_values(":number", N(number.to_string())),
        };
        let items = self.found(query).await?;
        items.iter().map(item::read).collect()
    }
    // ANCHOR_END: backwards

    async fn forwards(
        &self,
        stream: &StreamId,
        after: u64,
        most: u32,
    ) -> Result<Vec<Commit>, Fault> {
        let query = self.query().consistent_read(true).limit(limit(most));
        let query = query
            .key_condition_expression("pk = :stream AND c > :number")
            .expression_attribute_values(":stream", S(stream.0.clone()))
            .expression_attribute_values(":number", N(after.to_string()));
        let items = self.found(query).await?;
        items.iter().map(item::read).collect()
    }

    // ANCHOR: streams
    async fn streams(
        &self,
        prefix: &str,
        after: Option<&StreamId>,
        most: u32,
    ) -> Result<Vec<StreamId>, Fault> {
        let mut names = vec![];
        for partition in 0..self.partitions {
            let query = self.query().index_name(INDEX).limit(limit(most));
            let query = query.expression_attribute_values(":partition", S(partition.to_string()));
            let after = after.filter(|after| after.0.as_str() > prefix);
            let query = match after {
                None => query
                    .key_condition_expression("g = :partition AND begins_with(pk, :prefix)")
                    .expression_attribute_values(":prefix", S(prefix.to_owned())),
                Some(after) => query
                    .key_condition_expression("g = :partition AND pk > :after")
                    .expression_attribute_values(":after", S(after.0.clone())),
            };
            let items = self.found(query).await?;
            let found = items.iter().filter_map(|item| item.get("pk")?.as_s().ok());
            let found = found.filter(|name| name.starts_with(prefix));
            names.extend(found.map(|name| StreamId(name.clone())));
        }
        names.sort();
        names.truncate(most as usize);
        Ok(names)
    }
    // ANCHOR_END: streams
}

/// What a call knows while it is under way is large, and its type is deep.
fn boxed<'a, T>(
    call: impl Future<Output = T> + Send + 'a,
) -> Pin<Box<dyn Future<Output = T> + Send + 'a>> {
    Box::pin(call)
}

fn limit(most: u32) -> i32 {
    i32::try_from(most).unwrap_or(i32::MAX)
}

/// What the database says when there are too many calls.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html>
const TOO_MUCH: [&str; 6] = [
    "ProvisionedThroughputExceededException",
    "ProvisionedThroughputExceeded",
    "RequestLimitExceeded",
    "ThrottlingException",
    "ThrottlingError",
    "TransactionInProgressException",
];

fn fault<E>(error: &SdkError<E, HttpResponse>) -> Fault
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    match error {
        SdkError::ServiceError(told) => match told.err().code() {
            Some(code) if TOO_MUCH.contains(&code) => Fault::Throttled,
            _ if told.raw().status().as_u16() >= 500 => {
                Fault::Unclear(DisplayErrorContext(error).to_string())
            }
            _ => Fault::Refused(DisplayErrorContext(error).to_string()),
        },
        SdkError::ConstructionFailure(_) => Fault::Refused(DisplayErrorContext(error).to_string()),
        SdkError::DispatchFailure(failure)
            if failure.is_other() && failure.as_other().is_none() =>
        {
            // No credentials are found, or the other side's certificate is not AWS's.
            Fault::Refused(DisplayErrorContext(error).to_string())
        }
        _ => Fault::Unclear(DisplayErrorContext(error).to_string()),
    }
}

/// Why a transaction was cancelled, by the reasons that are given for each of its items.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html>
fn became(cancelled: &TransactionCanceledException) -> Result<AppendedAll, Fault> {
    let reasons = cancelled.cancellation_reasons();
    let codes = || reasons.iter().filter_map(|reason| reason.code());
    let mut there = vec![];
    for (place, reason) in reasons.iter().enumerate() {
        if reason.code() == Some("ConditionalCheckFailed") {
            let item = reason.item().ok_or_else(not_told)?;
            there.push((place, item::read(item)?));
        }
    }
    if !there.is_empty() {
        return Ok(AppendedAll::There(there));
    }
    if codes().any(|code| code == "TransactionConflict") {
        return Ok(AppendedAll::Busy);
    }
    if codes().any(|code| TOO_MUCH.contains(&code)) {
        return Err(Fault::Throttled);
    }
    let codes: Vec<&str> = codes().collect();
    Err(Fault::Refused(format!("cancelled: {}", codes.join(", "))))
}

fn not_told() -> Fault {
    Fault::Refused("it does not tell what was in the way (ALL_OLD)".to_owned())
}
