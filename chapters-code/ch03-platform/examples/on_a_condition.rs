//! Step: the same with a condition, which the table keeps.

pub mod race;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use ch01_bare_server::pets::Refusal;
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
/// Reads the pets, decides, and writes them as they are now, if nobody has adopted them
/// meanwhile.
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
        let put = put.condition_expression("attribute_not_exists(customer)");
        let Err(error) = put.set_item(Some(items::write(pet))).send().await else {
            continue;
        };
        let refusal = error.as_service_error();
        if refusal.is_some_and(PutItemError::is_conditional_check_failed_exception) {
            return Ok(Refusal::AlreadyAdopted(vec![pet.id.clone()]).into());
        }
        return Err(error.into());
    }
    Ok((order.tell)(&now))
}
// ANCHOR_END: execute
