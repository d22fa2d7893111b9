//! How the table is made.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::client::Waiters;
use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::operation::create_table::CreateTableError;
use aws_sdk_dynamodb::operation::create_table::builders::CreateTableFluentBuilder;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType, StreamSpecification, StreamViewType,
};

use super::{Dynamo, INDEX, fault};
use crate::backend::Fault;

/// How long a table may take until it is there.
const PATIENCE: Duration = Duration::from_mins(1);

impl Dynamo {
    /// Makes a table for commits, with the index that lists its streams and the stream of
    /// what is new in it, unless there is one of this name. Waits up to a minute for it.
    ///
    /// # Errors
    ///
    /// When the database is away, or does not allow it.
    pub async fn make(client: &Client, table: &str) -> Result<(), Fault> {
        let create = create(client, table).map_err(|error| Fault::Refused(error.to_string()))?;
        let is_there = |error: &CreateTableError| error.is_resource_in_use_exception();
        match create.send().await {
            Err(error) if !error.as_service_error().is_some_and(is_there) => {
                return Err(fault(&error));
            }
            _ => {}
        }
        let there = client.wait_until_table_exists().table_name(table);
        let waited = there.wait(PATIENCE).await;
        waited
            .map(drop)
            .map_err(|error| Fault::Unclear(error.to_string()))
    }
}

// ANCHOR: create
fn create(client: &Client, table: &str) -> Result<CreateTableFluentBuilder, BuildError> {
    let names = Projection::builder().projection_type(ProjectionType::KeysOnly);
    let streams = GlobalSecondaryIndex::builder()
        .index_name(INDEX)
        .key_schema(part("g", KeyType::Hash)?)
        .key_schema(part("pk", KeyType::Range)?)
        .projection(names.build());
    let news = StreamSpecification::builder()
        .stream_enabled(true)
        .stream_view_type(StreamViewType::NewImage);
    let create = client
        .create_table()
        .table_name(table)
        .attribute_definitions(attribute("pk", ScalarAttributeType::S)?)
        .attribute_definitions(attribute("c", ScalarAttributeType::N)?)
        .attribute_definitions(attribute("g", ScalarAttributeType::S)?)
        .key_schema(part("pk", KeyType::Hash)?)
        .key_schema(part("c", KeyType::Range)?)
        .global_secondary_indexes(streams.build()?)
        .stream_specification(news.build()?)
        .billing_mode(BillingMode::PayPerRequest);
    Ok(create)
}
// ANCHOR_END: create

fn attribute(name: &str, kind: ScalarAttributeType) -> Result<AttributeDefinition, BuildError> {
    let attribute = AttributeDefinition::builder().attribute_name(name);
    attribute.attribute_type(kind).build()
}

fn part(name: &str, kind: KeyType) -> Result<KeySchemaElement, BuildError> {
    let part = KeySchemaElement::builder().attribute_name(name);
    part.key_type(kind).build()
}
