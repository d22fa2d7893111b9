//! What the store promises, without a network.

mod pets;

use std::fs::{self, File};
use std::path::Path;
use std::time::SystemTime;

use ch01_bare_server::pets::{PetId, Status};
use ch01_bare_server::shop::Filter;
use ch02_virtual_server::answer::Answer;
use ch02_virtual_server::repository::Repository;
use ch02_virtual_server::rows;
use ch02_virtual_server::store::{Failure, Store};
use pets::{adopt, bird, keyed};
use rusqlite::{Connection, TransactionBehavior, ffi};

fn open() -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    (dir, store)
}

async fn status_of(store: &Store, id: &str) -> Status {
    store.find(PetId(id.into())).await.unwrap().unwrap().status
}

/// Why the folder cannot be opened.
fn refusal(dir: &Path) -> String {
    format!("{:#}", Store::open(dir).unwrap_err())
}

#[tokio::test]
async fn a_refused_order_changes_nothing() {
    let (_dir, store) = open();
    for order in [bird("Kiwi"), bird("Mango"), adopt(&["2"], "Ada")] {
        assert!(store.execute(order).await.unwrap().status < 300);
    }
    let answer = store.execute(adopt(&["1", "2"], "Ben")).await.unwrap();
    assert_eq!(answer.status, 409);
    assert!(answer.body.contains(r#""pets":["2"]"#), "{}", answer.body);
    assert_eq!(status_of(&store, "1").await, Status::Available);
}

#[tokio::test]
async fn a_pet_keeps_its_name_for_ever() {
    let (dir, store) = open();
    let location = store.execute(bird("Kiwi")).await.unwrap().location;
    assert_eq!(location.as_deref(), Some("/pets/1"));
    let gone = |writer: &mut Connection| writer.execute("DELETE FROM pets", []);
    store.change(gone).await.unwrap();
    drop(store);
    let store = Store::open(dir.path()).unwrap();
    let location = store.execute(bird("Mango")).await.unwrap().location;
    assert_eq!(location.as_deref(), Some("/pets/2"));
}

#[tokio::test]
async fn a_key_gets_its_answer_again_and_nothing_happens_twice() {
    let (dir, store) = open();
    let order = || keyed(bird("Kiwi"), "once", "kiwi");
    let first = store.execute(order()).await.unwrap();
    assert_eq!(store.execute(order()).await.unwrap(), first);
    drop(store);
    let store = Store::open(dir.path()).unwrap();
    assert_eq!(store.execute(order()).await.unwrap(), first);
    let (pets, _) = store
        .look(|rows| rows::list(rows, &all()))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(pets.len(), 1);
}

#[tokio::test]
async fn a_refusal_is_kept_for_its_key_as_well() {
    let (_dir, store) = open();
    let order = || keyed(adopt(&["1"], "Ada"), "early", "kiwi");
    assert_eq!(store.execute(order()).await.unwrap().status, 404);
    store.execute(bird("Kiwi")).await.unwrap();
    assert_eq!(store.execute(order()).await.unwrap().status, 404);
    let later = keyed(adopt(&["1"], "Ada"), "late", "kiwi");
    assert_eq!(store.execute(later).await.unwrap().status, 200);
}

#[tokio::test]
async fn a_key_belongs_to_one_request() {
    let (_dir, store) = open();
    store
        .execute(keyed(bird("Kiwi"), "once", "kiwi"))
        .await
        .unwrap();
    let other = store
        .execute(keyed(bird("Mango"), "once", "mango"))
        .await
        .unwrap();
    assert_eq!(other.status, 422);
    assert!(
        other.body.contains("/problems/idempotency-key-reused"),
        "{}",
        other.body
    );
}

#[tokio::test]
async fn a_key_is_forgotten_after_a_day_and_not_before() {
    let (_dir, store) = open();
    store
        .execute(keyed(bird("Kiwi"), "old", "kiwi"))
        .await
        .unwrap();
    for (age, known) in [(86_300, true), (86_500, false)] {
        let sql = format!("UPDATE answers SET at = unixepoch() - {age} WHERE key = 'old'");
        store
            .change(move |writer| writer.execute(&sql, []))
            .await
            .unwrap();
        // The next answer that is kept sweeps.
        let next = keyed(bird("Mango"), &format!("after {age}"), "mango");
        store.execute(next).await.unwrap();
        let sql = "SELECT count(*) FROM answers WHERE key = 'old'";
        let found = store.look(|rows| rows.query_row(sql, [], |row| row.get::<_, u32>(0)));
        assert_eq!(found.await.unwrap() == 1, known, "after {age} s");
    }
}

fn all() -> Filter {
    Filter {
        status: None,
        species: None,
        limit: 100,
        after: None,
    }
}

#[tokio::test]
async fn a_list_goes_on_where_the_page_before_ended() {
    let (_dir, store) = open();
    for name in ["Kiwi", "Mango", "Pip"] {
        store.execute(bird(name)).await.unwrap();
    }
    store.execute(adopt(&["2"], "Ada")).await.unwrap();
    let mut filter = Filter {
        status: Some("available"),
        species: Some("lovebird".into()),
        limit: 1,
        after: None,
    };
    let mut seen = Vec::new();
    loop {
        let asked = filter.clone();
        let (pets, next) = store
            .look(move |rows| rows::list(rows, &asked))
            .await
            .unwrap()
            .unwrap();
        seen.extend(pets.into_iter().map(|pet| pet.about.name));
        if next.is_none() {
            break;
        }
        filter.after = next;
        if seen.len() == 1 {
            store.execute(bird("Coco")).await.unwrap();
        }
    }
    assert_eq!(seen, ["Kiwi", "Pip", "Coco"]);
    filter.after = Some(PetId("1; DROP TABLE pets".into()));
    assert!(
        store
            .look(move |rows| rows::list(rows, &filter))
            .await
            .unwrap()
            .is_err()
    );
}

#[tokio::test]
async fn what_looks_like_the_number_of_a_pet_is_no_name_of_it() {
    let (_dir, store) = open();
    store.execute(bird("Kiwi")).await.unwrap();
    for id in [
        "01",
        "+1",
        "1 ",
        "1.0",
        "-1",
        "0",
        "",
        "9223372036854775808",
    ] {
        assert!(
            store.find(PetId(id.into())).await.unwrap().is_err(),
            "{id:?}"
        );
        let answer = store.execute(adopt(&[id], "Ada")).await.unwrap();
        assert_eq!(answer.status, 404, "{id:?}");
    }
}

#[tokio::test]
async fn after_an_error_of_the_disk_nothing_is_changed_any_more() {
    let (_dir, store) = open();
    store.execute(bird("Kiwi")).await.unwrap();
    let error = ffi::Error::new(ffi::SQLITE_IOERR_FSYNC);
    let failed = store.change(move |_| Err::<(), _>(rusqlite::Error::SqliteFailure(error, None)));
    assert!(matches!(failed.await, Err(Failure::Database(_))));
    assert!(matches!(
        store.execute(bird("Mango")).await,
        Err(Failure::Closed)
    ));
    assert!(matches!(store.check().await, Err(Failure::Closed)));
    assert_eq!(status_of(&store, "1").await, Status::Available);
}

#[tokio::test]
async fn a_full_disk_undoes_what_it_refuses_and_is_no_reason_to_stop() {
    let (_dir, store) = open();
    store.execute(bird("Kiwi")).await.unwrap();
    let room = |pages: u32| {
        let limit = move |writer: &mut Connection| {
            writer.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))
        };
        store.change(limit)
    };
    room(1).await.unwrap(); // It takes what there is for the least.
    let mut told = vec!["1".to_owned()];
    let failure = loop {
        match store.execute(bird(&"Mango".repeat(16))).await {
            Ok(answer) => told.push(answer.location.unwrap().replace("/pets/", "")),
            Err(failure) => break failure,
        }
    };
    assert!(failure.to_string().contains("full"), "{failure}");
    assert_eq!(Answer::from(failure).status, 503);
    store.check().await.unwrap();
    let sql = "SELECT max(id) FROM pets";
    let last = store.look(|rows| rows.query_row(sql, [], |row| row.get::<_, i64>(0)));
    assert_eq!(told.last(), Some(&last.await.unwrap().to_string()));
    room(1_000).await.unwrap();
    assert_eq!(store.execute(bird("Pip")).await.unwrap().status, 201);
}

