//! Whatever stands in the journal, the shop opens with every whole line before it, or says which line it cannot read.

use std::fs;
use std::path::Path;

use proptest::collection::vec;
use proptest::prelude::*;

use ch01_bare_server::journal::Journal;
use ch01_bare_server::line;
use ch01_bare_server::pets::{Customer, Description, Money, PetId};
use ch01_bare_server::shop::{Entry, Fact};
use ch01_bare_server::store::Store;

fn id() -> impl Strategy<Value = PetId> {
    "[1-3]".prop_map(PetId)
}

fn fact() -> impl Strategy<Value = Fact> {
    let price =
        (0_u32..=100_000_000, "[A-Z]{3}").prop_map(|(amount, currency)| Money { amount, currency });
    let about = (
        "(?s).{1,80}",
        "[a-z][a-z -]{0,39}",
        1_800_u16..=2_100,
        price,
    )
        .prop_map(|(name, species, born, price)| Description {
            name,
            species,
            born,
            price,
        });
    prop_oneof![
        (id(), about).prop_map(|(pet, about)| Fact::TakenIn { pet, about }),
        (vec(id(), 1..3), "(?s).{1,80}").prop_map(|(pets, name)| Fact::Adopted {
            pets,
            customer: Customer(name)
        }),
        (id(), "(?s).{1,500}").prop_map(|(pet, reason)| Fact::Returned { pet, reason }),
    ]
}

fn entry() -> impl Strategy<Value = Entry> {
    (any::<u64>(), fact()).prop_map(|(at, fact)| Entry { at, fact })
}

/// Bytes of which some look like lines of a journal.
fn rubbish() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        vec(any::<u8>(), 0..40),
        entry().prop_map(|entry| line::write(&entry).to_string().into_bytes()),
        (entry(), any::<prop::sample::Index>()).prop_map(|(entry, cut)| {
            let mut line = line::write(&entry).to_string().into_bytes();
            line.truncate(cut.index(line.len()));
            line
        }),
        Just(b"\n".to_vec()),
        Just(b"\r\n".to_vec()),
        Just(vec![0; 512]),
        Just(b"{\"at\":1,\"taken-in\":\"1\",\"about\":{}}\n".to_vec()),
        Just(b"{\"at\":-1,\"adopted\":[],\"customer\":\"\"}\n".to_vec()),
        Just([b"[".repeat(100_000), b"\n".to_vec()].concat()),
    ];
    vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

fn write(dir: &Path, entries: &[Entry], rubbish: &[u8]) -> Vec<u8> {
    let mut bytes: Vec<u8> = entries
        .iter()
        .flat_map(|entry| format!("{}\n", line::write(entry)).into_bytes())
        .collect();
    bytes.extend(rubbish);
    fs::write(dir.join("journal"), &bytes).unwrap();
    bytes
}

fn read(dir: &Path) -> Vec<u8> {
    fs::read(dir.join("journal")).unwrap()
}

/// The number in `…/journal: line 7 cannot be read`.
fn line_named(error: &str) -> Option<usize> {
    let (_, rest) = error.split_once("journal: line ")?;
    rest.split([' ', ':']).next()?.parse().ok()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_entry_reads_back_as_it_was_written(entry in entry()) {
        let line = line::write(&entry).to_string();
        prop_assert!(!line.contains('\n'));
        prop_assert_eq!(line::read(line.as_bytes()), Some(entry));
    }

    #[test]
    fn no_line_is_too_strange(line in rubbish()) {
        let _ = line::read(&line);
    }

    #[test]
    fn a_whole_line_is_never_lost(entries in vec(entry(), 0..4), rubbish in rubbish(), next in entry()) {
        let dir = tempfile::tempdir().unwrap();
        let before = write(dir.path(), &entries, &rubbish);
        match Journal::open(dir.path()) {
            Ok((mut journal, read_entries)) => {
                prop_assert!(read_entries.starts_with(&entries));
                let kept = read(dir.path());
                prop_assert!(before.starts_with(&kept) && (kept.is_empty() || kept.ends_with(b"\n")));
                let cut_off = &before[kept.len()..];
                prop_assert!(!cut_off[..cut_off.len().saturating_sub(1)].contains(&b'\n'), "more than a line is gone");
                journal.append(&next).unwrap();
                drop(journal);
                let (_, again) = Journal::open(dir.path()).unwrap();
                prop_assert_eq!(again, [read_entries, vec![next]].concat());
            }
            Err(error) => {
                let line = line_named(&error.to_string());
                prop_assert!(line.is_some_and(|line| line > entries.len()), "{}", error);
                prop_assert_eq!(read(dir.path()), before, "a journal that is refused is left as it is");
            }
        }
    }

    #[test]
    fn a_journal_that_contradicts_itself_is_refused_by_its_line(entries in vec(entry(), 0..9)) {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), &entries, b"");
        if let Err(error) = Store::open(dir.path()) {
            let line = line_named(&error.to_string());
            prop_assert!(line.is_some_and(|line| (1..=entries.len()).contains(&line)), "{}", error);
        }
    }
}
