//! The router before processes that are not as they should be.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use anyhow::{Result, ensure};

use super::Router;

/// A router in a thread of its own, before these processes.
fn router(processes: &[SocketAddr]) -> Result<SocketAddr> {
    let processes = processes.to_vec();
    let (tell, told) = channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(async {
            let router = Router::open(0)?;
            router.route(1, processes);
            tell.send(router.address)?;
            std::future::pending::<Result<()>>().await
        })
    });
    Ok(told.recv()?)
}

/// A process that reads a request, says this and hangs up; and what it was asked.
fn process(answer: &'static str) -> Result<(SocketAddr, Receiver<String>)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let (tell, told) = channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream?;
            tell.send(read_whole(&mut stream)?)?;
            stream.write_all(answer.as_bytes())?;
        }
        anyhow::Ok(())
    });
    Ok((address, told))
}

/// A request of this test: with no body, or with `hi`.
fn read_whole(stream: &mut TcpStream) -> Result<String> {
    let mut request = String::new();
    loop {
        let end = if request.starts_with("GET ") {
            ""
        } else {
            "hi"
        };
        if request.ends_with(&format!("\r\n\r\n{end}")) {
            return Ok(request);
        }
        let mut part = [0; 1_024];
        let length = stream.read(&mut part)?;
        ensure!(length > 0, "it broke off: {request}");
        request += str::from_utf8(&part[..length])?;
    }
}

/// A place where nobody listens.
fn nobody() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

/// What comes back of a request.
fn ask(router: SocketAddr, request: &str) -> Result<String> {
    let mut stream = TcpStream::connect(router)?;
    stream.write_all(request.as_bytes())?;
    stream.shutdown(Shutdown::Write)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

const GET: &str = "GET / HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n\r\n";
const POST: &str =
    "POST / HTTP/1.1\r\nhost: shop\r\nconnection: close\r\ncontent-length: 2\r\n\r\nhi";
const WELL: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi";

#[test]
fn what_is_meant_for_the_router_goes_no_further() -> Result<()> {
    let (address, asked) = process(
        "HTTP/1.1 200 OK\r\nkeep-alive: timeout=5\r\nconnection: close, x-own\r\nx-own: 1\r\nx-other: 2\r\ncontent-length: 0\r\n\r\n",
    )?;
    let request = "GET http://shop/pets?limit=1 HTTP/1.1\r\nhost: shop\r\nconnection: close, X-Mine\r\n\
        x-mine: 1\r\nte: trailers\r\nkeep-alive: 5\r\nx-yours: 2\r\nx-forwarded-for: 192.0.2.1\r\n\r\n";
    let answer = ask(router(&[address])?, request)?;
    let asked = asked.recv()?;
    assert!(
        asked.starts_with("GET /pets?limit=1 HTTP/1.1\r\n"),
        "{asked}"
    );
    for field in [
        "\r\nhost: shop\r\n",
        "\r\nx-yours: 2\r\n",
        "\r\nconnection: close\r\n",
        "\r\nx-forwarded-for: 192.0.2.1, 127.0.0.1\r\n",
        "\r\nx-request-id: ",
    ] {
        assert!(asked.contains(field), "{field} in {asked}");
    }
    for field in ["x-mine", "\r\nte:", "keep-alive"] {
        assert!(!asked.contains(field), "{field} in {asked}");
    }
    assert!(answer.contains("\r\nx-other: 2\r\n"), "{answer}");
    for field in ["x-own", "keep-alive"] {
        assert!(!answer.contains(field), "{field} in {answer}");
    }
    Ok(())
}

#[test]
fn a_request_keeps_the_name_that_it_has() -> Result<()> {
    let (address, asked) = process(WELL)?;
    let router = router(&[address])?;
    ask(router, &GET.replace("host", "x-request-id: mine\r\nhost"))?;
    assert!(asked.recv()?.contains("\r\nx-request-id: mine\r\n"));
    Ok(())
}

#[test]
fn who_refuses_a_connection_is_passed_over() -> Result<()> {
    let (address, asked) = process(WELL)?;
    let router = router(&[nobody()?, address])?;
    for _ in 0..4 {
        let answer = ask(router, POST)?;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        assert!(asked.recv()?.ends_with("\r\n\r\nhi"));
    }
    Ok(())
}

#[test]
fn what_may_have_been_read_is_asked_again_only_if_it_changes_nothing() -> Result<()> {
    let (rude, asked_rude) = process("")?;
    let (other, asked_other) = process(WELL)?;
    let router = router(&[rude, other])?;
    let (mut served, mut away) = (0, 0);
    for _ in 0..4 {
        let answer = ask(router, GET)?;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    }
    let asked = asked_rude.try_iter().count() + asked_other.try_iter().count();
    assert!(asked > 4, "nobody was asked again");
    for _ in 0..4 {
        let answer = ask(router, POST)?;
        if answer.starts_with("HTTP/1.1 200 OK\r\n") {
            served += 1;
        } else {
            assert!(answer.contains("/problems/shop-away"), "{answer}");
            away += 1;
        }
    }
    assert_eq!((served, away), (2, 2));
    let asked = asked_rude.try_iter().count() + asked_other.try_iter().count();
    assert_eq!(asked, 4, "somebody was asked again");
    Ok(())
}

#[test]
fn an_answer_that_breaks_off_is_not_made_whole() -> Result<()> {
    let (address, _asked) = process("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhal")?;
    let answer = ask(router(&[address])?, GET);
    let whole =
        answer.is_ok_and(|answer| answer.ends_with("hal") && !answer.contains("content-length: 9"));
    assert!(!whole);
    Ok(())
}
