//! What must hold of a head, whatever bytes it is read from.

use ch01_bare_server::http::{Framing, Head, MAX_BODY, MAX_HEAD, MAX_REQUEST_LINE};

/// Reads a head from `bytes` and from beginnings of them. Gives it with its length, if there is one.
///
/// # Panics
///
/// When what is found depends on how much has arrived, or is more than the limits allow.
pub fn parse_whole_and_cut(bytes: &[u8]) -> Option<(Head, usize)> {
    let found = Head::parse(bytes);
    // A number that follows from the input and has no pattern.
    let sum = bytes.iter().fold(7_usize, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(usize::from(*byte))
    });
    for cut in [sum % (bytes.len() + 1), bytes.len().saturating_sub(1)] {
        let early = Head::parse(&bytes[..cut]);
        assert!(
            early == Ok(None) || early == found,
            "after {cut} bytes {early:?}, then {found:?}"
        );
    }
    let (head, length) = found.ok()??;
    assert!(length <= MAX_HEAD && bytes[..length].ends_with(b"\r\n\r\n"));
    assert_eq!(
        Head::parse(&bytes[..length]),
        Ok(Some((head.clone(), length)))
    );
    assert_eq!(Head::parse(&bytes[..length - 1]), Ok(None));
    assert!(head.method.len() + head.path.len() + head.query.len() <= MAX_REQUEST_LINE);
    assert!(head.path.starts_with('/') || head.path == "*", "{head:?}");
    assert!(
        head.path
            .bytes()
            .chain(head.query.bytes())
            .all(|byte| byte.is_ascii_graphic())
    );
    assert!(head.minor_version == 0 || head.all("host").count() == 1);
    let (lengths, codings) = (
        head.all("content-length").count(),
        head.all("transfer-encoding").count(),
    );
    match head.framing {
        Framing::Empty => assert!(codings == 0 && lengths <= 1),
        Framing::Length(length) => assert!(codings == 0 && lengths == 1 && length <= MAX_BODY),
        Framing::Chunked => assert!(codings == 1 && lengths == 0),
    }
    Some((head, length))
}
