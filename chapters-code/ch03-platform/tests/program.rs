//! What a platform asks of the program.

mod shop;

use std::collections::HashMap;
use std::io::{Read, Write};
use std::thread;

use anyhow::{Context, Result, ensure};
use local::Local;
use rustix::process::Signal;
use shop::{Heard, KIWI, Shop, hear, post, program, release};

/// A database with a table.
fn database() -> Result<Local> {
    let database = Local::in_memory()?;
    let output = release(&database.url())?;
    ensure!(output.status.success(), "{output:?}");
    Ok(database)
}

/// What it says on standard error, and its exit status.
fn refusal(environment: &[(&str, &str)], words: &[&str]) -> Result<(String, Option<i32>)> {
    let output = program(environment).args(words).output()?;
    assert!(output.stdout.is_empty(), "{output:?}");
    Ok((String::from_utf8(output.stderr)?, output.status.code()))
}

#[test]
fn all_that_is_missing_is_named() -> Result<()> {
    for words in [[].as_slice(), &["release"]] {
        let (told, status) = refusal(&[("PORT", "http")], words)?;
        assert_eq!(status, Some(1), "{told}");
        let begin = |line: &str| line.split([' ', '=']).take(2).collect::<Vec<_>>().join(" ");
        let named: Vec<String> = told.lines().map(begin).collect();
        let due = ["PORT", "TABLE", "AWS_REGION"].map(|name| format!("ch03-platform: {name}"));
        assert_eq!(named, due, "{told}");
    }
    Ok(())
}

#[test]
fn a_word_that_it_does_not_know_is_wrong_use() -> Result<()> {
    let (told, status) = refusal(&[], &["relase"])?;
    assert_eq!(status, Some(2));
    assert_eq!(
        told,
        "`relase` is not understood; usage: ch03-platform [release]\n"
    );
    Ok(())
}

#[test]
fn a_port_that_is_taken_is_named() -> Result<()> {
    let taken = std::net::TcpListener::bind("127.0.0.1:0")?;
    let port = taken.local_addr()?.port().to_string();
    let least = [
        ("TABLE", "shop"),
        ("AWS_REGION", "eu-central-1"),
        ("PORT", &port),
    ];
    let (told, status) = refusal(&least, &[])?;
    assert_eq!(status, Some(1), "{told}");
    assert!(told.contains(&port) && told.lines().count() == 1, "{told}");
    Ok(())
}

#[test]
fn the_release_command_may_be_given_at_each_release() -> Result<()> {
    let database = database()?;
    let shop = Shop::ready(&database.url(), &[])?;
    let pet = shop.take_in()?;
    assert!(release(&database.url())?.status.success());
    shop.wait_for(&pet, 200)?;
    Ok(())
}

