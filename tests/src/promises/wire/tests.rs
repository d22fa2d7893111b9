use std::net::TcpListener;
use std::thread;

use super::*;

const PATIENCE: Duration = Duration::from_secs(20);

/// A wire to somebody who says this and hangs up.
fn wire_to(says: &'static str) -> Wire {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(says.as_bytes()).unwrap();
    });
    Wire::open(address, PATIENCE).unwrap()
}

#[test]
fn bodies_end_where_their_framing_says() {
    let mut wire = wire_to(
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n\
             3;a=b\r\none\r\nB\r\n, and a two\r\n0\r\nX: y\r\n\r\n\
             HTTP/1.1 404 No\r\nContent-Length: 5\r\n\r\nthree\
             HTTP/1.1 204 No\r\n\r\nHTTP/1.1 200 OK\r\nConnection: Close\r\n\r\nand the rest",
    );
    let mut read = || wire.answer(false, PATIENCE).unwrap();
    let first = read();
    assert_eq!((first.status, first.interim.as_slice()), (200, &[100][..]));
    assert_eq!(first.body, b"one, and a two");
    assert_eq!(read().body, b"three");
    assert_eq!(
        (read().body.len(), read().body),
        (0, b"and the rest".to_vec())
    );
    assert!(wire.is_closed_within(PATIENCE));
}

#[test]
fn what_is_no_answer_is_an_error() {
    for (says, kind) in [
        ("", ErrorKind::UnexpectedEof),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfour",
            ErrorKind::UnexpectedEof,
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\nfour",
            ErrorKind::InvalidData,
        ),
        ("SSH-2.0\r\n\r\n", ErrorKind::InvalidData),
    ] {
        let error = wire_to(says).answer(false, PATIENCE).unwrap_err();
        assert_eq!(error.kind(), kind, "{says}");
    }
}
