//! The database does what it was asked for, and its answer is lost on the way.

mod desk;
#[path = "../examples/network/mod.rs"]
mod network;

use anyhow::Result;
use ch01_bare_server::pets::{Customer, Status};
use ch03_platform::failure::Failure;
use desk::{adopt, keyed, open, pet};
use network::Network;

fn adas() -> Status {
    Status::Adopted(Customer("Ada".into()))
}

#[tokio::test]
async fn a_read_is_asked_again() -> Result<()> {
    let (local, _) = open().await?;
    let network = Network::before(&local.url(), "GetItem").await?;
    let store = desk::store(&network.url).await?;
    let kiwi = pet(&store, "Kiwi", "lovebird").await?;
    network.lose(1);
    assert_eq!(store.find(&kiwi).await??.id, kiwi);
    assert_eq!(network.left(), 0);
    Ok(())
}

/// The database knows the transaction again: it is done once, and nobody is told that
/// somebody else was faster.
#[tokio::test]
async fn a_transaction_is_sent_again_and_done_once() -> Result<()> {
    let (local, _) = open().await?;
    let network = Network::before(&local.url(), "TransactWriteItems").await?;
    let store = desk::store(&network.url).await?;
    let kiwi = pet(&store, "Kiwi", "lovebird").await?;
    network.lose(1);
    let answer = store
        .execute(&keyed(adopt(&[&kiwi], "Ada"), "once", "Ada"))
        .await?;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(network.left(), 0);
    assert_eq!(store.find(&kiwi).await??.status, adas());
    Ok(())
}

/// When no answer gets through at all, the customer with a key asks again, and is told
/// what was done.
#[tokio::test]
async fn a_customer_with_a_key_asks_again_and_is_told() -> Result<()> {
    let (local, _) = open().await?;
    let network = Network::before(&local.url(), "TransactWriteItems").await?;
    let store = desk::store(&network.url).await?;
    let kiwi = pet(&store, "Kiwi", "lovebird").await?;
    let order = keyed(adopt(&[&kiwi], "Ada"), "once", "Ada");
    network.lose(2);
    let failure = store
        .execute(&order)
        .await
        .expect_err("no answer got through");
    assert!(matches!(failure, Failure::Away(_)), "{failure}");
    assert_eq!(store.execute(&order).await?.status, 200);
    Ok(())
}

/// A single write is sent once. The customer is told that nobody knows, which is true,
/// and not that somebody else has the pet, which is not.
#[tokio::test]
async fn a_single_write_whose_answer_is_lost_is_a_failure() -> Result<()> {
    let (local, _) = open().await?;
    let network = Network::before(&local.url(), "UpdateItem").await?;
    let store = desk::store(&network.url).await?;
    let kiwi = pet(&store, "Kiwi", "lovebird").await?;
    network.lose(1);
    let ada = adopt(&[&kiwi], "Ada");
    let failure = store.execute(&ada).await.expect_err("the answer was lost");
    assert!(matches!(failure, Failure::Away(_)), "{failure}");
    assert_eq!(network.left(), 0);
    assert_eq!(store.find(&kiwi).await??.status, adas());
    Ok(())
}
