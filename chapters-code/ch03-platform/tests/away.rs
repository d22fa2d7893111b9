//! The database is away: everybody is told so in time, and the shop recovers by itself.

mod desk;

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use aws_sdk_dynamodb::Client;
use ch01_bare_server::pets::PetId;
use ch03_platform::failure::Failure;
use ch03_platform::store::Store;
use desk::{Database, adopt, all, give_back, keyed, pet, store, take_in};
use tokio::time::timeout;

#[test]
#[ignore = "it is the database of the other tests, which start it"]
fn serves_a_database() -> Result<()> {
    desk::serve_a_database()
}

/// Asks everything that can be asked, one after the other, and gives the failures.
async fn failures(store: &Store, id: &PetId) -> Result<Vec<Failure>> {
    let mut failures = vec![
        failure(store.find(id)).await?,
        failure(store.list(&all(20))).await?,
        failure(store.reach()).await?,
    ];
    let orders = [
        take_in("Mango", "lovebird"),
        adopt(&[id], "Ada"),
        adopt(&[id, &other()], "Ada"),
        give_back(id),
        keyed(adopt(&[id], "Ada"), "once", "Ada"),
    ];
    for order in orders {
        failures.push(failure(store.execute(&order)).await?);
    }
    Ok(failures)
}

/// The failure that a question ends with. It must be there in time: 2 s were promised,
/// and a machine with much to do is given more.
async fn failure<T>(question: impl Future<Output = Result<T, Failure>>) -> Result<Failure> {
    let answer = timeout(Duration::from_secs(5), question).await?;
    answer.err().context("it was answered")
}

/// An instance that waits, to prepare a test, and one that is as the shop's are.
async fn instances(url: &str) -> Result<(Store, Store)> {
    let client = Client::new(&desk::hurried(url).await);
    Ok((store(url).await?, Store::new(client, "shop")))
}

fn other() -> PetId {
    ch03_platform::items::new_id()
}

fn assert_away(failures: &[Failure]) {
    for failure in failures {
        assert!(matches!(failure, Failure::Away(_)), "{failure:?}");
        assert_eq!(failure.retry_after(), Some(1));
    }
}

/// Asks until there is an answer: no more than a customer would do.
async fn answered(store: &Store, id: &PetId) -> Result<()> {
    let begin = Instant::now();
    while let Err(failure) = store.find(id).await {
        ensure!(begin.elapsed() < Duration::from_mins(1), "{failure}");
    }
    Ok(())
}

#[tokio::test]
async fn a_database_that_hangs_is_away_and_comes_back() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let database = Database::start(&dir.path().join("shop.db"), 0)?;
    let (store, hurried) = instances(&database.url).await?;
    let kiwi = pet(&store, "Kiwi", "lovebird").await?;
    database.stop()?;
    assert_away(&failures(&hurried, &kiwi).await?);
    database.go_on()?;
    answered(&hurried, &kiwi).await?;
    store.reach().await?;
    Ok(())
}

#[tokio::test]
async fn a_database_that_was_killed_is_away_and_has_everything_when_it_is_back() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let file = dir.path().join("shop.db");
    let database = Database::start(&file, 0)?;
    let port = database.port()?;
    let (store, hurried) = instances(&database.url).await?;
    let kiwi = pet(&store, "Kiwi", "lovebird").await?;
    let ada = store.execute(&adopt(&[&kiwi], "Ada")).await?;
    assert_eq!(ada.status, 200);
    drop(database);
    assert_away(&failures(&hurried, &kiwi).await?);

    let _database = Database::start(&file, port)?;
    answered(&hurried, &kiwi).await?;
    let ben = store.execute(&adopt(&[&kiwi], "Ben")).await?;
    assert_eq!(ben.status, 409, "{ben:?}");
    Ok(())
}

#[tokio::test]
async fn a_table_that_was_never_made_is_named() -> Result<()> {
    let local = local::Local::in_memory()?;
    let client = Client::new(&desk::hurried(&local.url()).await);
    let store = Store::new(client, "nowhere");
    for failure in failures(&store, &other()).await? {
        assert!(matches!(failure, Failure::Refused(_)), "{failure:?}");
        assert_eq!(failure.retry_after(), None);
        let text = failure.to_string();
        assert!(text.contains("ResourceNotFoundException"), "{text}");
    }
    Ok(())
}

#[tokio::test]
async fn a_shop_without_credentials_says_so_and_does_not_try_again() -> Result<()> {
    let local = local::Local::in_memory()?;
    let environment = local::environment(&local.url());
    let environment = environment
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let keys = |(name, _): &(&str, &str)| !name.contains("KEY");
    let environment: Vec<(&str, &str)> = environment.into_iter().filter(keys).collect();
    let client = Client::new(&desk::within(&environment).load().await);
    let failure = failure(Store::new(client, "shop").reach()).await?;
    assert!(matches!(failure, Failure::Refused(_)), "{failure:?}");
    assert!(failure.to_string().contains("credentials"), "{failure}");
    Ok(())
}
