//! The database is away: everybody is told so in time, and the shop recovers by itself.

mod desk;

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use ch01_bare_server::pets::PetId;
use ch03_platform::failure::Failure;
use ch03_platform::store::Store;
use desk::{Database, adopt, all, give_back, keyed, pet, store, take_in};
use rustix::process::Signal;

#[test]
#[ignore = "it is the database of the other tests, which start it"]
fn serves_a_database() -> Result<()> {
    desk::serve_a_database()
}

/// Asks everything that can be asked, one after the other, and gives the failures. Each
/// must be there in time: 2 s were promised, and a machine with much to do is given more.
async fn failures(store: &Store, id: &PetId) -> Result<Vec<Failure>> {
    let begin = Instant::now();
    let mut failures = vec![];
    failures.extend(store.find(id).await.err());
    failures.extend(store.list(&all(20)).await.err());
    failures.extend(store.check().await.err());
    let orders = [
        take_in("Mango", "lovebird"),
        adopt(&[id], "Ada"),
        adopt(&[id, &other()], "Ada"),
        give_back(id),
        keyed(adopt(&[id], "Ada"), "once", "Ada"),
    ];
    for order in orders {
        failures.extend(store.execute(&order).await.err());
    }
    ensure!(failures.len() == 8, "some were answered: {failures:?}");
    let took = begin.elapsed() / 8;
    ensure!(took < Duration::from_secs(4), "{took:?} for a failure");
    Ok(failures)
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
        ensure!(begin.elapsed() < Duration::from_secs(60), "{failure}");
    }
    Ok(())
}

#[tokio::test]
async fn a_database_that_hangs_is_away_and_comes_back() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let database = Database::start(&dir.path().join("shop.db"), 0)?;
    let store = store(&database.url).await?;
    let kiwi = pet(&store, "Kiwi", "lovebird").await?;
    database.signal(Signal::STOP)?;
    assert_away(&failures(&store, &kiwi).await?);
    database.signal(Signal::CONT)?;
    answered(&store, &kiwi).await?;
    store.check().await?;
    Ok(())
}

#[tokio::test]
async fn a_database_that_was_killed_is_away_and_has_everything_when_it_is_back() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let file = dir.path().join("shop.db");
    let database = Database::start(&file, 0)?;
    let port = database.port()?;
    let store = store(&database.url).await?;
    let kiwi = pet(&store, "Kiwi", "lovebird").await?;
    let ada = store.execute(&adopt(&[&kiwi], "Ada")).await?;
    assert_eq!(ada.status, 200);
    drop(database);
    assert_away(&failures(&store, &kiwi).await?);

    let _database = Database::start(&file, port)?;
    answered(&store, &kiwi).await?;
    let ben = store.execute(&adopt(&[&kiwi], "Ben")).await?;
    assert_eq!(ben.status, 409, "{ben:?}");
    Ok(())
}

#[tokio::test]
async fn a_table_that_was_never_made_is_named() -> Result<()> {
    let local = local::Local::in_memory()?;
    let client = aws_sdk_dynamodb::Client::new(&desk::config(&local.url()).await);
    let store = Store::new(client, "nowhere");
    for failure in failures(&store, &other()).await? {
        assert!(matches!(failure, Failure::Refused(_)), "{failure:?}");
        assert_eq!(failure.retry_after(), None);
        let text = failure.to_string();
        assert!(text.contains("ResourceNotFoundException"), "{text}");
    }
    Ok(())
}
