//! Backups, while the shop is open and after it was lost.

mod pets;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicBool, Ordering};

use ch01_bare_server::pets::PetId;
use ch02_virtual_server::backup::{backup, restore};
use ch02_virtual_server::repository::Repository;
use ch02_virtual_server::store::Store;
use pets::{adopt, bird};
use rusqlite::Connection;

/// A shop with so many birds, on a disk with room for backups.
async fn shop_with(birds: usize) -> (tempfile::TempDir, Store) {
    let disk = tempfile::tempdir().unwrap();
    let store = Store::open(&disk.path().join("shop")).unwrap();
    for _ in 0..birds {
        store.execute(bird("Kiwi")).await.unwrap();
    }
    (disk, store)
}

fn files(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> = entries
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_of_one_moment_while_pets_are_sold() {
    let (disk, store) = shop_with(100).await;
    let done = AtomicBool::new(false);
    let sell = async {
        for first in (1..100).step_by(2) {
            let pair = [first.to_string(), (first + 1).to_string()];
            let answer = store
                .execute(adopt(&[&pair[0], &pair[1]], "Ada"))
                .await
                .unwrap();
            assert_eq!(answer.status, 200);
        }
        done.store(true, Ordering::Relaxed);
    };
    let (dir, shelf) = (disk.path().join("shop"), disk.path().join("copies"));
    fs::create_dir(&shelf).unwrap();
    let copies = async {
        let mut sold = Vec::new();
        loop {
            let last = done.load(Ordering::Relaxed);
            let file = shelf.join(format!("{:03}.db", sold.len()));
            tokio::task::block_in_place(|| backup(&dir, &file)).unwrap();
            let copy = Connection::open(file).unwrap();
            let sql = "SELECT count(customer) FROM pets";
            sold.push(copy.query_row(sql, [], |row| row.get::<_, u32>(0)).unwrap());
            if last {
                return sold;
            }
            tokio::task::yield_now().await;
        }
    };
    let ((), sold) = tokio::join!(sell, copies);
    assert!(
        sold.iter().all(|pets| pets % 2 == 0),
        "half a sale: {sold:?}"
    );
    assert!(sold.is_sorted() && sold.last() == Some(&100), "{sold:?}");
    // Each with its sum, and no part of one.
    assert_eq!(files(&shelf).len(), 2 * sold.len());
}

#[tokio::test]
async fn what_was_backed_up_can_be_restored_where_nothing_is() {
    let (disk, store) = shop_with(3).await;
    let file = disk.path().join("copy.db");
    backup(&disk.path().join("shop"), &file).unwrap();
    drop(store);
    let elsewhere = disk.path().join("elsewhere");
    restore(&elsewhere, &file).unwrap();
    let store = Store::open(&elsewhere).unwrap();
    assert!(store.find(PetId("3".into())).await.unwrap().is_ok());
}

/// The log of a shop that was killed must not be worked into the backup.
#[tokio::test]
async fn what_came_after_the_backup_is_gone_after_a_restore() {
    let (disk, store) = shop_with(1).await;
    let (dir, file) = (disk.path().join("shop"), disk.path().join("copy.db"));
    backup(&dir, &file).unwrap();
    store.execute(adopt(&["1"], "Ada")).await.unwrap();
    let killed = disk.path().join("killed");
    fs::create_dir(&killed).unwrap();
    for name in ["shop.db", "shop.db-wal"] {
        fs::copy(dir.join(name), killed.join(name)).unwrap();
    }
    restore(&killed, &file).unwrap();
    assert_eq!(files(&killed), ["shop.db", "shop.lock"]);
    let store = Store::open(&killed).unwrap();
    let pet = store.find(PetId("1".into())).await.unwrap().unwrap();
    assert_eq!(pet.status.name(), "available");
}

#[tokio::test]
async fn a_database_that_was_lost_to_a_scribble_can_be_replaced() {
    let (disk, store) = shop_with(1).await;
    let (dir, file) = (disk.path().join("shop"), disk.path().join("copy.db"));
    backup(&dir, &file).unwrap();
    drop(store);
    fs::write(dir.join("shop.db"), "scribble ".repeat(1_000)).unwrap();
    fs::write(dir.join("shop.db-wal"), "scribble ".repeat(1_000)).unwrap();
    restore(&dir, &file).unwrap();
    assert!(Store::open(&dir).is_ok());
}

#[tokio::test]
async fn nothing_is_restored_into_an_open_shop() {
    let (disk, _store) = shop_with(1).await;
    let (dir, file) = (disk.path().join("shop"), disk.path().join("copy.db"));
    backup(&dir, &file).unwrap();
    let refused = format!("{:#}", restore(&dir, &file).unwrap_err());
    assert!(
        refused.contains("shop: another shop has it open; stop it first"),
        "{refused}"
    );
}

#[tokio::test]
async fn what_is_no_sound_backup_is_named_and_changes_nothing() {
    let (disk, store) = shop_with(200).await;
    let (dir, file) = (disk.path().join("shop"), disk.path().join("copy.db"));
    backup(&dir, &file).unwrap();
    fs::remove_file(disk.path().join("copy.db.sha256")).unwrap();
    drop(store);
    let (before, sound) = (
        fs::read(dir.join("shop.db")).unwrap(),
        fs::read(&file).unwrap(),
    );
    let mut flipped = sound.clone();
    let page = flipped.len() - 4_096 * 3;
    flipped[page..page + 64].fill(0xff);
    let other = disk.path().join("other.db");
    Connection::open(&other)
        .unwrap()
        .execute_batch("CREATE TABLE dogs (name)")
        .unwrap();
    let others = fs::read(&other).unwrap();
    for (what, bytes) in [
        ("nothing", &b""[..]),
        ("a part", &sound[..sound.len() / 2]),
        (
            "a text",
            b"a scribble, and a long one, much longer than a header of a hundred bytes",
        ),
        ("a damaged page", &flipped),
        ("another program's", &others),
    ] {
        fs::write(&file, bytes).unwrap();
        let refused = format!("{:#}", restore(&dir, &file).unwrap_err());
        assert!(refused.contains("copy.db: "), "{what}: {refused}");
        assert!(
            refused.ends_with("; the database of the shop is as it was"),
            "{what}: {refused}"
        );
        assert_eq!(fs::read(dir.join("shop.db")).unwrap(), before, "{what}");
        assert_eq!(files(&dir), ["shop.db", "shop.lock"], "{what}");
    }
}

#[tokio::test]
async fn a_letter_that_has_changed_in_a_name_is_found() {
    let (disk, _store) = shop_with(1).await;
    let (dir, file) = (disk.path().join("elsewhere"), disk.path().join("copy.db"));
    backup(&disk.path().join("shop"), &file).unwrap();
    let mut check = Command::new("sha256sum");
    check.args(["--check", "copy.db.sha256"]);
    let checked = check.current_dir(disk.path()).output().unwrap();
    assert_eq!(checked.stdout, b"copy.db: OK\n");
    let mut bytes = fs::read(&file).unwrap();
    let name = bytes.windows(4).position(|part| part == b"Kiwi").unwrap();
    bytes[name] = b'W';
    fs::write(&file, bytes).unwrap();
    let refused = restore(&dir, &file).unwrap_err().to_string();
    assert!(refused.contains("copy.db: it has another sum"), "{refused}");
    assert_eq!(files(&dir), ["shop.lock"]);
    // Without the sum nobody can know, and that is said.
    fs::remove_file(disk.path().join("copy.db.sha256")).unwrap();
    let output = run(&["restore", file.to_str().unwrap()], &dir);
    assert!(output.status.success());
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("copy.db: its sum is not beside it"), "{told}");
}

