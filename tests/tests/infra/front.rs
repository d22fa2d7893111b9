//! The real nginx before the real shop, asked through TLS.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use less_to_run_tests::infra::door::Door;
use less_to_run_tests::infra::front::{Front, at_home, certificate};
use less_to_run_tests::promises::contract::Contract;
use less_to_run_tests::promises::rung::Running;
use less_to_run_tests::promises::wire::{Answer, Wire};
use less_to_run_tests::promises::{Promise, Seen, Shop, Stop, ask_shop};
use rustix::net::{AddressFamily, SocketType, bind, connect, socket};
use tempfile::TempDir;

use crate::{deployed, shop};

const PATIENCE: Duration = Duration::from_secs(30);

/// nginx and a shop behind it.
struct Open {
    front: Front,
    // Dropped after nginx, which would complain else.
    _shop: Running,
    _data: TempDir,
}

impl Open {
    fn up() -> Result<Option<Self>> {
        let (door, data) = (Door::open()?, tempfile::tempdir()?);
        let Some(front) = Front::before(door.address()?)? else {
            return Ok(None);
        };
        let running = door.start(&[], &shop(), &data.path().join("shop"))?;
        Ok(Some(Self {
            front,
            _shop: running,
            _data: data,
        }))
    }
}

fn ask(promises: &[&str]) -> Result<()> {
    let Some(open) = Open::up()? else {
        return Ok(());
    };
    for promise in promises {
        let promise: Promise = promise.parse().map_err(anyhow::Error::msg)?;
        let finding = ask_shop(promise, &open.front.shop()?)?;
        println!("{finding}");
        let well = finding.seen == Seen::Kept && !finding.breaks_contract;
        ensure!(well, "through nginx: {finding}");
    }
    Ok(())
}

#[test]
fn the_shop_keeps_through_nginx_what_it_promises() -> Result<()> {
    let _beside = crate::QUIET.read();
    ask(&["P1", "P2", "P3", "P14"])
}

#[test]
fn slow_clients_delay_nobody_through_nginx() -> Result<()> {
    let _alone = crate::QUIET.write();
    ask(&["P5"])
}

#[test]
fn a_shop_that_is_away_is_said_to_be_away() -> Result<()> {
    let _beside = crate::QUIET.read();
    // Nobody listens there; and somebody who hangs up on everyone.
    let nobody = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let rude = TcpListener::bind("127.0.0.1:0")?;
    let address = rude.local_addr()?;
    thread::spawn(move || rude.incoming().for_each(drop));
    for shop in [nobody, address] {
        let Some(front) = Front::before(shop)? else {
            return Ok(());
        };
        let shop = front.shop()?;
        for (method, target) in [("GET", "/health"), ("POST", "/pets"), ("GET", "/pets/1")] {
            let answer = shop.request(method, target, None, &[]).map_err(told)?;
            ensure!(
                answer.status == 503 && answer.problem() == "shop-away",
                "{method} {target}: {answer:?}"
            );
            ensure!(answer.field("retry-after").is_some(), "no Retry-After");
        }
        ensure!(shop.remarks().is_empty(), "{:?}", shop.remarks());
    }
    Ok(())
}

#[test]
fn an_address_that_asks_too_much_is_slowed_down_and_no_other_is() -> Result<()> {
    let _beside = crate::QUIET.read();
    let Some(open) = Open::up()? else {
        return Ok(());
    };
    let (front, request) = (
        &open.front,
        open.front.shop()?.bytes("GET", "/health", None),
    );
    let mut greedy = from(Ipv4Addr::new(127, 0, 0, 2), front)?;
    let mut refused = None;
    // More than a burst, and sent faster than the rate: no machine is that slow.
    for _ in 0..2_000 {
        let answer = one(&mut greedy, &request)?;
        if answer.status == 429 {
            refused = Some(answer);
            break;
        }
        ensure!(answer.status == 200, "{answer:?}");
    }
    let refused = refused.context("2,000 requests of one address were let through")?;
    is_too_many(&refused)?;
    // This machine's own address is on the list of those that are not counted.
    let mut ours = from(Ipv4Addr::LOCALHOST, front)?;
    for _ in 0..200 {
        let answer = one(&mut ours, &request)?;
        ensure!(answer.status == 200, "{answer:?}");
    }
    Ok(())
}

