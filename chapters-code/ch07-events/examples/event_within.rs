//! Two birds are adopted together, and one of them comes back and is adopted by somebody
//! else. What happens is kept as an attribute of a pet's item, and there is no outbox.

use std::env;

use anyhow::{Context, Result, ensure};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue::S;
use aws_sdk_dynamodb::types::Update;
use ch03_platform::writes::Write;
use ch03_platform::{items, table};
use ch07_events::changes;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let url =
        env::var("AWS_ENDPOINT_URL_DYNAMODB").context("AWS_ENDPOINT_URL_DYNAMODB is not set")?;
    ensure!(
        url.starts_with("http://127.0.0.1:"),
        "{url}: this is for a database on this machine"
    );
    let table = env::var("TABLE").context("TABLE is not set")?;
    let client = Client::new(&table::connect().await);
    changes::make(&client, &table).await?;
    let shop = Shop { client, table };
    shop.write(&["kiwi", "mango"], "Ada adopts Kiwi and Mango")
        .await?;
    shop.write(&["kiwi"], "Kiwi comes back").await?;
    shop.write(&["kiwi"], "Ben adopts Kiwi").await
}

struct Shop {
    client: Client,
    table: String,
}

impl Shop {
    // ANCHOR: write
    /// Writes pets in one transaction, which is dear for one, and short. What has happened
    /// is told by the first of them.
    async fn write(&self, pets: &[&str], event: &str) -> Result<()> {
        let updates = pets.iter().enumerate().map(|(at, pet)| {
            let update = Update::builder().table_name(&self.table);
            let update = update.set_key(Some(items::key("shop", pet)));
            let update = if at == 0 {
                let update = update.update_expression("SET event = :event");
                update.expression_attribute_values(":event", S(event.into()))
            } else {
                // What another request has told before is not told again.
                update.update_expression("REMOVE event")
            };
            Ok(Write::Update(update.build()?).into())
        });
        let call = self.client.transact_write_items();
        let call = call.set_transact_items(Some(updates.collect::<Result<_>>()?));
        call.send().await?;
        println!("{event}");
        Ok(())
    }
    // ANCHOR_END: write
}
