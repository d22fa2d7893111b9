//! What nginx tells browsers and the shop, and what it does where there is no TLS.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

use anyhow::{Context, Result, ensure};
use less_to_run_tests::infra::front::Front;
use less_to_run_tests::promises::wire::{Answer, Wire};

use super::{Open, PATIENCE, one, told};

#[test]
fn without_tls_there_is_only_the_way_to_tls() -> Result<()> {
    let _beside = crate::QUIET.read();
    let Some(open) = Open::up()? else {
        return Ok(());
    };
    let plain = open.front.plain()?;
    let mut wire = Wire::open(plain.address, PATIENCE)?;
    let request = plain.bytes("POST", "/pets?a=b", Some("{}"));
    let answer = one(&mut wire, &request)?;
    let location = answer.field("location").unwrap_or_default();
    ensure!(
        answer.status == 308 && location == "https://127.0.0.1/pets?a=b",
        "{answer:?}"
    );
    // But for the proof that certbot puts there.
    let folder = open.front.acme().join(".well-known/acme-challenge");
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("token"), "proof")?;
    let request = plain.bytes("GET", "/.well-known/acme-challenge/token", None);
    let answer = one(&mut Wire::open(plain.address, PATIENCE)?, &request)?;
    ensure!(
        answer.status == 200 && answer.body == b"proof",
        "{answer:?}"
    );
    Ok(())
}

#[test]
fn browsers_are_told_to_be_careful_whatever_the_answer() -> Result<()> {
    let _beside = crate::QUIET.read();
    let Some(open) = Open::up()? else {
        return Ok(());
    };
    let shop = open.front.shop()?;
    let mut ids = Vec::new();
    for (target, status) in [("/health", 200), ("/nowhere", 404)] {
        let answer = shop.get(target).map_err(told)?;
        ensure!(answer.status == status, "{answer:?}");
        ids.push(is_careful(&answer)?);
    }
    // Refused by nginx itself.
    let answer = one(&mut shop.open(PATIENCE)?, b"NONSENSE\r\n\r\n")?;
    ensure!(answer.status == 400, "{answer:?}");
    ids.push(is_careful(&answer)?);
    ids.sort();
    ids.dedup();
    ensure!(ids.len() == 3, "requests share an id: {ids:?}");
    Ok(())
}

/// The request's id.
fn is_careful(answer: &Answer) -> Result<String> {
    for (name, due) in [
        ("strict-transport-security", "max-age="),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "default-src 'none'"),
    ] {
        let given = answer.field(name).unwrap_or_default();
        ensure!(given.starts_with(due), "{name}: {given:?} in {answer:?}");
    }
    let server = answer.field("server").unwrap_or_default();
    ensure!(server == "nginx", "it tells its version: {server}");
    Ok(answer.field("x-request-id").context("no id")?.to_owned())
}

#[test]
fn the_shop_is_told_who_asks_and_under_which_id() -> Result<()> {
    let _beside = crate::QUIET.read();
    let upstream = TcpListener::bind("127.0.0.1:0")?;
    let Some(front) = Front::before(upstream.local_addr()?)? else {
        return Ok(());
    };
    let asked = thread::spawn(move || -> Result<String> {
        let (mut stream, _) = upstream.accept()?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let mut head = vec![0; 4096];
        let length = stream.read(&mut head)?;
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")?;
        Ok(String::from_utf8_lossy(&head[..length]).to_lowercase())
    });
    let shop = front.shop()?;
    let request = b"GET /health HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 8.8.8.8\r\n\r\n";
    let answer = one(&mut shop.open(PATIENCE)?, request)?;
    let asked = asked.join().expect("nobody panics")?;
    let id = answer.field("x-request-id").context("no id")?;
    for due in [
        format!("x-request-id: {id}\r\n"),
        "x-forwarded-for: 127.0.0.1\r\n".to_owned(),
        "x-forwarded-proto: https\r\n".to_owned(),
        "connection: close\r\n".to_owned(),
    ] {
        ensure!(
            asked.contains(&due),
            "the shop was not told {due:?} but {asked:?}"
        );
    }
    // What a client says of itself is not passed on.
    ensure!(!asked.contains("8.8.8.8"), "{asked:?}");
    Ok(())
}