#[test]
fn a_pet_is_sold_once_by_two_instances() -> Result<()> {
    let database = database()?;
    let shops = [(); 2].map(|()| Shop::ready(&database.url(), &[]));
    let [one, two] = shops;
    let shops = [one?, two?];
    let path = format!("{}/adoption", shops[0].take_in()?);
    let customer = |number: usize| {
        let body = format!(r#"{{"customer": "customer {number}"}}"#);
        shops[number % 2].post(&path, &body)
    };
    let answers = thread::scope(|scope| {
        let customers = (0..50).map(|number| scope.spawn(move || customer(number)));
        let customers: Vec<_> = customers.collect();
        let answers = customers.into_iter().map(|customer| customer.join());
        answers.collect::<Vec<_>>()
    });
    let mut statuses = HashMap::new();
    for answer in answers {
        let heard: Heard = answer.ok().context("a customer has panicked")??;
        *statuses.entry(heard.status).or_insert(0) += 1;
    }
    let count = |status| statuses.get(&status).copied().unwrap_or(0);
    // To a machine with much to do the database may seem away. Who hears so may have the
    // pet, or not.
    assert_eq!(count(200) + count(409) + count(503), 50, "{statuses:?}");
    assert!(
        count(200) == 1 || (count(200) == 0 && count(503) > 0),
        "{statuses:?}"
    );
    Ok(())
}

#[test]
fn the_number_of_a_request_is_in_the_answer_and_in_the_log() -> Result<()> {
    let database = database()?;
    let shop = Shop::ready(&database.url(), &[])?;
    let heard = shop.get_with("/pets", "X-Request-Id: from-the-router\r\n")?;
    assert_eq!(heard.field("x-request-id"), Some("from-the-router"));
    let line = shop.logged(|line| line["span"]["id"] == "from-the-router")?;
    assert_eq!(
        (&line["message"], &line["status"]),
        (&"answered".into(), &200.into())
    );
    assert_eq!(
        (&line["span"]["method"], &line["span"]["path"]),
        (&"GET".into(), &"/pets".into())
    );

    let heard = shop.get("/pets")?;
    let id = heard.field("x-request-id").context("it has a number")?;
    shop.logged(|line| line["span"]["id"] == id)?;
    Ok(())
}

#[test]
fn a_number_that_looks_like_none_is_replaced() -> Result<()> {
    let database = database()?;
    let shop = Shop::ready(&database.url(), &[])?;
    let long = "x".repeat(129);
    for odd in [
        "",
        "two words",
        "{\"id\"}",
        "tortoise\u{2014}1",
        &long,
        "1\r\nX-Request-Id: 2",
    ] {
        let heard = shop.get_with("/pets", &format!("X-Request-Id: {odd}\r\n"))?;
        let id = heard
            .field("x-request-id")
            .context("it has a number")?
            .to_owned();
        assert_eq!(id.len(), 36, "{odd:?}: {id}");
        shop.logged(|line| line["span"]["id"] == *id)?;
    }
    Ok(())
}

/// HTTP's own refusals are not the shop's, but somebody has to find them in the log.
#[test]
fn a_request_that_is_refused_at_the_door_has_a_number_too() -> Result<()> {
    let database = database()?;
    let shop = Shop::ready(&database.url(), &[])?;
    for (request, status) in [
        ("POST /pets HTTP/1.1\r\nHost: shop\r\n\r\n", 411),
        (
            "POST /pets HTTP/1.1\r\nHost: shop\r\nContent-Length: 70000\r\n\r\n",
            413,
        ),
        ("GET /pets HTTP/1.1\r\nConnection: close\r\n\r\n", 400),
        (
            "GET /nothing HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n",
            404,
        ),
        (
            "DELETE /ready HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n",
            405,
        ),
    ] {
        let heard = hear(shop.send(request)?)?;
        assert_eq!(heard.status, status, "{heard:?}");
        let id = heard.field("x-request-id").context("it has a number")?;
        let line = shop.logged(|line| line["span"]["id"] == id)?;
        assert_eq!(line["status"], status);
    }
    Ok(())
}

/// Sends a request without its last byte, and waits until the shop is at it. Gives the
/// connection and that byte.
fn begin(shop: &Shop) -> Result<(std::net::TcpStream, String)> {
    let expect = "Expect: 100-continue\r\nConnection: close\r\n";
    let request = post("/pets", expect, KIWI);
    let (most, last) = request.split_at(request.len() - 1);
    let mut stream = shop.send(most)?;
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on)?;
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    Ok((stream, last.to_owned()))
}

#[test]
fn what_is_under_way_is_answered_before_it_ends() -> Result<()> {
    let database = database()?;
    for signal in [Signal::TERM, Signal::INT] {
        let shop = Shop::ready(&database.url(), &[("GRACE", "60")])?;
        let (mut stream, last) = begin(&shop)?;
        shop.signal(signal)?;
        shop.close()?; // Further signals change nothing.
        stream.write_all(last.as_bytes())?;
        let heard = hear(stream)?;
        assert!(matches!(heard.status, 201 | 503), "{heard:?}");
        let (status, log) = shop.end()?;
        assert_eq!(status, Some(0), "{log:#?}");
        assert_eq!(log.last().context("it logs")?["message"], "ended");
    }
    Ok(())
}

#[test]
fn what_takes_longer_than_the_grace_is_cut_off_and_told() -> Result<()> {
    let database = database()?;
    let shop = Shop::ready(&database.url(), &[("GRACE", "1")])?;
    let _under_way = (begin(&shop)?, begin(&shop)?);
    shop.close()?;
    let (status, log) = shop.end()?;
    assert_eq!(status, Some(1), "{log:#?}");
    let last = log.last().context("it logs")?;
    assert_eq!(
        (&last["level"], &last["requests"]),
        (&"ERROR".into(), &2.into()),
        "{last}"
    );
    Ok(())
}

#[test]
fn who_says_nothing_is_not_cut_off() -> Result<()> {
    let database = database()?;
    let shop = Shop::ready(&database.url(), &[("GRACE", "60")])?;
    let _silent = shop.send("")?;
    shop.close()?;
    assert_eq!(shop.end()?.0, Some(0));
    Ok(())
}

#[test]
fn an_instance_that_was_told_to_stop_is_not_ready() -> Result<()> {
    let database = database()?;
    let shop = Shop::ready(&database.url(), &[("GRACE", "60")])?;
    let mut stream = shop.send("GET /ready HTTP/1.1\r\nHost: shop\r\n")?;
    shop.close()?;
    stream.write_all(b"\r\n")?;
    let heard = hear(stream)?;
    assert_eq!(heard.status, 503, "{heard:?}");
    assert_eq!(shop.end()?.0, Some(0));
    Ok(())
}

#[test]
fn what_is_logged_can_be_set() -> Result<()> {
    let database = database()?;
    let shop = Shop::ready(
        &database.url(),
        &[("RUST_LOG", "info,ch03_platform::logs=off")],
    )?;
    shop.close()?;
    let (_, log) = shop.end()?;
    let answered = |line: &&serde_json::Value| line["message"] == "answered";
    assert_eq!(log.iter().find(answered), None);
    Ok(())
}
