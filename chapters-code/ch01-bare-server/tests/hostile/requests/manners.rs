//! Beginnings, ends, and orders of requests.

use super::{Case, answered, framed, get, half_closed, refused};

/// Clients that leave early, or speak another language.
pub fn cases() -> Vec<Case> {
    let hello = b"\x16\x03\x01\0\x2e\x01\0\0\x2a\x03\x03\x0a0123456789012345678901234567890\0\0\x02\x13\x01\x01\0";
    vec![
        half_closed("nothing", [], ""),
        half_closed("an empty line", [], "\r\n"),
        half_closed("a single byte", [400], "G"),
        half_closed("half a request line", [400], "GET /hea"),
        half_closed("half a head", [400], "GET /health HTTP/1.1\r\nHost: sh"),
        half_closed(
            "half a body",
            [400],
            framed("Content-Length: 18", r#"{"cus"#),
        ),
        half_closed("half a HEAD", [400], "HEAD /health HTTP/1.1\r\n"),
        half_closed(
            "a good request and half of one",
            [200, 400],
            format!("{}GET", get("/health")),
        ),
        half_closed("a good request", [200], get("/health")),
        refused("the hello of TLS", 400, hello),
        refused("zeros", 414, [0; 9_000]),
        refused("line ends", 400, "\r\n".repeat(500)),
        answered(
            "ten good requests at once",
            [200; 10],
            get("/health").repeat(10),
        ),
        answered(
            "good ones and lost ones",
            [200, 404, 200],
            [get("/health"), get("/nowhere"), get("/pets/1")].concat(),
        ),
        answered(
            "HEAD wherever GET",
            [200, 200, 200, 404, 404, 400],
            heads_of(&[
                "/health",
                "/pets",
                "/pets/1",
                "/pets/none",
                "/reports/none",
                "/pets?limit=0",
            ]),
        ),
        answered(
            "HEAD where only POST is",
            [405, 405],
            heads_of(&["/adoptions", "/pets/1/adoption"]),
        ),
        refused(
            "a HEAD that is refused",
            417,
            "HEAD /health HTTP/1.1\r\nHost: shop\r\nExpect: tea\r\n\r\n",
        ),
        refused(
            "a HEAD with a broken body",
            400,
            "HEAD /health HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
        ),
    ]
}

fn heads_of(targets: &[&str]) -> String {
    targets
        .iter()
        .map(|target| get(target).replacen("GET", "HEAD", 1))
        .collect()
}
