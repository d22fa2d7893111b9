//! The part of P1 about HTTP: what a library would hide.

use std::thread;
use std::time::Duration;

use serde_json::json;

use super::p01_everything_works::same;
use super::shop::{PATIENCE, Shop, expect, pet};
use super::wire::{Answer, Wire, in_words};
use super::{Check, Stop};

/// Kept connections, pipelining, chunked bodies, `Expect`, the absolute form.
pub fn is_spoken(shop: &Shop) -> Check<()> {
    let (authority, prefix) = (&shop.authority, &shop.prefix);
    let dog = pet("Rex", "dog").to_string();
    let (first, rest) = dog.split_at(10);
    let post_head =
        shop.head("POST", "/pets") + "Content-Type: application/json; charset=UTF-8\r\n";
    let chunked = format!(
        "{post_head}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{first}\r\n{:X};a=b\r\n{rest}\r\n0\r\n\r\n",
        first.len(),
        rest.len()
    );
    let head = shop.bytes("HEAD", "/health", None);
    let url = shop.url();
    let absolute = format!("GET {url}/health HTTP/1.1\r\nHost: {authority}\r\n\r\n");
    let get = shop.bytes("GET", "/health", None);
    let post = shop.bytes("POST", "/pets", Some(&dog));
    let mut pipelined = get.clone();
    pipelined.extend([chunked.as_bytes(), absolute.as_bytes(), &head, &post].concat());
    let mut wire = shop.wire()?;
    send(&mut wire, &pipelined)?;
    for (what, method, target, status) in [
        (
            "the first of five pipelined requests",
            "GET",
            "/health",
            200,
        ),
        ("the second, which is chunked,", "POST", "/pets", 201),
        (
            "the third, whose target is in absolute form,",
            "GET",
            "/health",
            200,
        ),
        ("the fourth, a HEAD,", "HEAD", "/health", 200),
        ("the fifth, after a HEAD,", "POST", "/pets", 201),
    ] {
        let answer = read(&mut wire, method, what)?;
        shop.note(method, target, &answer);
        expect(answer, status, what)?;
    }

    let mut wire = shop.wire()?;
    send(
        &mut wire,
        format!(
            "{post_head}Content-Length: {}\r\nExpect: 100-continue\r\n\r\n",
            dog.len()
        )
        .as_bytes(),
    )?;
    thread::sleep(Duration::from_millis(100));
    send(&mut wire, dog.as_bytes())?;
    let answer = read(&mut wire, "POST", "a request that expects 100-continue")?;
    same(
        "the interim answers to Expect: 100-continue",
        &json!(answer.interim),
        &json!([100]),
    )?;
    expect(answer, 201, "a request that expects 100-continue")?;

    let mut wire = shop.wire()?;
    send(
        &mut wire,
        format!("GET {prefix}/health HTTP/1.0\r\n\r\n").as_bytes(),
    )?;
    expect(
        read(&mut wire, "GET", "a request of HTTP/1.0")?,
        200,
        "a request of HTTP/1.0",
    )
    .map(drop)
}

fn send(wire: &mut Wire, bytes: &[u8]) -> Check<()> {
    let sent = wire.send(bytes);
    sent.map_err(|error| {
        Stop::broken(format!(
            "A request could not be sent: {}.",
            in_words(&error)
        ))
    })
}

fn read(wire: &mut Wire, method: &str, what: &str) -> Check<Answer> {
    let answer = wire.answer(method == "HEAD", PATIENCE);
    answer.map_err(|error| Stop::broken(format!("{what}: {}.", in_words(&error))))
}
