//! Request lines and fields.

use super::{Case, answered, framed, get, half_closed, refused, with};

/// Lines and fields that are none.
pub fn cases() -> Vec<Case> {
    let host = "GET /health HTTP/1.1\r\nHost: shop\r\n";
    vec![
        refused(
            "bare LF everywhere",
            400,
            "GET /health HTTP/1.1\nHost: shop\n\n",
        ),
        refused(
            "a bare LF after a field",
            400,
            "GET /health HTTP/1.1\r\nHost: shop\n\r\n",
        ),
        refused("a bare CR in a field", 400, with("A: b\rContent-Length: 3")),
        refused(
            "a bare CR in the request line",
            400,
            "GET /health\rHTTP/1.1\r\nHost: shop\r\n\r\n",
        ),
        refused("NUL in a field", 400, with("A: b\0c")),
        refused("NUL in the target", 400, get("/pets\0")),
        refused("NUL in a name", 400, with("A\0: b")),
        refused("a folded line", 400, with("A: b\r\n c")),
        refused(
            "a folded first line",
            400,
            "GET /health HTTP/1.1\r\n Host: shop\r\n\r\n",
        ),
        refused("no colon", 400, with("no colon")),
        refused("no name", 400, with(": b")),
        refused("a name that is not ASCII", 400, with("Größe: 3")),
        answered("a value that is not ASCII", [200], with("A: Größe")),
        answered(
            "a value that is not UTF-8",
            [200],
            [host.as_bytes(), b"A: \xff\xfe\r\n\r\n"].concat(),
        ),
        refused("no Host", 400, "GET /health HTTP/1.1\r\n\r\n"),
        refused("two Hosts", 400, with("Host: shop")),
        refused(
            "two hosts in one",
            400,
            "GET /health HTTP/1.1\r\nHost: a, b\r\n\r\n",
        ),
        refused(
            "a Host with a path",
            400,
            "GET /health HTTP/1.1\r\nHost: shop/pets\r\n\r\n",
        ),
        refused(
            "a user in the Host",
            400,
            "GET /health HTTP/1.1\r\nHost: ada@shop\r\n\r\n",
        ),
        answered(
            "an empty Host",
            [200],
            "GET /health HTTP/1.1\r\nHost:\r\n\r\n",
        ),
        answered(
            "an empty line before a request",
            [200],
            format!("\r\n{}", get("/health")),
        ),
        refused(
            "two empty lines before a request",
            400,
            format!("\r\n\r\n{}", get("/health")),
        ),
        half_closed(
            "an empty line after a request",
            [200],
            format!("{}\r\n", get("/health")),
        ),
        refused(
            "an odd method",
            400,
            "G@T /health HTTP/1.1\r\nHost: shop\r\n\r\n",
        ),
        answered(
            "a method in small letters",
            [501],
            get("/health").to_lowercase().replace("http", "HTTP"),
        ),
        answered(
            "a method of a kilobyte",
            [501],
            format!("{}{}", "M".repeat(1_000), &get("/health")[3..]),
        ),
        refused("two spaces", 400, get(" /health")),
        refused(
            "a tab for a space",
            400,
            get("/health").replacen(' ', "\t", 1),
        ),
        refused("a space in the target", 400, get("/pets/1 2")),
        refused(
            "a space after the version",
            400,
            "GET /health HTTP/1.1 \r\nHost: shop\r\n\r\n",
        ),
        refused("a target that is not ASCII", 400, get("/pets/ü")),
        refused("HTTP/0.9", 400, "GET /health\r\n\r\n"),
        refused("HTTP/0.9 in disguise", 505, "GET /health HTTP/0.9\r\n\r\n"),
        answered("HTTP/1.2", [200], get("/health").replace("1.1", "1.2")),
        refused("HTTP/2.0", 505, get("/health").replace("1.1", "2.0")),
        refused("HTTP/1.10", 400, get("/health").replace("1.1", "1.10")),
        refused(
            "http in small letters",
            400,
            get("/health").replace("HTTP", "http"),
        ),
        refused(
            "the preface of HTTP/2",
            505,
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        ),
        refused(
            "HTTP/1.0 that would go on",
            200,
            "GET /health HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
        ),
        refused(
            "a wish to close among others",
            200,
            with("Connection: keep-alive,\tCLOSE , x"),
        ),
        refused("an expectation", 417, with("Expect: tea")),
        refused("two expectations", 417, with("Expect: 100-continue, tea")),
        answered(
            "an expectation of nothing",
            [200],
            with("Expect: 100-continue"),
        ),
        answered(
            "an expectation in HTTP/1.0's past",
            [404],
            framed(
                "Expect: 100-CONTINUE\r\nContent-Length: 18",
                r#"{"customer":"Ada"}"#,
            ),
        ),
        refused(
            "an expectation of too much",
            413,
            framed("Expect: 100-continue\r\nContent-Length: 65537", ""),
        ),
    ]
}
