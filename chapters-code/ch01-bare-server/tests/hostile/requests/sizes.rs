//! Limits.

use super::{Case, answered, framed, get, post, refused, with};

/// More than the shop takes, and exactly as much.
pub fn cases() -> Vec<Case> {
    let line = |length: usize| get(&format!("/{}", "a".repeat(length - "GET / HTTP/1.1".len())));
    let head = |length: usize| with(&format!("A: {}", "a".repeat(length - with("A: ").len())));
    let fields = |count: usize| with(&["A: b"; 120][..count - 1].join("\r\n"));
    let body = |length: usize| {
        post(
            "/pets",
            format!("{{}}{}", " ".repeat(length - 2)).as_bytes(),
        )
    };
    vec![
        answered("a request line of 8,192 bytes", [404], line(8_192)),
        refused("a request line of 8,193 bytes", 414, line(8_193)),
        refused("a request line without an end", 414, "a".repeat(100_000)),
        refused(
            "a long request line and a bare LF",
            414,
            format!("{}\n", "a".repeat(8_300)),
        ),
        refused(
            "a long head and a bare LF",
            431,
            format!("{}\n", head(16_400).trim_end()),
        ),
        answered("a head of 16,384 bytes", [200], head(16_384)),
        refused("a head of 16,385 bytes", 431, head(16_385)),
        refused("a field of a megabyte", 431, head(1_000_000)),
        answered("100 fields", [200], fields(100)),
        refused("101 fields", 431, fields(101)),
        answered("a body of 65,536 bytes", [422], body(65_536)),
        refused("a body of 65,537 bytes", 413, body(65_537)),
        refused("a body of a megabyte", 413, body(1_000_000)),
        refused(
            "a length of 2^64 + 1",
            413,
            framed("Content-Length: 18446744073709551617", ""),
        ),
        refused(
            "a length of a thousand digits",
            413,
            framed(&format!("Content-Length: {}", "9".repeat(1_000)), ""),
        ),
        refused(
            "a GET with too long a body",
            413,
            with("Content-Length: 65537"),
        ),
        refused("a POST of no length", 411, framed("A: b", "")),
        answered(
            "a PUT of no length",
            [405],
            get("/pets").replace("GET", "PUT"),
        ),
        answered(
            "a GET with a body",
            [200, 200],
            format!("{}{{}}{}", with("Content-Length: 2"), get("/health")),
        ),
        answered(
            "a GET with chunks",
            [200, 200],
            format!(
                "{}0\r\n\r\n{}",
                with("Transfer-Encoding: chunked"),
                get("/health")
            ),
        ),
    ]
}
