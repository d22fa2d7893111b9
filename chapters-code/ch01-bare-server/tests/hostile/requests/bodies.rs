//! JSON.

use super::{Case, adopt, answered, framed, post};

/// JSON that is none, and JSON that nobody wanted.
pub fn cases() -> Vec<Case> {
    let deep = |depth: usize| adopt(&format!("{}{}", "[".repeat(depth), "]".repeat(depth)));
    let rex = |born: &str| {
        let price = r#"{"amount":1,"currency":"EUR"}"#;
        post(
            "/pets",
            format!(r#"{{"name":"Rex","species":"dog","born":{born},"price":{price}}}"#).as_bytes(),
        )
    };
    let key = |key: &str| {
        framed(
            &format!("Idempotency-Key: {key}\r\nContent-Length: 18"),
            r#"{"customer":"Ada"}"#,
        )
    };
    vec![
        answered("arrays a hundred deep", [422], deep(100)),
        answered("arrays thirty thousand deep", [400], deep(30_000)),
        answered(
            "objects without an end",
            [400],
            post("/pets", r#"{"a":"#.repeat(13_000).as_bytes()),
        ),
        answered(
            "a number of a thousand digits",
            [400],
            rex(&"9".repeat(1_000)),
        ),
        answered("a number of 2^64", [422], rex("18446744073709551616")),
        answered("a number beyond all numbers", [400], rex("1e999")),
        answered("minus nothing", [422], rex("-0")),
        answered("half a year", [422], rex("2020.5")),
        answered("not a number", [400], rex("NaN")),
        answered("an empty body", [400], post("/pets", b"")),
        answered("a string", [422], post("/pets", b"\"pet\"")),
        answered("null", [422], post("/pets", b"null")),
        answered("two values", [400], post("/pets", b"{}{}")),
        answered("a comma too many", [400], adopt("\"Ada\",")),
        answered("a key twice", [404], adopt(r#""Ada","customer":"Ben""#)),
        answered("a lone surrogate", [400], adopt(r#""\ud800""#)),
        answered("a pair of surrogates", [404], adopt(r#""\ud83d\udc22""#)),
        answered("an escaped NUL", [404], adopt(r#""\u0000""#)),
        answered("a raw line end in a string", [400], adopt("\"A\nda\"")),
        answered(
            "a string that is not UTF-8",
            [400],
            post("/pets/none/adoption", b"{\"customer\":\"\xff\"}"),
        ),
        answered(
            "a byte order mark",
            [400],
            post("/pets/none/adoption", b"\xef\xbb\xbf{\"customer\":\"Ada\"}"),
        ),
        answered("UTF-16", [400], post("/pets/none/adoption", b"{\0\"\0c\0")),
        answered(
            "80 characters of four bytes",
            [404],
            adopt(&format!("\"{}\"", "🐢".repeat(80))),
        ),
        answered(
            "81 characters",
            [422],
            adopt(&format!("\"{}\"", "🐢".repeat(81))),
        ),
        answered("ten thousand fields that nobody knows", [422], {
            let fields: Vec<String> = (0..6_000)
                .map(|number| format!("\"{number}~/\":0"))
                .collect();
            post("/pets", format!("{{{}}}", fields.join(",")).as_bytes())
        }),
        answered(
            "ten thousand pets",
            [422],
            post(
                "/adoptions",
                format!("{{\"pets\":[{}1]}}", "1,".repeat(10_000)).as_bytes(),
            ),
        ),
        answered(
            "the way up for a pet",
            [422],
            post("/adoptions", br#"{"pets":["../1"],"customer":"Ada"}"#),
        ),
        answered(
            "a pet twice",
            [422],
            post("/adoptions", br#"{"pets":["1","1"],"customer":"Ada"}"#),
        ),
        answered(
            "no type",
            [415],
            "POST /pets HTTP/1.1\r\nHost: shop\r\nContent-Length: 2\r\n\r\n{}",
        ),
        answered(
            "another charset",
            [415],
            "POST /pets HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json;charset=utf-16\r\nContent-Length: 2\r\n\r\n{}",
        ),
        answered(
            "a semicolon and nothing",
            [422],
            "POST /pets HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json;\r\nContent-Length: 2\r\n\r\n{}",
        ),
        answered("a key of 255 bytes", [404], key(&"k".repeat(255))),
        answered("a key of 256 bytes", [400], key(&"k".repeat(256))),
        answered("an empty key", [400], key("")),
        answered("a key with a space", [400], key("a b")),
    ]
}
