//! An item for each command, with its events, its key and what follows: what one more
//! command costs.

mod walk;

use anyhow::Result;
use ch08_event_sourcing::pet::Pets;
use event_store::{Command, Dynamo, Issued, Settings, Spent, Store};
use walk::{Cost, GUSTAV, age, command, fresh, now};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let age = age()?;
    let (client, table) = fresh().await?;
    let open = || {
        let store: Store<Pets, _> = Store::new(Dynamo::new(&client, &table), Settings::default());
        store
    };
    let stream = GUSTAV.into();
    let warm = open();
    for number in 0..age {
        warm.execute(&stream, &issued(), &command(number)).await?;
    }
    println!("its past takes {} bytes", room(&client, &table).await?);
    warm.backend().spent();
    warm.execute(&stream, &issued(), &command(age)).await?;
    println!("one more: {}", cost(warm.backend().spent()));

    // A process that has never heard of Gustav.
    let cold = open();
    cold.execute(&stream, &issued(), &command(age + 1)).await?;
    println!("one more, cold: {}", cost(cold.backend().spent()));
    Ok(())
}

fn issued() -> Issued {
    Issued::at(Command::once(), now())
}

fn cost(spent: Spent) -> Cost {
    Cost {
        requests: spent.requests,
        reads: spent.reads,
        writes: spent.writes,
    }
}

/// Bytes of all items of the table, as it counts them itself.
async fn room(client: &aws_sdk_dynamodb::Client, table: &str) -> Result<i64> {
    let told = client.describe_table().table_name(table).send().await?;
    let bytes = told.table.and_then(|table| table.table_size_bytes);
    Ok(bytes.unwrap_or_default())
}