#[tokio::test]
async fn a_statement_that_the_tables_refuse_is_no_reason_to_stop() {
    let (_dir, store) = open();
    let refused = store.change(|writer| {
        let transaction = writer.transaction()?;
        transaction.execute("INSERT INTO answers SELECT 'k', x'', 200, NULL, '', 0", [])?;
        transaction.execute("UPDATE answers SET body = NULL", [])?;
        transaction.commit()
    });
    let failure = refused.await.unwrap_err().to_string();
    assert!(failure.contains("constraint failed"), "{failure}");
    assert_eq!(store.execute(bird("Kiwi")).await.unwrap().status, 201);
}

#[tokio::test]
async fn somebody_else_who_writes_for_long_is_no_reason_to_stop() {
    let (_dir, store) = open();
    let mut other = store.database().connect().unwrap();
    let busy = other
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .unwrap();
    let failure = store.execute(bird("Kiwi")).await.unwrap_err();
    assert!(
        failure.to_string().contains("database is locked"),
        "{failure}"
    );
    assert_eq!(Answer::from(failure).status, 503);
    drop(busy);
    assert_eq!(store.execute(bird("Kiwi")).await.unwrap().status, 201);
}

#[tokio::test]
async fn what_a_panic_leaves_half_done_is_undone() {
    let (_dir, store) = open();
    store.execute(bird("Kiwi")).await.unwrap();
    let panics = store.change(|writer| {
        let transaction = writer.transaction()?;
        transaction.execute("UPDATE pets SET customer = 'Ada'", [])?;
        assert_ne!(transaction.changes(), 1, "a bug");
        transaction.commit()
    });
    assert!(matches!(panics.await, Err(Failure::Panicked(_))));
    assert_eq!(status_of(&store, "1").await, Status::Available);
    assert_eq!(
        store.execute(adopt(&["1"], "Ben")).await.unwrap().status,
        200
    );
}

