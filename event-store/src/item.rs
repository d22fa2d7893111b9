//! A commit as an item of a table, and back.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue::{self, L, M, N, S};
use serde_json::Value;

use crate::backend::Fault;
use crate::commit::{Command, Commit, Known, Record, Snapshot, StreamId, millis};

/// An item, or the key of one.
pub(crate) type Item = HashMap<String, AttributeValue>;

// ANCHOR: item
/// A commit as an item. The first of a stream says besides in which of the index's
/// partitions its stream is listed: no other has `g`, so the index has one entry for each
/// stream.
pub(crate) fn write(commit: &Commit, partitions: u32) -> Item {
    let events = commit.events.iter().map(record).collect();
    let mut item = key(&commit.stream, commit.number);
    item.insert("e".into(), L(events));
    item.insert("n".into(), N(commit.holds.to_string()));
    item.insert("i".into(), command(&commit.command));
    item.insert("m".into(), metadata(commit));
    if let Some(state) = &commit.state {
        item.insert("s".into(), snapshot(state));
    }
    if commit.number == 1 {
        let partition = partition(&commit.stream, partitions);
        item.insert("g".into(), S(partition));
    }
    item
}
// ANCHOR_END: item

/// The key of a commit.
pub(crate) fn key(stream: &StreamId, number: u64) -> Item {
    HashMap::from([
        ("pk".into(), S(stream.0.clone())),
        ("c".into(), N(number.to_string())),
    ])
}

/// The partition of the index in which a stream is listed. It must be the same in every
/// process and every release, so it is no hash of the standard library's: FNV-1a.
/// <https://datatracker.ietf.org/doc/draft-eastlake-fnv/>
pub(crate) fn partition(stream: &StreamId, partitions: u32) -> String {
    let hash = stream.0.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    (hash % partitions.max(1)).to_string()
}

fn record(record: &Record) -> AttributeValue {
    map([
        ("t", S(record.kind.clone())),
        ("v", N(record.version.to_string())),
        ("b", S(record.body.to_string())),
    ])
}

fn command(command: &Command) -> AttributeValue {
    map([
        ("k", S(command.key.clone())),
        ("f", S(command.fingerprint.clone())),
    ])
}

fn snapshot(state: &Snapshot) -> AttributeValue {
    let known = serde_json::json!(state.known);
    map([
        ("v", N(state.version.to_string())),
        ("b", S(state.body.to_string())),
        ("k", S(known.to_string())),
    ])
}

fn metadata(commit: &Commit) -> AttributeValue {
    let mut map = HashMap::from([("t".to_owned(), N(millis(commit.at).to_string()))]);
    let ids = [("r", &commit.correlation), ("a", &commit.causation)];
    for (name, id) in ids {
        if let Some(id) = id {
            map.insert(name.into(), S(id.clone()));
        }
    }
    M(map)
}

fn map<const SIZE: usize>(parts: [(&str, AttributeValue); SIZE]) -> AttributeValue {
    M(parts.map(|(name, value)| (name.into(), value)).into())
}

/// A commit from its item.
///
/// # Errors
///
/// [`Fault::Odd`] names what is missing.
pub(crate) fn read(item: &Item) -> Result<Commit, Fault> {
    let commit = || -> Option<Result<Commit, &'static str>> {
        let stream = StreamId(text(item, "pk")?.to_owned());
        Some(parts(item, stream).ok_or("an attribute is missing, or of another type"))
    };
    let odd = |what: &str| Fault::Odd {
        stream: text(item, "pk").unwrap_or("?").into(),
        number: item
            .get("c")
            .and_then(|c| c.as_n().ok())
            .map_or("?", String::as_str)
            .to_owned(),
        what: what.to_owned(),
    };
    commit().unwrap_or(Err("it has no pk")).map_err(odd)
}

fn parts(item: &Item, stream: StreamId) -> Option<Commit> {
    let events = item.get("e")?.as_l().ok()?;
    let command = item.get("i")?.as_m().ok()?;
    let metadata = item.get("m")?.as_m().ok()?;
    let state = match item.get("s") {
        None => None,
        Some(state) => Some(state_of(state.as_m().ok()?)?),
    };
    let id = |name| text(metadata, name).map(str::to_owned);
    Some(Commit {
        stream,
        number: number(item, "c")?,
        events: events.iter().map(record_of).collect::<Option<_>>()?,
        holds: number(item, "n")?,
        command: Command {
            key: text(command, "k")?.to_owned(),
            fingerprint: text(command, "f")?.to_owned(),
        },
        state,
        at: Duration::from_millis(number(metadata, "t")?),
        correlation: id("r"),
        causation: id("a"),
    })
}

