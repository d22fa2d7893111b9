//! Two of the staff have Minka's item on their screens, and each changes a part of it.

mod screens;

use anyhow::Result;
use aws_sdk_dynamodb::types::AttributeValue::N;
use ch03_platform::items::Item;
use screens::Shop;

// ANCHOR: main
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let shop = Shop::with_minka().await?;
    let (mut one, mut other) = (shop.read().await?, shop.read().await?);

    one.insert("amount".into(), N("9900".into()));
    shop.write(one).await?;
    println!("one: she costs less");

    other.insert("born".into(), N("2019".into()));
    shop.write(other).await?;
    println!("the other: she is older");

    shop.tell().await
}
// ANCHOR_END: main

// ANCHOR: write
impl Shop {
    async fn write(&self, item: Item) -> Result<()> {
        let put = self.client.put_item().table_name(&self.table);
        put.set_item(Some(item)).send().await?;
        Ok(())
    }
}
// ANCHOR_END: write
