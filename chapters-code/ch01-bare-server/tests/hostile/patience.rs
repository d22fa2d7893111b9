//! Clients that are slow, many, or gone. Nothing here is timed: a test fails when the shop never comes back.

use std::fmt::Write as _;
use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use crate::shop::{Client, HEALTH, Shop};
use crate::{GUSTAV, wire};

/// What a client does who wants to keep a thread for ever. It gives up when the next customer has been served.
type Nuisance = fn(Client, &AtomicBool);

/// Each has a shop with a single thread for itself. Another customer comes after it and is served.
#[test]
fn no_client_keeps_a_thread_for_ever() {
    let nuisances: [(&str, Nuisance); 5] = [
        ("it says nothing", read_slowly),
        ("it stops in the middle of a head", |mut client, _| {
            client.send(b"GET /health HTTP/1.1\r\n");
            assert_eq!(
                client.hear(false).unwrap().map(|answer| answer.status),
                Some(408)
            );
            assert_eq!(client.hear(false), Ok(None));
        }),
        ("it sends a body byte by byte", |mut client, served| {
            client.send(b"POST /pets HTTP/1.1\r\nHost: shop\r\nContent-Length: 65536\r\n\r\n");
            while !served.load(Relaxed) {
                client.send(b" ");
                thread::sleep(Duration::from_millis(100));
            }
        }),
        ("it never reads", |mut client, served| {
            client.send(&b"GET /pets?limit=100 HTTP/1.1\r\nHost: shop\r\n\r\n".repeat(2_000));
            while !served.load(Relaxed) {
                thread::sleep(Duration::from_millis(100));
            }
        }),
        ("it reads a large answer slowly", |mut client, served| {
            client.send(b"GET /pets/1/history HTTP/1.1\r\nHost: shop\r\n\r\n");
            read_slowly(client, served);
        }),
    ];
    let journal = long_story();
    thread::scope(|scope| {
        for (name, nuisance) in nuisances {
            let journal = &journal;
            scope.spawn(move || {
                let mut shop = Shop::open(1, journal);
                let client = shop.connect();
                let served = AtomicBool::new(false);
                thread::scope(|scope| {
                    scope.spawn(|| nuisance(client, &served));
                    thread::sleep(Duration::from_millis(500));
                    let well = catch_unwind(AssertUnwindSafe(|| shop.assert_well(name)));
                    served.store(true, Relaxed);
                    assert!(well.is_ok(), "{name}: nobody else was served");
                });
            });
        }
    });
}

fn read_slowly(mut client: Client, served: &AtomicBool) {
    let mut piece = [0; 16_384];
    while !served.load(Relaxed) && matches!(client.stream.read(&mut piece), Ok(1..)) {
        thread::sleep(Duration::from_millis(500));
    }
}

