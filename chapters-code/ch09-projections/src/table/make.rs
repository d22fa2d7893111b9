//! How the table of the views is made.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::client::Waiters;
use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::operation::create_table::CreateTableError;
use aws_sdk_dynamodb::operation::create_table::builders::CreateTableFluentBuilder;
use aws_sdk_dynamodb::types::{
    BillingMode, GlobalSecondaryIndex, KeyType, Projection, ProjectionType,
};
use ch03_platform::failure::Failure;
use ch03_platform::table::{part, patient, text};

use super::{ALL, CHOSEN, GENERATION, KEY, PLACE_IN_ALL, PLACE_IN_CHOSEN};

/// How long a table may take until it is there.
const PATIENCE: Duration = Duration::from_mins(1);

/// Makes the table, with its two indexes, unless there is one of this name. Says whether it is
/// new.
///
/// # Errors
///
/// When the database is away, or does not allow it.
pub async fn make(client: &Client, table: &str) -> Result<bool, Failure> {
    let client = &patient(client);
    let is_there = |error: &CreateTableError| error.is_resource_in_use_exception();
    let is_new = match create(client, table)?.send().await {
        Ok(_) => true,
        Err(error) if error.as_service_error().is_some_and(is_there) => false,
        Err(error) => return Err(error.into()),
    };
    let there = client.wait_until_table_exists().table_name(table);
    let waited = there.wait(PATIENCE).await;
    waited
        .map(|_| is_new)
        .map_err(|error| Failure::Away(error.to_string()))
}

// ANCHOR: create
/// A row is found by its own name, `list#3#pet#…`, which spreads all rows over the table.
/// Whoever looks through a generation asks one of the indexes, in which it is one partition
/// in the order of the rows' places: 1,000 write units a second, as for chapter 6's index,
/// which is a thousand pets that are taken in, adopted or brought back. `DynamoDB` may split
/// a partition that has more to do between two species; those of one it cannot spread, if
/// all that is new comes at the end.
fn create(client: &Client, table: &str) -> Result<CreateTableFluentBuilder, BuildError> {
    let create = client
        .create_table()
        .table_name(table)
        .attribute_definitions(text(KEY)?)
        .attribute_definitions(text(GENERATION)?)
        .attribute_definitions(text(PLACE_IN_ALL)?)
        .attribute_definitions(text(PLACE_IN_CHOSEN)?)
        .key_schema(part(KEY, KeyType::Hash)?)
        .global_secondary_indexes(index(ALL, PLACE_IN_ALL)?)
        .global_secondary_indexes(index(CHOSEN, PLACE_IN_CHOSEN)?)
        .billing_mode(BillingMode::PayPerRequest);
    Ok(create)
}

/// It has the rows that have a place in it, and all that they say.
fn index(name: &str, place: &str) -> Result<GlobalSecondaryIndex, BuildError> {
    let everything = Projection::builder().projection_type(ProjectionType::All);
    GlobalSecondaryIndex::builder()
        .index_name(name)
        .key_schema(part(GENERATION, KeyType::Hash)?)
        .key_schema(part(place, KeyType::Range)?)
        .projection(everything.build())
        .build()
}
// ANCHOR_END: create
