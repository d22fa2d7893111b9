//! Whatever a client sends, and however the network cuts it into pieces, the conversation ends as it should.

mod wire;

use proptest::collection::vec;
use proptest::prelude::*;

use wire::{End, cut, show, talk, talk_whole_and_cut};

const FAULTS: [&str; 9] = [
    "malformed-request",
    "target-too-long",
    "headers-too-large",
    "version-not-supported",
    "transfer-coding-not-implemented",
    "length-required",
    "body-too-large",
    "expectation-failed",
    "request-timeout",
];

/// A request that is well-formed, whatever the shop thinks of it, and whether it is the last.
fn request() -> impl Strategy<Value = Vec<u8>> {
    let target = prop_oneof![
        Just("/pets".to_owned()),
        Just("/pets?limit=1&status=adopted".to_owned()),
        Just("/health".to_owned()),
        Just("/adoptions".to_owned()),
        Just("http://shop:8080/pets/1".to_owned()),
        "/pets/[1-4]",
        "/pets/[1-4]/(adoption|return|history)",
        "/[!-~]{0,40}",
    ];
    let method = prop_oneof![
        Just("GET"),
        Just("HEAD"),
        Just("POST"),
        Just("PUT"),
        Just("PURGE")
    ];
    let fields = vec("[A-Za-z]{1,9}-[0-9]:[ \t]{0,2}[ -~]{0,30}\r\n", 0..4);
    (
        method,
        target,
        fields,
        body(),
        prop::option::weighted(0.2, Just("100-continue")),
    )
        .prop_map(|(method, target, fields, body, expect)| {
            let mut bytes = format!(
                "{method} {target} HTTP/1.1\r\nHost: shop\r\n{}",
                fields.concat()
            );
            bytes += "Content-Type: application/json\r\n";
            if let Some(expect) = expect {
                bytes.extend(["Expect: ", expect, "\r\n"]);
            }
            [bytes.into_bytes(), body].concat()
        })
}

/// The framing, the empty line and the body.
fn body() -> impl Strategy<Value = Vec<u8>> {
    let content = prop_oneof![
        Just(r#"{"customer":"Ada"}"#.to_owned()),
        Just(r#"{"reason":"it snores"}"#.to_owned()),
        Just(r#"{"customer":"Ben","pets":["1","3"]}"#.to_owned()),
        Just(
            r#"{"name":"Rex","species":"dog","born":2020,"price":{"amount":1,"currency":"EUR"}}"#
                .to_owned()
        ),
        "\\PC{0,300}",
    ];
    (
        content,
        prop::option::of(vec(1_usize..50, 1..9)),
        any::<bool>(),
    )
        .prop_map(|(content, chunks, trailer)| {
            let Some(chunks) = chunks else {
                return format!("Content-Length: {}\r\n\r\n{content}", content.len()).into_bytes();
            };
            let mut bytes = b"Transfer-Encoding: chunked\r\n\r\n".to_vec();
            let mut rest = content.as_bytes();
            for length in chunks.into_iter().cycle() {
                if rest.is_empty() {
                    break;
                }
                let (chunk, after) = rest.split_at(length.min(rest.len()));
                bytes.extend(format!("{:x};a=b\r\n", chunk.len()).bytes());
                bytes.extend(chunk);
                bytes.extend(b"\r\n");
                rest = after;
            }
            bytes.extend(if trailer {
                &b"0\r\nSum: 1\r\n\r\n"[..]
            } else {
                b"0\r\n\r\n"
            });
            bytes
        })
}

fn end() -> impl Strategy<Value = End> {
    prop_oneof![Just(End::Waits), Just(End::Closes)]
}

fn conversation() -> impl Strategy<Value = Vec<Vec<u8>>> {
    vec(request(), 1..8)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_request_has_its_answer_wherever_the_network_cuts(
        requests in conversation(),
        end in end(),
        seed in 1_u64..,
    ) {
        let answers = talk_whole_and_cut(&requests.concat(), end, seed);
        prop_assert_eq!(answers.len(), requests.len());
        for answer in answers {
            prop_assert!(!answer.problem.is_some_and(|name| FAULTS.contains(&name.as_str())));
        }
    }

    #[test]
    fn a_byte_at_a_time_is_as_good_as_all_at_once(requests in conversation()) {
        let bytes = requests.concat();
        let single = bytes.iter().map(|byte| vec![*byte]).collect();
        prop_assert_eq!(talk(vec![bytes], End::Closes), talk(single, End::Closes));
    }

    #[test]
    fn a_damaged_conversation_ends(
        requests in conversation(),
        damages in vec((any::<prop::sample::Index>(), damage()), 1..4),
        end in end(),
        seed in 1_u64..,
    ) {
        let mut bytes = requests.concat();
        for (place, (remove, insert)) in damages {
            let start = place.index(bytes.len() + 1);
            let end = (start + remove).min(bytes.len());
            bytes.splice(start..end, insert);
        }
        talk_whole_and_cut(&bytes, end, seed);
    }

    #[test]
    fn any_bytes_at_all_are_answered_or_refused(
        bytes in vec(any::<u8>(), 0..3_000),
        end in end(),
        seed in 1_u64..,
    ) {
        talk_whole_and_cut(&bytes, end, seed);
    }

    #[test]
    fn after_a_fault_there_is_one_answer_and_then_the_end(
        before in vec(request(), 0..3),
        bad in "[ -~&&[^:/]]{1,20}\r\n\r\n",
        after in vec(request(), 1..3),
        seed in 1_u64..,
    ) {
        let bytes = [before.concat(), bad.into_bytes(), after.concat()].concat();
        for pieces in [vec![bytes.clone()], cut(&bytes, seed)] {
            let answers = talk(pieces, End::Closes);
            prop_assert_eq!(answers.len(), before.len() + 1, "{}", show(&bytes));
            prop_assert!(answers.last().is_some_and(|last| last.closes && last.status >= 400));
        }
    }
}

/// So many bytes away, and these in their place.
fn damage() -> impl Strategy<Value = (usize, Vec<u8>)> {
    let insert = prop_oneof![
        Just(Vec::new()),
        vec(any::<u8>(), 1..4),
        prop_oneof![
            Just("\r\n"),
            Just("\n"),
            Just("\r"),
            Just("\0"),
            Just(" "),
            Just(":"),
            Just("Content-Length: 3\r\n"),
            Just("Transfer-Encoding: chunked\r\n"),
            Just("HTTP/1.0"),
            Just("HEAD "),
        ]
        .prop_map(|text| text.as_bytes().to_vec()),
        (1_usize..20_000).prop_map(|length| vec![b'a'; length]),
        (1_usize..20_000).prop_map(|length| [vec![b'a'; length], vec![b'\n']].concat()),
    ];
    (0_usize..30, insert)
}
