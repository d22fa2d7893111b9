//! What hyper would answer without a word, or let pass, against the real program.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

struct Shop {
    child: Child,
    address: String,
    dir: TempDir,
}

impl Shop {
    fn open() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut program = Command::new(env!("CARGO_BIN_EXE_ch02-virtual-server"));
        program.env("PORT", "0").env("SHOP_DATA", dir.path());
        let mut child = program.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        let stdout = child.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        let address = line.trim_end().strip_prefix("listening on http://");
        let address = address.expect("it says where it listens").to_owned();
        Self {
            child,
            address,
            dir,
        }
    }

    /// Opens a connection, which the shop has accepted: a later one was answered.
    fn enter(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        let heard = self.converse(b"GET /health HTTP/1.0\r\n\r\n");
        assert!(heard.contains("200 OK"), "{heard}");
        stream
    }

    fn signal(&self, name: &str) {
        let mut kill = Command::new("kill");
        let status = kill.args([name, &self.child.id().to_string()]).status();
        assert!(status.unwrap().success());
    }

    /// Sends all of it, and reads what comes until the shop closes.
    fn converse(&self, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_mins(1)))
            .unwrap();
        stream.write_all(bytes).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut heard = Vec::new();
        stream.read_to_end(&mut heard).unwrap();
        String::from_utf8(heard).unwrap()
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn every_refusal_is_a_problem_with_a_date() {
    let shop = Shop::open();
    let get = |line: &str, more: &str| format!("{line} HTTP/1.1\r\nHost: shop\r\n{more}\r\n");
    let post = |more: &str, body: &str| {
        let json = "Host: shop\r\nContent-Type: application/json\r\n";
        format!("POST /pets HTTP/1.1\r\n{json}{more}\r\n{body}")
    };
    let last = "2\r\n{}\r\n0\r\n\r\n";
    for (name, request, due) in [
        (
            "a path that is no text",
            get("GET /pets/%ff", ""),
            "400 malformed-request",
        ),
        (
            "a report that is no text",
            get("GET /reports/%c3%28", ""),
            "400 malformed-request",
        ),
        ("all of the shop", get("OPTIONS *", ""), "404 no-such-route"),
        (
            "a tunnel",
            get("CONNECT shop:80", ""),
            "400 malformed-request",
        ),
        (
            "a space in the Host",
            "GET /pets HTTP/1.1\r\nHost: a b\r\n\r\n".into(),
            "400 malformed-request",
        ),
        (
            "two Hosts of long ago",
            "GET /pets HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n".into(),
            "400 malformed-request",
        ),
        (
            "chunked twice",
            post("Transfer-Encoding: chunked, chunked\r\n", last),
            "400 malformed-request",
        ),
        (
            "chunked in two fields",
            post(
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
                last,
            ),
            "400 malformed-request",
        ),
        (
            "squeezed and chunked",
            post("Transfer-Encoding: gzip, chunked\r\n", last),
            "400 malformed-request",
        ),
        (
            "half a body",
            post("Content-Length: 9\r\n", "{}"),
            "400 malformed-request",
        ),
        (
            "a NUL",
            get("GET /pets", "A: \0\r\n"),
            "400 malformed-request",
        ),
        (
            "no line end within 9,000 bytes",
            "G".repeat(20_000),
            "414 target-too-long",
        ),
        (
            "a large head",
            get("GET /pets", &format!("A: {}\r\n", "b".repeat(20_000))),
            "431 headers-too-large",
        ),
        (
            "a version to come",
            "GET /pets HTTP/3.0\r\n\r\n".into(),
            "505 version-not-supported",
        ),
    ] {
        let heard = shop.converse(request.as_bytes());
        let (status, problem) = due.split_once(' ').unwrap();
        // hyper answers HTTP/1.0 in HTTP/1.0.
        let given = heard
            .strip_prefix("HTTP/1.")
            .and_then(|rest| rest.get(2..5));
        assert_eq!(given, Some(status), "{name}: {heard}");
        assert!(
            heard.contains(&format!("/problems/{problem}")),
            "{name}: {heard}"
        );
        let fields = heard.to_ascii_lowercase();
        for field in ["date: ", "content-type: application/problem+json"] {
            assert_eq!(fields.matches(field).count(), 1, "{name}: {field}: {heard}");
        }
    }
}