#[test]
fn an_address_has_twenty_requests_under_way_and_no_more() -> Result<()> {
    let _beside = crate::QUIET.read();
    let Some(open) = Open::up()? else {
        return Ok(());
    };
    let request = open.front.shop()?.bytes("POST", "/pets", Some("{}"));
    let mut waiting = Vec::new();
    for _ in 0..21 {
        let mut wire = from(Ipv4Addr::new(127, 0, 0, 3), &open.front)?;
        wire.send(&request[..request.len() - 1])?;
        waiting.push(wire);
    }
    // nginx waits for the last byte of twenty, and which is the one too many is for its workers to say.
    let moment = Duration::from_millis(10);
    let mut answered = Vec::new();
    for _ in 0..20 {
        let heard = waiting.iter_mut().map(|wire| wire.answer(false, moment));
        answered.extend(heard.flatten());
        if !answered.is_empty() {
            break;
        }
    }
    ensure!(answered.len() == 1, "{} were refused", answered.len());
    is_too_many(&answered[0])
}

fn is_too_many(answer: &Answer) -> Result<()> {
    ensure!(answer.problem() == "too-many-requests", "{answer:?}");
    ensure!(answer.field("retry-after").is_some(), "no Retry-After");
    let breaches = Contract::of_the_shop().breaches("GET", "/health", answer);
    ensure!(breaches.is_empty(), "{breaches:?}");
    Ok(())
}

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

#[test]
fn a_certificate_that_nobody_vouches_for_is_not_believed() -> Result<()> {
    let _beside = crate::QUIET.read();
    let Some(open) = Open::up()? else {
        return Ok(());
    };
    let folder = tempfile::tempdir()?;
    let stranger = certificate(folder.path())?;
    let address = open.front.address();
    ensure!(Wire::open_encrypted(address, "127.0.0.1", &stranger, PATIENCE).is_err());
    let trust = open.front.trust();
    ensure!(Wire::open_encrypted(address, "127.0.0.2", trust, PATIENCE).is_err());
    ensure!(Wire::open_encrypted(address, "127.0.0.1", trust, PATIENCE).is_ok());
    let shop = Shop::at(&format!("https://{address}"))?.trusting(&stranger);
    ensure!(shop.get("/health").is_err());
    Ok(())
}

#[test]
fn what_a_test_replaces_has_to_be_there() -> Result<()> {
    let here = SocketAddr::from(([127, 0, 0, 1], 1));
    let folder = std::path::Path::new("/nowhere");
    let text = deployed("nginx.conf")?;
    at_home(&text, folder, here, here, here)?;
    for gone in ["listen 443 ssl;", "/etc/ssl/shop/", "listen [::]:80;"] {
        let text = text.replace(gone, "");
        ensure!(at_home(&text, folder, here, here, here).is_err(), "{gone}");
    }
    Ok(())
}

/// An encrypted connection that comes from this address.
fn from(source: Ipv4Addr, front: &Front) -> Result<Wire> {
    let socket = socket(AddressFamily::INET, SocketType::STREAM, None)?;
    bind(&socket, &SocketAddr::from((source, 0)))?;
    connect(&socket, &front.address())?;
    let tcp = TcpStream::from(socket);
    Ok(Wire::encrypt(tcp, "127.0.0.1", front.trust(), PATIENCE)?)
}

fn one(wire: &mut Wire, request: &[u8]) -> Result<Answer> {
    wire.send(request)?;
    Ok(wire.answer(false, PATIENCE)?)
}

fn told(stop: Stop) -> anyhow::Error {
    match stop {
        Stop::Broken(lines) => anyhow::anyhow!(lines.join(" ")),
        Stop::NotAsked(why) => anyhow::anyhow!(why),
        Stop::Suite(error) => error,
    }
}
