//! The same two, and each writes what it has changed, and nothing else.

mod screens;

use anyhow::Result;
use aws_sdk_dynamodb::types::AttributeValue::N;
use screens::Shop;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let shop = Shop::with_minka().await?;
    shop.set("amount", "9900").await?;
    println!("one: she costs less");
    shop.set("born", "2019").await?;
    println!("the other: she is older");
    shop.tell().await
}

// ANCHOR: set
impl Shop {
    async fn set(&self, name: &str, number: &str) -> Result<()> {
        let update = self.client.update_item().table_name(&self.table);
        update
            .set_key(Some(self.key.clone()))
            .update_expression("SET #name = :number")
            .expression_attribute_names("#name", name)
            .expression_attribute_values(":number", N(number.to_owned()))
            .send()
            .await?;
        Ok(())
    }
}
// ANCHOR_END: set
