//! The database is away: customers hear so in time, the platform is not told to start
//! anything again, and the shop goes on by itself.

mod desk;
mod shop;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use desk::Database;
use shop::{Heard, Shop, release};

#[test]
#[ignore = "it is the database of the other tests, which start it"]
fn serves_a_database() -> Result<()> {
    desk::serve_a_database()
}

/// A database in a file, and an instance that has seen its table.
fn open(file: &Path) -> Result<(Database, Shop)> {
    let database = Database::start(file, 0)?;
    ensure!(release(&database.url)?.status.success(), "no table");
    let shop = Shop::ready(&database.url, &[])?;
    Ok((database, shop))
}

/// 2 s were promised, and a machine with much to do is given more.
fn in_time(ask: impl FnOnce() -> Result<Heard>) -> Result<Heard> {
    let begin = Instant::now();
    let heard = ask()?;
    ensure!(begin.elapsed() < Duration::from_secs(10), "late: {heard:?}");
    Ok(heard)
}

fn assert_all_hear_that_it_is_away(shop: &Shop, pet: &str) -> Result<()> {
    let adoption = format!("{pet}/adoption");
    for heard in [
        in_time(|| shop.get(pet))?,
        in_time(|| shop.get("/pets"))?,
        in_time(|| shop.post(&adoption, r#"{"customer": "Ada"}"#))?,
        in_time(|| shop.post("/pets", shop::KIWI))?,
    ] {
        assert_eq!(heard.status, 503, "{heard:?}");
        assert_eq!(heard.body["type"], "/problems/storage-failed");
        assert_eq!(heard.field("retry-after"), Some("1"), "{heard:?}");
    }
    // A new process would reach the database no better.
    assert_eq!(in_time(|| shop.get("/health"))?.status, 200);
    assert_eq!(in_time(|| shop.get("/ready"))?.status, 200);
    Ok(())
}

#[test]
fn who_comes_while_the_database_is_dead_is_told_to_come_again() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let file = dir.path().join("shop.db");
    let (database, shop) = open(&file)?;
    let (pet, port) = (shop.take_in()?, database.port()?);
    drop(database);
    assert_all_hear_that_it_is_away(&shop, &pet)?;
    let because = shop.logged(|line| line["level"] == "ERROR")?["because"].to_string();
    assert!(because.contains("away"), "{because}");

    let _database = Database::start(&file, port)?;
    shop.wait_for(&pet, 200)?;
    shop.take_in()?;
    Ok(())
}

#[test]
fn who_comes_while_the_database_hangs_is_told_to_come_again() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let (database, shop) = open(&dir.path().join("shop.db"))?;
    let pet = shop.take_in()?;
    database.stop()?;
    assert_all_hear_that_it_is_away(&shop, &pet)?;
    database.go_on()?;
    shop.wait_for(&pet, 200)?;
    shop.take_in()?;
    Ok(())
}

#[test]
fn an_instance_that_starts_without_a_database_waits_for_it() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let file = dir.path().join("shop.db");
    let database = Database::start(&file, 0)?;
    ensure!(release(&database.url)?.status.success(), "no table");
    let (url, port) = (database.url.clone(), database.port()?);
    drop(database);
    let shop = Shop::open(&url, &[])?;
    let heard = shop.get("/ready")?;
    assert_eq!(
        (heard.status, &heard.body["type"]),
        (503, &"/problems/not-ready".into())
    );
    assert_eq!(heard.field("retry-after"), Some("1"), "{heard:?}");
    assert_eq!(shop.get("/health")?.status, 200);
    shop.logged(|line| line["message"] == "not ready")?;

    let _database = Database::start(&file, port)?;
    shop.wait_for("/ready", 200)?;
    shop.take_in()?;
    Ok(())
}

/// The release command was forgotten, or another table is meant.
#[test]
fn an_instance_without_a_table_never_gets_ready() -> Result<()> {
    let database = local::Local::in_memory()?;
    let shop = Shop::open(&database.url(), &[])?;
    let line = shop.logged(|line| line["message"] == "not ready")?;
    let because = line["because"].to_string();
    assert!(because.contains("ResourceNotFoundException"), "{because}");
    assert_eq!(shop.get("/ready")?.status, 503);
    let heard = shop.get("/pets")?;
    assert_eq!(
        (heard.status, heard.field("retry-after")),
        (503, None),
        "{heard:?}"
    );
    Ok(())
}

#[test]
fn the_release_command_without_a_database_says_so_and_fails() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let database = Database::start(&dir.path().join("shop.db"), 0)?;
    let url = database.url.clone();
    drop(database);
    let output = release(&url)?;
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stderr)?;
    assert!(told.contains("the database is away"), "{told}");
    fs::remove_dir_all(dir)?;
    Ok(())
}
