//! What nginx allows one address, and that no other pays for it.

use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use less_to_run_tests::infra::front::Front;
use less_to_run_tests::promises::contract::Contract;
use less_to_run_tests::promises::wire::{Answer, Wire};
use rustix::net::{AddressFamily, SocketType, bind, connect, socket};

use super::{Open, PATIENCE, one};

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

/// An encrypted connection that comes from this address.
fn from(source: Ipv4Addr, front: &Front) -> Result<Wire> {
    let socket = socket(AddressFamily::INET, SocketType::STREAM, None)?;
    bind(&socket, &SocketAddr::from((source, 0)))?;
    connect(&socket, &front.address())?;
    let tcp = TcpStream::from(socket);
    Ok(Wire::encrypt(tcp, "127.0.0.1", front.trust(), PATIENCE)?)
}
