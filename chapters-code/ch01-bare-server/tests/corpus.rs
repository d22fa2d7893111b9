//! What the fuzzers have found worth keeping, said again to the shop of today.

#[path = "wire/head.rs"]
mod head;
mod wire;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use wire::End;

/// Every answer that a conversation without a network can have, and how a client would know it.
const ANSWERS: [&str; 26] = [
    "200",
    "201",
    "400 invalid-idempotency-key",
    "400 invalid-query",
    "400 malformed-json",
    "400 malformed-request",
    "404 no-such-route",
    "404 pet-not-found",
    "404 report-not-kept",
    "405 method-not-allowed",
    "408 request-timeout",
    "409 already-adopted",
    "409 not-adopted",
    "411 length-required",
    "413 body-too-large",
    "414 target-too-long",
    "415 unsupported-media-type",
    "417 expectation-failed",
    "422 invalid-body",
    "431 headers-too-large",
    "501 method-not-implemented",
    "501 transfer-coding-not-implemented",
    "505 version-not-supported",
    // To HEAD requests:
    "HEAD 200",
    "HEAD 404",
    "HEAD 417",
];

#[test]
fn what_the_fuzzers_found_does_no_harm_and_reaches_every_answer() {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for file in corpus() {
        let bytes = fs::read(&file).unwrap();
        let seed = wire::seed_of(&bytes);
        let ends = [End::Waits, End::Closes];
        for answer in ends
            .map(|end| wire::talk_whole_and_cut(&bytes, end, seed))
            .concat()
        {
            let name = match (&answer.problem, answer.body.is_null()) {
                (Some(problem), _) => format!("{} {problem}", answer.status),
                (None, true) => format!("HEAD {}", answer.status),
                (None, false) => answer.status.to_string(),
            };
            *counts.entry(name).or_default() += 1;
        }
    }
    println!("{counts:#?}");
    let missing: Vec<&str> = ANSWERS
        .into_iter()
        .filter(|answer| !counts.contains_key(*answer))
        .collect();
    assert!(
        missing.is_empty(),
        "no file of the corpus is answered {missing:?}"
    );
}

#[test]
fn what_the_fuzzers_found_is_read_the_same_wherever_it_is_cut() {
    let heads = corpus()
        .iter()
        .filter(|file| head::parse_whole_and_cut(&fs::read(file).unwrap()).is_some())
        .count();
    println!("{heads} heads");
    assert!(
        heads > 20,
        "only {heads} files of the corpus begin with a good head"
    );
}

#[test]
fn the_corpus_is_small() {
    let sizes: Vec<u64> = corpus()
        .iter()
        .map(|file| file.metadata().unwrap().len())
        .collect();
    assert!(
        sizes.len() <= 200 && sizes.iter().sum::<u64>() <= 200_000,
        "{} files",
        sizes.len()
    );
}

fn corpus() -> Vec<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    let mut files = Vec::new();
    for target in ["converse", "head"] {
        let entries = fs::read_dir(dir.join(target)).unwrap();
        files.extend(entries.map(|entry| entry.unwrap().path()));
    }
    files.sort();
    files
}
