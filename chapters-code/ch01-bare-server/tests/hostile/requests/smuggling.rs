//! Framing that two programs may read in two ways.

use crate::shop::HEALTH;

use super::{Case, answered, chunked, framed, post, refused};

/// Two readers, two lengths: how a request is hidden in another one (RFC 9112, section 11.2).
pub fn cases() -> Vec<Case> {
    let ada = r#"{"customer":"Ada"}"#;
    let last = "12\r\n{\"customer\":\"Ada\"}\r\n0\r\n\r\n";
    let te = |value: &str| framed(&format!("Transfer-Encoding: {value}"), last);
    vec![
        refused(
            "two lengths that differ",
            400,
            framed("Content-Length: 18\r\nContent-Length: 2", ada),
        ),
        refused(
            "two lengths that agree",
            400,
            framed("Content-Length: 18\r\nContent-Length: 18", ada),
        ),
        refused(
            "a list of equal lengths",
            400,
            framed("Content-Length: 18, 18", ada),
        ),
        refused(
            "a length with a plus",
            400,
            framed("Content-Length: +18", ada),
        ),
        refused(
            "a length below zero",
            400,
            framed("Content-Length: -1", ada),
        ),
        refused(
            "a length in hexadecimal",
            400,
            framed("Content-Length: 0x12", ada),
        ),
        refused(
            "a length with a fraction",
            400,
            framed("Content-Length: 18.0", ada),
        ),
        refused(
            "a length in Arabic digits",
            400,
            framed("Content-Length: \u{661}\u{668}", ada),
        ),
        refused(
            "no digits in a length",
            400,
            framed("Content-Length: ", ada),
        ),
        refused(
            "white space within a length",
            400,
            framed("Content-Length: 1 8", ada),
        ),
        refused(
            "a space before the colon",
            400,
            framed("Content-Length : 18", ada),
        ),
        answered(
            "zeros before a length",
            [404],
            framed("Content-Length: 000000000000000000000018", ada),
        ),
        answered(
            "a length in another word",
            [404],
            framed("Content_Length: 3\r\nContent-Length: 18", ada),
        ),
        refused(
            "a length beside chunks",
            400,
            framed("Content-Length: 18\r\nTransfer-Encoding: chunked", last),
        ),
        refused(
            "chunks beside a length",
            400,
            framed("Transfer-Encoding: chunked\r\nContent-Length: 3", last),
        ),
        refused(
            "two codings",
            400,
            framed(
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
                last,
            ),
        ),
        refused(
            "chunked by two fields",
            400,
            framed(
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
                last,
            ),
        ),
        refused("chunked twice", 400, te("chunked, chunked")),
        refused("chunked and then another", 400, te("chunked, gzip")),
        refused("a coding before chunked", 501, te("gzip, chunked")),
        refused("another coding", 400, te("gzip")),
        refused("no coding", 400, te("identity")),
        refused("almost chunked", 400, te("xchunked")),
        refused("chunked in quotes", 400, te("\"chunked\"")),
        refused("chunked with a parameter", 400, te("chunked;q=1")),
        refused("chunked after a no-break space", 400, te("\u{a0}chunked")),
        refused("chunked before a next-line", 400, te("chunked\u{85}")),
        refused("chunked after a vertical tab", 400, te("\x0bchunked")),
        refused("chunked after NUL", 400, te("\0chunked")),
        refused("chunked on a folded line", 400, te("\r\n chunked")),
        refused("an empty coding", 400, te("")),
        answered("chunked in capitals", [404], te("CHUNKED")),
        answered("tabs around chunked", [404], te("\t chunked \t")),
        refused(
            "chunks in HTTP/1.0",
            400,
            chunked(last).replace("HTTP/1.1", "HTTP/1.0"),
        ),
        answered("a request in a body", [400], post("/pets", HEALTH)),
    ]
}
