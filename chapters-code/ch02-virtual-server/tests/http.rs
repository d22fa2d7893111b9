//! What hyper would answer without a word, or let pass, against the real program.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

struct Shop {
    child: Child,
    address: String,
    _dir: TempDir,
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
            _dir: dir,
        }
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
