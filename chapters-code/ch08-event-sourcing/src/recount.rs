//! Counts again what the display has counted.

use anyhow::{Result, ensure};
use ch01_bare_server::pets::Status;
use ch03_platform::items;
use ch06_state::store::Store;
use ch07_events::office::display::{COUNT, place};
use event_store::Backend;
use futures_util::future::try_join_all;
use tracing::info;

use crate::shop::{PREFIX, Shop};

/// How many streams are read at once.
const AT_ONCE: u32 = 25;

// ANCHOR: compare
/// Compares what the display says with the pets that have a home. It changes nothing, and
/// reads each stream's newest commit.
///
/// # Errors
///
/// When they differ, or a table is away.
pub async fn compare(shop: &Shop, office: &Store) -> Result<()> {
    let (shown, homes) = (shown(office).await?, homes(shop).await?);
    ensure!(
        shown == homes,
        "homes: {shown} on the display, {homes} in the streams"
    );
    info!(homes, "the display is right");
    Ok(())
}

async fn homes(shop: &Shop) -> Result<i64> {
    let (mut homes, mut after) = (0, None);
    loop {
        let streams = shop
            .backend()
            .streams(PREFIX, after.as_ref(), AT_ONCE)
            .await?;
        let Some(last) = streams.last() else {
            return Ok(homes);
        };
        after = Some(last.clone());
        let pets = try_join_all(streams.iter().map(|stream| shop.pets.load(stream))).await?;
        for pet in pets.into_iter().filter_map(|pet| pet.state) {
            homes += i64::from(pet.status != Status::Available);
        }
    }
}
// ANCHOR_END: compare

async fn shown(office: &Store) -> Result<i64> {
    let get = office.shop.client.get_item().table_name(&office.shop.table);
    let get = get.consistent_read(true).set_key(Some(place()));
    let found = get.send().await?.item;
    Ok(found.map_or(Ok(0), |item| items::number(&item, COUNT))?)
}
