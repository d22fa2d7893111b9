//! Step: the table is asked and then told, and two instances do so at once.

pub mod race;

use aws_sdk_dynamodb::Client;
use ch01_bare_server::shop::Shop;
use ch02_virtual_server::answer::Answer;
use ch02_virtual_server::order::Order;
use ch03_platform::failure::Failure;
use ch03_platform::store::{Store, after};
use ch03_platform::{items, table};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let config = table::connect().await;
    table::make(&Client::new(&config), "race").await?;
    let instances = race::instances(&config, "race");
    let answers = race::race(&instances, execute).await?;
    println!("{}", race::told(&answers));
    Ok(())
}

// ANCHOR: execute
/// Reads the pets, decides, and writes them as they are now.
///
/// # Errors
///
/// A [`Failure`].
pub async fn execute(store: Store, order: Order) -> Result<Answer, Failure> {
    let shop = Shop::of(store.named(&order.command).await?);
    let now = match shop.decide(order.command) {
        Ok(fact) => after(&shop, fact, &items::new_id()),
        Err(refusal) => return Ok(refusal.into()),
    };
    for pet in &now {
        let put = store.client.put_item().table_name(&store.table);
        put.set_item(Some(items::write(pet))).send().await?;
    }
    Ok((order.tell)(&now))
}
// ANCHOR_END: execute
