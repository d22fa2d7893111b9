//! Bodies in chunks.

use super::{Case, answered, chunked, half_closed, refused};

/// Chunks that lie.
pub fn cases() -> Vec<Case> {
    let many_trailers = "T: 1\r\n".repeat(17);
    vec![
        answered(
            "an extension",
            [404],
            chunked("12;a=\"b\"\r\n{\"customer\":\"Ada\"}\r\n0\r\n\r\n"),
        ),
        answered(
            "a trailer",
            [404],
            chunked("12\r\n{\"customer\":\"Ada\"}\r\n0\r\nSum: 1\r\n\r\n"),
        ),
        answered("no chunk but the last", [400], chunked("0\r\n\r\n")),
        refused(
            "a chunk longer than it says",
            400,
            chunked("2\r\nabc\r\n0\r\n\r\n"),
        ),
        refused(
            "a chunk shorter than it says",
            400,
            chunked("4\r\nabc\r\n0\r\n\r\n"),
        ),
        refused(
            "other bytes after a chunk",
            400,
            chunked("3\r\nabcXY0\r\n\r\n"),
        ),
        refused(
            "many zeros before a size",
            400,
            chunked("00000000000000003\r\nabc\r\n0\r\n\r\n"),
        ),
        refused(
            "a size that is no number",
            400,
            chunked("x\r\nabc\r\n0\r\n\r\n"),
        ),
        refused("a size with a sign", 400, chunked("+3\r\nabc\r\n0\r\n\r\n")),
        refused("a size in C", 400, chunked("0x3\r\nabc\r\n0\r\n\r\n")),
        refused(
            "a space after a size",
            400,
            chunked("3 \r\nabc\r\n0\r\n\r\n"),
        ),
        refused("no size", 400, chunked("\r\nabc\r\n0\r\n\r\n")),
        refused(
            "a size of 2^64 + 3",
            400,
            chunked("10000000000000003\r\nabc\r\n0\r\n\r\n"),
        ),
        refused(
            "a size of 2^64 - 1",
            413,
            chunked("ffffffffffffffff\r\nabc\r\n0\r\n\r\n"),
        ),
        refused(
            "one byte too many in two chunks",
            413,
            chunked(&format!("ffff\r\n{}\r\n2\r\n", "a".repeat(0xffff))),
        ),
        refused(
            "a bare LF after a size",
            400,
            chunked("3\nabc\r\n0\r\n\r\n"),
        ),
        refused(
            "a bare LF in an extension",
            400,
            chunked("3;a\nb\r\nabc\r\n0\r\n\r\n"),
        ),
        refused(
            "a bare CR in an extension",
            400,
            chunked("3;a\rb\r\nabc\r\n0\r\n\r\n"),
        ),
        refused(
            "a bare LF after a chunk",
            400,
            chunked("3\r\nabc\n0\r\n\r\n"),
        ),
        refused("a bare LF at the end", 400, chunked("0\r\n\n")),
        refused(
            "an endless extension",
            400,
            chunked(&format!("3;{}", "a".repeat(300))),
        ),
        refused(
            "a request in the trailers",
            400,
            chunked("0\r\nGET /health HTTP/1.1\r\nHost: shop\r\n\r\n"),
        ),
        refused(
            "too many trailers",
            431,
            chunked(&format!("0\r\n{many_trailers}\r\n")),
        ),
        half_closed(
            "an end in the middle of a chunk",
            [400],
            chunked("12\r\n{\"cus"),
        ),
    ]
}