#[test]
fn an_answer_before_a_refusal_is_not_lost() {
    let shop = Shop::open();
    let heard = shop.converse(b"GET /health HTTP/1.1\r\nHost: shop\r\n\r\nGARBAGE\r\n\r\n");
    assert!(heard.starts_with("HTTP/1.1 200 OK\r\n"), "{heard}");
    assert!(heard.contains(r#"{"status":"ok"}"#), "{heard}");
    assert!(heard.contains("HTTP/1.1 400 Bad Request\r\n"), "{heard}");
    assert!(heard.ends_with("}\n"), "{heard}");
}

#[test]
fn a_refused_head_gets_no_body() {
    let shop = Shop::open();
    let heard = shop.converse(b"HEAD /health HTTP/1.1\r\nHost : shop\r\n\r\n");
    assert!(heard.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{heard}");
    assert!(heard.ends_with("\r\n\r\n"), "{heard}");
}

/// Connections that the kernel has taken, and the shop has not.
#[test]
fn who_waits_at_the_door_is_served_by_a_shop_that_ends() {
    let mut shop = Shop::open();
    drop(shop.enter()); // It hears signals now.
    shop.signal("-STOP");
    let customers = [(); 20].map(|()| {
        let mut stream = TcpStream::connect(&shop.address).unwrap();
        stream.write_all(b"GET /health HTTP/1.0\r\n\r\n").unwrap();
        stream
    });
    shop.signal("-TERM");
    shop.signal("-CONT");
    for mut stream in customers {
        let mut heard = String::new();
        stream.read_to_string(&mut heard).unwrap();
        assert!(heard.starts_with("HTTP/1.0 200 OK"), "{heard}");
    }
    assert_eq!(shop.child.wait().unwrap().code(), Some(0));
}

#[test]
fn who_says_nothing_does_not_keep_the_shop_from_ending() {
    let mut shop = Shop::open();
    let _silent = shop.enter();
    let asked = Instant::now();
    shop.signal("-TERM");
    assert!(shop.child.wait().unwrap().success());
    // Ten seconds are for those who were not told to hurry.
    assert!(asked.elapsed() < Duration::from_secs(9));
}

#[test]
fn who_was_let_in_is_served_by_a_shop_that_ends() {
    let mut shop = Shop::open();
    let mut customer = shop.enter();
    shop.signal("-TERM");
    while TcpStream::connect(&shop.address).is_ok() {}
    customer
        .write_all(b"GET /health HTTP/1.1\r\nHost: shop\r\n\r\n")
        .unwrap();
    let mut heard = String::new();
    customer.read_to_string(&mut heard).unwrap();
    assert!(heard.starts_with("HTTP/1.1 200 OK\r\n"), "{heard}");
    assert!(shop.child.wait().unwrap().success());
}

#[test]
fn a_second_signal_ends_the_shop_at_once() {
    for (signal, status) in [("-TERM", 143), ("-INT", 130)] {
        let mut shop = Shop::open();
        let mut slow = shop.enter();
        slow.write_all(b"POST /pets HTTP/1.1\r\n").unwrap();
        shop.signal(signal);
        // The door is closed, so the first one was heard.
        while TcpStream::connect(&shop.address).is_ok() {}
        shop.signal(signal);
        assert_eq!(shop.child.wait().unwrap().code(), Some(status));
    }
}

#[test]
fn a_shop_that_finds_its_port_taken_leaves_no_trace() {
    let shop = Shop::open();
    let number = || fs::read_to_string(shop.dir.path().join("pid")).unwrap();
    assert_eq!(number(), shop.child.id().to_string());
    let elsewhere = tempfile::tempdir().unwrap();
    for dir in [shop.dir.path(), elsewhere.path()] {
        let mut program = Command::new(env!("CARGO_BIN_EXE_ch02-virtual-server"));
        let (_, port) = shop.address.split_once(':').unwrap();
        let output = program.env("PORT", port).env("SHOP_DATA", dir).output();
        let output = output.unwrap();
        assert_eq!(output.status.code(), Some(1));
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(told.contains("; set PORT to another one"), "{told}");
        assert_eq!(told.lines().count(), 1, "{told}");
    }
    assert_eq!(number(), shop.child.id().to_string());
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);
}