#[test]
fn a_second_shop_is_kept_out_of_the_folder() {
    let (dir, store) = open();
    let refused = refusal(dir.path());
    let dir_is = dir.path().display();
    let advice = "stop it first, or set SHOP_DATA to another folder";
    assert_eq!(
        refused,
        format!("{dir_is}: another shop has it open; {advice}")
    );
    drop(store);
    Store::open(dir.path()).unwrap();
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("file"), "").unwrap();
    for (name, due) in [
        (
            "no/shop",
            "no/shop: the folder above it must exist; SHOP_DATA ",
        ),
        ("file", "file: that is a file; SHOP_DATA "),
    ] {
        let refused = refusal(&dir.path().join(name));
        assert!(refused.contains(due), "{refused}");
    }
}

#[test]
fn a_file_that_is_no_database_is_named_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("shop.db");
    fs::write(
        &file,
        "a scribble, longer than the header of a database: ".repeat(9),
    )
    .unwrap();
    let before = fs::read(&file).unwrap();
    let refused = refusal(dir.path());
    assert!(
        refused.contains("shop.db: file is not a database"),
        "{refused}"
    );
    assert_eq!(fs::read(&file).unwrap(), before);
}

#[test]
fn a_database_of_a_later_shop_is_refused() {
    let (dir, store) = open();
    drop(store);
    let later = Connection::open(dir.path().join("shop.db")).unwrap();
    later.pragma_update(None, "user_version", 99).unwrap();
    drop(later);
    let refused = refusal(dir.path());
    assert!(
        refused.contains("shop.db: it is of version 99, and this shop knows "),
        "{refused}"
    );
}

#[tokio::test]
async fn a_database_of_the_first_shop_is_brought_up_to_date() {
    let dir = tempfile::tempdir().unwrap();
    let old = Connection::open(dir.path().join("shop.db")).unwrap();
    old.execute_batch(include_str!("../migrations/0001-pets.sql"))
        .unwrap();
    let sql = "INSERT INTO pets VALUES (7, 'Gustav', 'tortoise', 1923, 12000, 'EUR', 'Ada')";
    old.execute(sql, []).unwrap();
    old.pragma_update(None, "user_version", 1).unwrap();
    drop(old);
    let store = Store::open(dir.path()).unwrap();
    let gustav = store.find(PetId("7".into())).await.unwrap().unwrap();
    assert_eq!(gustav.about.born, 1923);
    let location = store.execute(bird("Kiwi")).await.unwrap().location;
    assert_eq!(location.as_deref(), Some("/pets/8"));
    let sql = "SELECT count(*) FROM sqlite_schema WHERE name = 'pets_by_species'";
    let indexes = store.look(|rows| rows.query_row(sql, [], |row| row.get::<_, u32>(0)));
    assert_eq!(indexes.await.unwrap(), 1);
}

/// After a failed sync the kernel shows what the disk does not have. To read it is not enough.
#[tokio::test]
async fn a_log_that_was_left_behind_is_written_once_more() {
    let (dir, store) = open();
    store.execute(bird("Kiwi")).await.unwrap();
    let killed = tempfile::tempdir().unwrap();
    for name in ["shop.db", "shop.db-wal"] {
        fs::copy(dir.path().join(name), killed.path().join(name)).unwrap();
    }
    let log = killed.path().join("shop.db-wal");
    let before = fs::read(&log).unwrap();
    let long_ago = SystemTime::UNIX_EPOCH;
    File::options()
        .write(true)
        .open(&log)
        .unwrap()
        .set_modified(long_ago)
        .unwrap();
    // Somebody who looks keeps the log from being worked into the database.
    let other = Connection::open(killed.path().join("shop.db")).unwrap();
    other
        .query_row("SELECT count(*) FROM pets", [], |_| Ok(()))
        .unwrap();
    assert_eq!(fs::metadata(&log).unwrap().modified().unwrap(), long_ago);
    let again = Store::open(killed.path()).unwrap();
    assert_eq!(fs::read(&log).unwrap(), before);
    assert!(fs::metadata(&log).unwrap().modified().unwrap() > long_ago);
    assert_eq!(status_of(&again, "1").await, Status::Available);
}
