//! Counts again what the display has counted.

use anyhow::{Result, ensure};
use aws_sdk_dynamodb::types::AttributeValue::S;
use aws_sdk_dynamodb::types::Select;
use ch03_platform::items::{self, SHOP};
use ch06_state::store::Store;
use tracing::info;

use super::display::{COUNT, place};

// ANCHOR: compare
/// Compares what the display says with the pets that have a home. It changes nothing.
///
/// # Errors
///
/// When they differ, or the table is away.
pub async fn compare(office: &Store) -> Result<()> {
    let (shown, homes) = (shown(office).await?, homes(office).await?);
    ensure!(
        shown == homes,
        "homes: {shown} on the display, {homes} in the table"
    );
    info!(homes, "the display is right");
    Ok(())
}

async fn homes(office: &Store) -> Result<i64> {
    let query = office.shop.client.query().table_name(&office.shop.table);
    let query = query.consistent_read(true).select(Select::Count);
    let query = query.key_condition_expression("pk = :shop");
    let query = query.expression_attribute_values(":shop", S(SHOP.into()));
    let query = query.filter_expression("attribute_exists(customer)");
    let (mut homes, mut pages) = (0, query.into_paginator().send());
    while let Some(page) = pages.next().await {
        homes += i64::from(page?.count);
    }
    Ok(homes)
}
// ANCHOR_END: compare

async fn shown(office: &Store) -> Result<i64> {
    let get = office.shop.client.get_item().table_name(&office.shop.table);
    let get = get.consistent_read(true).set_key(Some(place()));
    let found = get.send().await?.item;
    Ok(found.map_or(Ok(0), |item| items::number(&item, COUNT))?)
}
