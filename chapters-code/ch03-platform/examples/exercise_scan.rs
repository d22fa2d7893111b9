//! Exercise: the list by a Scan, which reads all of the table, instead of a Query.

use anyhow::{Result, ensure};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue::S;
use aws_sdk_dynamodb::types::{ConsumedCapacity, ReturnConsumedCapacity};
use ch01_bare_server::pets::{Description, Money};
use ch01_bare_server::shop::Command;
use ch02_virtual_server::answer::Answer;
use ch02_virtual_server::order::{Key, Order};
use ch03_platform::items::{self, Item, SHOP};
use ch03_platform::store::Store;
use ch03_platform::table;

/// Pets in the table. Each was taken in with a key.
const PETS: usize = 40;

#[tokio::main]
async fn main() -> Result<()> {
    let client = Client::new(&table::connect().await);
    let store = fill(client, "scan").await?;
    for (name, found) in [
        ("Query", query(&store).await?),
        ("Scan", scan(&store).await?),
    ] {
        println!("{name}: {}", told(&found)?);
    }
    store
        .client
        .delete_table()
        .table_name("scan")
        .send()
        .await?;
    Ok(())
}

/// What was found, how many items were read for it, and what is paid.
struct Found {
    items: Vec<Item>,
    read: i32,
    units: f64,
}

async fn query(store: &Store) -> Result<Found> {
    let query = store.client.query().table_name(&store.table);
    let query = query.key_condition_expression("pk = :shop");
    let query = query.expression_attribute_values(":shop", S(SHOP.into()));
    let query = query.return_consumed_capacity(ReturnConsumedCapacity::Total);
    let found = query.consistent_read(true).send().await?;
    let units = units(found.consumed_capacity());
    Ok(Found {
        read: found.scanned_count(),
        items: found.items.unwrap_or_default(),
        units,
    })
}

// ANCHOR: scan
async fn scan(store: &Store) -> Result<Found> {
    let scan = store.client.scan().table_name(&store.table);
    let scan = scan.filter_expression("pk = :shop");
    let scan = scan.expression_attribute_values(":shop", S(SHOP.into()));
    let scan = scan.return_consumed_capacity(ReturnConsumedCapacity::Total);
    let found = scan.consistent_read(true).send().await?;
    let units = units(found.consumed_capacity());
    Ok(Found {
        read: found.scanned_count(),
        items: found.items.unwrap_or_default(),
        units,
    })
}
// ANCHOR_END: scan

fn units(consumed: Option<&ConsumedCapacity>) -> f64 {
    consumed
        .and_then(ConsumedCapacity::capacity_units)
        .unwrap_or_default()
}

fn told(found: &Found) -> Result<String> {
    let Found { items, read, units } = found;
    let names: Vec<String> = items
        .iter()
        .map(|item| Ok(items::text(item, "sk")?))
        .collect::<Result<_>>()?;
    let order = if names.is_sorted() {
        "in their order"
    } else {
        "in no order"
    };
    let pets = names.len();
    Ok(format!(
        "{pets} pets, {order}; {read} items read, units to pay: {units}"
    ))
}

/// A table of its own with pets, and an answer kept for each.
async fn fill(client: Client, table: &str) -> Result<Store> {
    let _ = client.delete_table().table_name(table).send().await; // There may be none.
    table::make(&client, table).await?;
    let store = Store::new(client, table);
    for number in 0..PETS {
        let price = Money {
            amount: 4_500,
            currency: "EUR".into(),
        };
        let name = format!("lovebird {number}");
        let about = Description {
            name: name.clone(),
            species: "lovebird".into(),
            born: 2024,
            price,
        };
        let key = Some(Key::new(&name, "/pets", name.as_bytes()));
        let order = Order {
            command: Command::TakeIn(about),
            key,
            tell: Answer::taken_in,
        };
        let answer = store.execute(&order).await?;
        ensure!(answer.status == 201, "{answer:?}");
    }
    Ok(store)
}