fn record_of(value: &AttributeValue) -> Option<Record> {
    let map = value.as_m().ok()?;
    Some(Record {
        kind: text(map, "t")?.to_owned(),
        version: number(map, "v")?,
        body: json(map, "b")?,
    })
}

fn state_of(map: &Item) -> Option<Snapshot> {
    let known: Vec<Known> = serde_json::from_str(text(map, "k")?).ok()?;
    Some(Snapshot {
        version: number(map, "v")?,
        body: json(map, "b")?,
        known,
    })
}

fn text<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}

fn number<T: std::str::FromStr>(item: &Item, name: &str) -> Option<T> {
    item.get(name)?.as_n().ok()?.parse().ok()
}

fn json(item: &Item, name: &str) -> Option<Value> {
    serde_json::from_str(text(item, name)?).ok()
}

// ANCHOR: size
/// Bytes of an item as `DynamoDB` counts them: names and values, a number as one byte and
/// another for every two digits, and 3 bytes for a list or a map with one more for each
/// thing in it.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html>
pub(crate) fn size(item: &Item) -> usize {
    item.iter()
        .map(|(name, value)| name.len() + size_of(value))
        .sum()
}

fn size_of(value: &AttributeValue) -> usize {
    match value {
        S(text) => text.len(),
        N(digits) => digits.len().div_ceil(2) + 1,
        L(list) => 3 + list.iter().map(|value| 1 + size_of(value)).sum::<usize>(),
        M(map) => 3 + map.len() + size(map),
        // Nothing else is written here.
        _ => 1,
    }
}
// ANCHOR_END: size

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn commit(number: u64) -> Commit {
        let command = Command {
            key: "k1".into(),
            fingerprint: "f1".into(),
        };
        let known = Known {
            command: command.clone(),
            number,
            at: 7,
        };
        Commit {
            stream: "pet#1".into(),
            number,
            events: vec![Record {
                kind: "Adopted".into(),
                version: 2,
                body: json!({ "customer": "Zoë" }),
            }],
            holds: 3,
            command,
            state: Some(Snapshot {
                version: 1,
                body: json!({ "home": "Zoë" }),
                known: vec![known],
            }),
            at: Duration::from_millis(1_234),
            correlation: Some("sale 7".into()),
            causation: None,
        }
    }

    #[test]
    fn a_commit_comes_back_as_it_was_written() {
        for number in [1, 2, 10_000] {
            let commit = commit(number);
            assert_eq!(read(&write(&commit, 8)), Ok(commit));
        }
        let bare = Commit {
            state: None,
            events: vec![],
            correlation: None,
            ..commit(2)
        };
        assert_eq!(read(&write(&bare, 8)), Ok(bare));
    }

    #[test]
    fn the_first_of_a_stream_alone_is_listed() {
        assert!(write(&commit(1), 8).contains_key("g"));
        assert!(!write(&commit(2), 8).contains_key("g"));
    }

    #[test]
    fn streams_are_spread_over_the_partitions_of_the_index() {
        let mut counts = [0; 8];
        for number in 0..800 {
            let stream = StreamId(format!("pet#{number}"));
            let partition: usize = partition(&stream, 8).parse().expect("a number");
            counts[partition] += 1;
        }
        assert!(counts.iter().all(|count| *count > 50), "{counts:?}");
    }

    #[test]
    fn what_is_missing_is_told_with_stream_and_commit() {
        for name in ["e", "n", "i", "m"] {
            let mut item = write(&commit(7), 8);
            item.remove(name);
            let error = read(&item).expect_err(name).to_string();
            assert!(error.contains("stream pet#1, commit 7"), "{error}");
        }
    }

    #[test]
    fn a_size_is_that_of_the_documentation() {
        // 2 + 5 for the stream, 1 + 2 for the number 7.
        assert_eq!(size(&key(&"pet#1".into(), 7)), 7 + 3);
        let list = HashMap::from([("e".to_owned(), L(vec![S("ab".into())]))]);
        assert_eq!(size(&list), 1 + 3 + 1 + 2);
    }
}
