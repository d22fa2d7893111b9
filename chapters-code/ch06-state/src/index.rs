//! The index of the pets that wait for a home, and how an older table gets it.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::AttributeValue::S;
use aws_sdk_dynamodb::types::{
    CreateGlobalSecondaryIndexAction, GlobalSecondaryIndexUpdate, IndexStatus, KeyType, Projection,
    ProjectionType,
};
use ch01_bare_server::pets::Status;
use ch03_platform::items::{self, Item};
use ch03_platform::table;
use tokio::time::sleep;

use crate::items::{PLACE, WAITING, YES, place, read};

/// What it is called.
pub const NAME: &str = "waiting";

/// How often it is asked whether the index is there.
const PAUSE: Duration = Duration::from_millis(500);

/// Pauses until that is given up: `DynamoDB` fills the index of a large table for hours.
const PAUSES: usize = 6 * 60 * 60 * 2;

/// Makes the table as chapter 3 does, and its index, unless they are there; then gives
/// each pet that an older release has left without one its place. This is what a release
/// does, and may be done at each.
///
/// # Errors
///
/// When the database is away, or does not allow it.
pub async fn make(client: &Client, table: &str) -> Result<()> {
    table::make(client, table).await?;
    let client = &table::patient(client);
    if status(client, table).await?.is_none() {
        let update = client.update_table().table_name(table);
        let update = update
            .attribute_definitions(table::text(WAITING)?)
            .attribute_definitions(table::text(PLACE)?);
        let index = GlobalSecondaryIndexUpdate::builder().create(index()?);
        let update = update.global_secondary_index_updates(index.build());
        update.send().await.context("the index cannot be made")?;
    }
    for _ in 0..PAUSES {
        if status(client, table).await? == Some(IndexStatus::Active) {
            return place_all(client, table).await;
        }
        sleep(PAUSE).await;
    }
    bail!("the index {NAME} of {table} is still not there")
}

// ANCHOR: index
fn index() -> Result<CreateGlobalSecondaryIndexAction> {
    let everything = Projection::builder().projection_type(ProjectionType::All);
    let index = CreateGlobalSecondaryIndexAction::builder()
        .index_name(NAME)
        .key_schema(table::part(WAITING, KeyType::Hash)?)
        .key_schema(table::part(PLACE, KeyType::Range)?)
        .projection(everything.build());
    Ok(index.build()?)
}
// ANCHOR_END: index

async fn status(client: &Client, table: &str) -> Result<Option<IndexStatus>> {
    let told = client.describe_table().table_name(table).send().await?;
    let indexes = told.table.and_then(|table| table.global_secondary_indexes);
    let mut indexes = indexes.into_iter().flatten();
    let index = indexes.find(|index| index.index_name() == Some(NAME));
    Ok(index.and_then(|index| index.index_status))
}

/// Gives each pet that waits its place in the index, and takes it from those that do not,
/// where a release that knows no index has sold one or has had one back.
async fn place_all(client: &Client, table: &str) -> Result<()> {
    let mut pages = client
        .query()
        .table_name(table)
        .key_condition_expression("pk = :shop")
        .expression_attribute_values(":shop", S(items::SHOP.into()))
        .filter_expression(
            "(attribute_not_exists(customer) AND attribute_not_exists(waiting)) \
             OR (attribute_exists(customer) AND attribute_exists(waiting))",
        )
        .into_paginator()
        .send();
    while let Some(page) = pages.next().await {
        for item in page?.items() {
            place_one(client, table, item).await?;
        }
    }
    Ok(())
}

// ANCHOR: place_one
/// Somebody may adopt the pet in this moment, or bring it back. Then it is left alone.
async fn place_one(client: &Client, table: &str, item: &Item) -> Result<()> {
    let pet = read(item)?.pet;
    let update = client.update_item().table_name(table);
    let update = update.set_key(Some(items::key(items::SHOP, &pet.id.0)));
    let update = match &pet.status {
        Status::Available => update
            .update_expression("SET waiting = :yes, place = :place")
            .condition_expression("attribute_exists(pk) AND attribute_not_exists(customer)")
            .expression_attribute_values(":yes", S(YES.into()))
            .expression_attribute_values(":place", S(place(&pet.about.species, &pet.id))),
        Status::Adopted(_) => update
            .update_expression("REMOVE waiting, place")
            .condition_expression("attribute_exists(customer)"),
    };
    let Err(error) = update.send().await else {
        return Ok(());
    };
    match error.as_service_error() {
        Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(()),
        _ => Err(error).context(format!("pet {}", pet.id)),
    }
}
// ANCHOR_END: place_one