#[tokio::test]
async fn a_backup_takes_no_other_file_s_place() {
    let (disk, _store) = shop_with(1).await;
    let file = disk.path().join("copy.db");
    fs::write(&file, "the last one").unwrap();
    let refused = backup(&disk.path().join("shop"), &file).unwrap_err();
    let refused = refused.to_string();
    assert!(refused.contains("copy.db is there already; "), "{refused}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "the last one");
}

#[test]
fn a_backup_of_nothing_says_where_it_has_looked() {
    let disk = tempfile::tempdir().unwrap();
    let file = disk.path().join("copy.db");
    let refused = backup(&disk.path().join("shop"), &file).unwrap_err();
    let refused = refused.to_string();
    assert!(
        refused.contains("shop/shop.db is not there; set SHOP_DATA"),
        "{refused}"
    );
    assert!(files(disk.path()).is_empty());
}

fn run(words: &[&str], dir: &Path) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_ch02-virtual-server"));
    program
        .args(words)
        .env("SHOP_DATA", dir)
        .env("PORT", "0")
        .output()
        .unwrap()
}

#[tokio::test]
async fn the_program_takes_two_words() {
    let (disk, store) = shop_with(1).await;
    let (dir, file) = (disk.path().join("shop"), disk.path().join("copy.db"));
    let name = file.to_str().unwrap();
    assert!(run(&["backup", name], &dir).status.success());
    assert_eq!(run(&["restore", name], &dir).status.code(), Some(1));
    drop(store);
    assert!(run(&["restore", name], &dir).status.success());
    for (wrong, word) in [
        (&["backup"][..], "`backup`"),
        (&["restore", name, name], "`restore "),
        (&["sell", name], "`sell "),
    ] {
        let output = run(wrong, &dir);
        assert_eq!(output.status.code(), Some(2), "{wrong:?}");
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(told.contains(word), "{told}");
        assert_eq!(told.lines().count(), 1, "{told}");
    }
    let help = run(&["--help"], &dir);
    assert!(help.status.success());
    let told = String::from_utf8(help.stdout).unwrap();
    assert!(
        told.contains("PORT") && told.contains("SHOP_DATA"),
        "{told}"
    );
}

#[tokio::test]
async fn an_error_is_told_once() {
    let (disk, store) = shop_with(1).await;
    drop(store);
    let dir = disk.path().join("shop");
    let file = disk.path().join("copy.db");
    let name = file.to_str().unwrap();
    fs::write(
        &file,
        "a text, longer than a header of a database: ".repeat(9),
    )
    .unwrap();
    let restored = run(&["restore", name], &dir);
    fs::write(dir.join("shop.db"), fs::read(&file).unwrap()).unwrap();
    for output in [restored, run(&[], &dir)] {
        assert_eq!(output.status.code(), Some(1));
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(told.matches("file is not a database").count(), 1, "{told}");
    }
}
