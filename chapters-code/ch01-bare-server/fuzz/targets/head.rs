//! The head alone: `cargo +nightly fuzz run head` in the crate's folder.
//!
//! Beside the assertions that the corpus is replayed with, `httparse`, which much of the Rust world puts in front of
//! its servers, reads the same bytes. Where the shop sees a request, it must see the same one: two programs that
//! disagree about a head are how requests are smuggled.

#![no_main]

#[path = "../../tests/wire/head.rs"]
mod head;

use ch01_bare_server::http::Head;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Some((head, length)) = head::parse_whole_and_cut(bytes) {
        compare_with_httparse(&head, &bytes[..length]);
    }
});

fn compare_with_httparse(head: &Head, bytes: &[u8]) {
    let mut fields = [httparse::EMPTY_HEADER; 100];
    let mut other = httparse::Request::new(&mut fields);
    match other.parse(bytes) {
        // A minor version that is not written yet: RFC 9110, section 2.5 wants it accepted, httparse refuses it.
        Err(httparse::Error::Version) if head.minor_version == 1 => return,
        result => assert_eq!(result, Ok(httparse::Status::Complete(bytes.len()))),
    }
    assert_eq!(other.method, Some(head.method.as_str()));
    assert_eq!(other.version, Some(head.minor_version));
    let target = other.path.expect("httparse has found a target");
    assert!(target.ends_with(&head.query), "{target} {head:?}");
    assert!(
        target.contains(head.path.as_str()) || head.path == "/",
        "{target} {head:?}"
    );
    for field in other.headers.iter() {
        let name = field.name.to_ascii_lowercase();
        let value = String::from_utf8_lossy(field.value.trim_ascii()).into_owned();
        assert!(
            head.all(&name).any(|ours| ours == value),
            "{name}: {value:?} {head:?}"
        );
        assert_eq!(
            head.all(&name).count(),
            other
                .headers
                .iter()
                .filter(|other| other.name.eq_ignore_ascii_case(&name))
                .count()
        );
    }
}