/// Gustav, who came back again and again, and a hundred pets with the longest names: large answers.
fn long_story() -> String {
    let mut journal = GUSTAV.to_owned();
    for at in 0..5_000 {
        let reason = "🐢".repeat(500);
        let _ = writeln!(journal, r#"{{"at":{at},"adopted":["1"],"customer":"Ada"}}"#);
        let _ = writeln!(
            journal,
            r#"{{"at":{at},"returned":"1","reason":"{reason}"}}"#
        );
    }
    for id in 2..102 {
        let name = "🐢".repeat(80);
        let price = r#"{"amount":1,"currency":"EUR"}"#;
        let about = format!(r#"{{"name":"{name}","species":"dog","born":2020,"price":{price}}}"#);
        let _ = writeln!(journal, r#"{{"at":1,"taken-in":"{id}","about":{about}}}"#);
    }
    journal
}

#[test]
fn a_patient_reader_gets_every_byte_of_a_large_answer() {
    let mut shop = Shop::open(4, &long_story());
    let mut client = shop.connect();
    client.send(&b"GET /pets?limit=100 HTTP/1.1\r\nHost: shop\r\n\r\n".repeat(50));
    for _ in 0..50 {
        thread::sleep(Duration::from_millis(5));
        let answer = client.hear(false).unwrap().expect("an answer");
        assert_eq!(answer.body["pets"].as_array().map(Vec::len), Some(100));
    }
    let history = client
        .ask(b"GET /pets/1/history HTTP/1.1\r\nHost: shop\r\n\r\n")
        .unwrap();
    assert_eq!(
        history.body["events"].as_array().map(Vec::len),
        Some(10_001)
    );
    shop.assert_well("a patient reader");
}

#[test]
fn a_crowd_that_says_half_a_word_and_leaves_is_forgotten() {
    let mut shop = Shop::open(8, GUSTAV);
    for _ in 0..3 {
        let crowd: Vec<Client> = (0..100).map(|_| shop.connect()).collect();
        for mut client in crowd {
            client.send(b"GET /he");
        }
    }
    shop.assert_well("a crowd");
}

#[test]
fn two_thousand_short_visits_leave_nothing_behind() {
    let mut shop = Shop::open(8, GUSTAV);
    let visit = |count| {
        for number in 0..count {
            let mut client = shop.connect();
            match number % 3 {
                0 => drop(client),
                1 => client.send(b"GET /pets/1 HT"),
                _ => assert_eq!(client.ask(HEALTH).map(|answer| answer.status), Ok(200)),
            }
        }
    };
    visit(1_000);
    let before = open_files(&shop);
    visit(1_000);
    // A few visitors may still be on their way out.
    assert!(
        open_files(&shop) <= before + 8,
        "{before} files, then {}",
        open_files(&shop)
    );
    shop.assert_well("two thousand visits");
}

/// How many files the shop has open; 0 where nobody can tell.
fn open_files(shop: &Shop) -> usize {
    std::fs::read_dir(format!("/proc/{}/fd", shop.child.id())).map_or(0, Iterator::count)
}

#[test]
fn a_client_that_breaks_the_connection_off_harms_nobody() {
    let mut shop = Shop::open(4, GUSTAV);
    for _ in 0..200 {
        let mut client = shop.connect();
        client.send(
            &[
                HEALTH,
                b"POST /pets HTTP/1.1\r\nHost: shop\r\nContent-Length: 9\r\n\r\n{",
            ]
            .concat(),
        );
        // To close a connection with unread bytes resets it.
        let _ = client.stream.peek(&mut [0]);
    }
    shop.assert_well("two hundred resets");
}

#[test]
fn a_shop_out_of_file_descriptors_recovers() {
    let mut limited = Command::new("sh");
    limited.args([
        "-c",
        "ulimit -n 16 && exec \"$0\"",
        env!("CARGO_BIN_EXE_ch01-bare-server"),
    ]);
    let mut shop = Shop::start(limited, 32, GUSTAV);
    let before = open_files(&shop);
    let mut crowd: Vec<Client> = (0..60).map(|_| shop.connect()).collect();
    assert_eq!(crowd[0].ask(HEALTH).map(|answer| answer.status), Ok(200));
    thread::sleep(Duration::from_millis(200));
    assert!(open_files(&shop) <= before + 16, "the limit was reached");
    drop(crowd);
    shop.assert_well("a crowd of sixty with sixteen descriptors");
}

#[test]
fn customers_are_served_while_others_misbehave() {
    let mut shop = Shop::open(8, GUSTAV);
    thread::scope(|scope| {
        for seed in 1..4_u64 {
            let shop = &shop;
            scope.spawn(move || {
                for number in 0..100 {
                    let mut client = shop.connect();
                    for piece in wire::cut(&[HEALTH, &[0xff; 300]].concat(), seed * 1_000 + number)
                    {
                        client.send(&piece);
                    }
                }
            });
        }
        for _ in 0..300 {
            assert_eq!(
                shop.connect().ask(HEALTH).map(|answer| answer.status),
                Ok(200)
            );
        }
    });
    shop.assert_well("all that");
}
