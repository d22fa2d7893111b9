//! The database does what it was asked for, and its answer is lost on the way.

mod desk;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Result;
use ch01_bare_server::pets::{Customer, Status};
use ch03_platform::failure::Failure;
use desk::{adopt, keyed, open, pet};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A network between the shop and its database that loses answers.
struct Network {
    url: String,
    losses: Arc<AtomicUsize>,
}

impl Network {
    /// It will lose answers to this operation, as soon as [`Network::lose`] is called.
    async fn before(database: &str, operation: &str) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let database = database.trim_start_matches("http://").to_owned();
        let target = format!("DynamoDB_20120810.{operation}");
        let losses = Arc::new(AtomicUsize::new(0));
        let left = Arc::clone(&losses);
        tokio::spawn(async move {
            while let Ok((shop, _)) = listener.accept().await {
                let (database, target) = (database.clone(), target.clone());
                let left = Arc::clone(&left);
                // A connection that ends early is what this is all about.
                tokio::spawn(async move { carry(shop, &database, &target, &left).await });
            }
        });
        Ok(Self { url, losses })
    }

    fn lose(&self, answers: usize) {
        self.losses.store(answers, Ordering::SeqCst);
    }
}

/// Carries requests and answers to and fro, until an answer is to be lost.
async fn carry(
    mut shop: TcpStream,
    database: &str,
    target: &str,
    losses: &AtomicUsize,
) -> Result<()> {
    let mut database = TcpStream::connect(database).await?;
    let (mut request, mut answer) = (vec![0; 65_536], vec![0; 65_536]);
    let mut asked = String::new();
    loop {
        tokio::select! {
            read = shop.read(&mut request) => {
                let some = &request[..read?];
                if some.is_empty() {
                    return Ok(());
                }
                asked.push_str(&String::from_utf8_lossy(some));
                database.write_all(some).await?;
            }
            read = database.read(&mut answer) => {
                let some = &answer[..read?];
                let one_less = |left: usize| left.checked_sub(1);
                let is_lost = asked.contains(target)
                    && losses.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less).is_ok();
                if some.is_empty() || is_lost {
                    return Ok(());
                }
                asked.clear();
                shop.write_all(some).await?;
            }
        }
    }
}

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
    assert_eq!(network.losses.load(Ordering::SeqCst), 0);
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
    assert_eq!(network.losses.load(Ordering::SeqCst), 0);
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
    assert_eq!(network.losses.load(Ordering::SeqCst), 0);
    assert_eq!(store.find(&kiwi).await??.status, adas());
    Ok(())
}
