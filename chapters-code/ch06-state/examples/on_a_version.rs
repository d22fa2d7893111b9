//! The same two, and each writes on the condition that what was on the screen is still so.

mod screens;

use anyhow::Result;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::AttributeValue::N;
use ch03_platform::items::{self, Item};
use ch06_state::items::VERSION;
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
    while !shop.write(other).await? {
        println!("the other: it has changed; once more");
        other = shop.read().await?;
        other.insert("born".into(), N("2019".into()));
    }
    println!("the other: she is older");

    shop.tell().await
}
// ANCHOR_END: main

// ANCHOR: write
impl Shop {
    /// Whether it was still as it was read, and is written.
    async fn write(&self, mut item: Item) -> Result<bool> {
        let read: u64 = items::number(&item, VERSION)?;
        item.insert(VERSION.into(), N((read + 1).to_string()));
        let put = self.client.put_item().table_name(&self.table);
        let put = put
            .set_item(Some(item))
            .condition_expression("version = :read")
            .expression_attribute_values(":read", N(read.to_string()));
        let Err(error) = put.send().await else {
            return Ok(true);
        };
        match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(_)) => Ok(false),
            _ => Err(error.into()),
        }
    }
}
// ANCHOR_END: write
