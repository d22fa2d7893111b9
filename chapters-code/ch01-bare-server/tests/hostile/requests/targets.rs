//! Paths and queries.

use super::{Case, answered, get, refused};

/// Targets that lead nowhere good.
pub fn cases() -> Vec<Case> {
    let long = "9".repeat(8_000);
    vec![
        answered(
            "an address with a host",
            [200],
            get("http://shop:8080/pets/1"),
        ),
        answered("an address in capitals", [200], get("HTTP://shop/health")),
        answered("an address without a path", [404], get("http://shop")),
        answered(
            "an address with a query alone",
            [404],
            get("http://shop?a=b"),
        ),
        refused("an address without a host", 400, get("http:///health")),
        refused(
            "an address with a user",
            400,
            get("http://ada:secret@shop/health"),
        ),
        refused(
            "an address of another scheme",
            400,
            get("ftp://shop/health"),
        ),
        refused("an address with text in front", 400, get("health")),
        refused(
            "an authority",
            400,
            "CONNECT shop:443 HTTP/1.1\r\nHost: shop\r\n\r\n",
        ),
        answered(
            "an asterisk",
            [404],
            "OPTIONS * HTTP/1.1\r\nHost: shop\r\n\r\n",
        ),
        answered("the way up", [404], get("/pets/../../../../etc/passwd")),
        answered(
            "the way up, encoded",
            [404],
            get("/pets/%2e%2e%2f%2e%2e%2fetc%2fpasswd"),
        ),
        answered("the way up by backslashes", [404], get("/pets/..\\..\\etc")),
        answered("two slashes", [404], get("//pets")),
        answered("a slash at the end", [404], get("/pets/")),
        answered("a fragment", [404], get("/health#top")),
        answered("an id of 8,000 bytes", [404], get(&format!("/pets/{long}"))),
        answered("an encoded NUL", [404], get("/pets/%00")),
        answered("an encoded line end", [404], get("/pets/1%0d%0aX:%20y")),
        answered("an encoding that is cut off", [404], get("/pets/%")),
        answered(
            "a query that is not UTF-8",
            [400],
            get("/pets?species=%ff%fe"),
        ),
        answered("a query that is cut off", [400], get("/pets?species=%4")),
        answered(
            "a query with a signed digit",
            [400],
            get("/pets?species=%+4"),
        ),
        answered(
            "a query with an encoded NUL",
            [400],
            get("/pets?species=%00"),
        ),
        answered("a query twice", [400], get("/pets?limit=1&limit=2")),
        answered("a limit of 0", [400], get("/pets?limit=0")),
        answered(
            "a limit of 2^64",
            [400],
            get("/pets?limit=18446744073709551616"),
        ),
        answered("a cursor from elsewhere", [400], get("/pets?cursor=..%2F1")),
        answered(
            "a thousand parameters",
            [400],
            get(&format!("/pets?{}", "a&".repeat(1_000))),
        ),
        answered(
            "a report of a long name",
            [404],
            get(&format!("/reports/{long}")),
        ),
    ]
}
