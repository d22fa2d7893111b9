use tempfile::tempdir;

use super::*;
use crate::promises::strace;

/// Lets the shop's calls happen on a disk at `/d`, and gives what a power cut leaves for certain.
fn after_a_cut(log: &str, pretend: Pretend) -> BTreeMap<String, String> {
    let mut disk = Disk::new(Path::new("/d"), pretend);
    for call in strace::read(log).unwrap() {
        disk.apply(&call).unwrap();
    }
    let dir = tempdir().unwrap();
    disk.write_down(&dir.path().join("disk"), None).unwrap();
    let mut found = BTreeMap::new();
    for folder in ["", "shop"] {
        for entry in fs::read_dir(dir.path().join("disk").join(folder))
            .into_iter()
            .flatten()
        {
            let path = entry.unwrap().path();
            if path.is_file() {
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                found.insert(name, fs::read_to_string(&path).unwrap());
            }
        }
    }
    found
}

const OPENED: &str = r#"7 mkdir("/d/shop", 0777) = 0
7 openat(AT_FDCWD</>, "/d/shop/j", O_RDWR|O_CREAT|O_APPEND|O_CLOEXEC, 0666) = 5</d/shop/j>
"#;
const NAMES_SYNCED: &str = "7 openat(AT_FDCWD</>, \"/d\", O_RDONLY|O_CLOEXEC) = 6</d>\n7 fsync(6</d>) = 0\n\
7 openat(AT_FDCWD</>, \"/d/shop\", O_RDONLY|O_CLOEXEC) = 6</d/shop>\n7 fsync(6</d/shop>) = 0\n";
const WRITTEN: &str = "7 write(5</d/shop/j>, \"one\", 3) = 3\n";
const SYNCED: &str = "7 fdatasync(5</d/shop/j>) = 0\n";

fn journal(text: &str) -> BTreeMap<String, String> {
    BTreeMap::from([("j".to_owned(), text.to_owned())])
}

#[test]
fn bytes_are_there_once_their_file_was_synced() {
    let unsynced = [OPENED, NAMES_SYNCED, WRITTEN].concat();
    assert_eq!(after_a_cut(&unsynced, Pretend::Nothing), journal(""));
    let synced = unsynced + SYNCED + "7 write(5</d/shop/j>, \"two\", 3) = 3\n";
    assert_eq!(after_a_cut(&synced, Pretend::Nothing), journal("one"));
    assert_eq!(after_a_cut(&synced, Pretend::NoFileSync), journal(""));
}

#[test]
fn names_are_there_once_their_directory_and_all_above_were_synced() {
    let synced = [OPENED, NAMES_SYNCED, WRITTEN, SYNCED].concat();
    assert_eq!(after_a_cut(&synced, Pretend::Nothing), journal("one"));
    assert_eq!(
        after_a_cut(&synced, Pretend::NoDirectorySync),
        BTreeMap::new()
    );
    let only_the_inner = synced.replace("fsync(6</d>)", "fsync(9</e>)");
    assert_eq!(
        after_a_cut(&only_the_inner, Pretend::Nothing),
        BTreeMap::new()
    );
}

#[test]
fn a_sync_that_failed_or_never_happened_keeps_nothing() {
    for value in ["-1 EIO (Input/output error) (INJECTED)", "0 (INJECTED)"] {
        let log = [
            OPENED,
            NAMES_SYNCED,
            WRITTEN,
            &SYNCED.replace("= 0", &format!("= {value}")),
        ]
        .concat();
        assert_eq!(after_a_cut(&log, Pretend::Nothing), journal(""));
    }
}

#[test]
fn a_write_that_was_still_under_way_when_the_sync_began_is_not_covered() {
    let log = [
        OPENED,
        NAMES_SYNCED,
        "7 write(5</d/shop/j>, \"one\", 3 <unfinished ...>\n8 fdatasync(5</d/shop/j> <unfinished ...>\n",
        "7 <... write resumed>) = 3\n8 <... fdatasync resumed>) = 0\n",
    ];
    assert_eq!(after_a_cut(&log.concat(), Pretend::Nothing), journal(""));
}

#[test]
fn a_file_that_is_renamed_takes_its_bytes_along() {
    let log = [
        OPENED,
        NAMES_SYNCED,
        WRITTEN,
        SYNCED,
        "7 openat(AT_FDCWD</>, \"/d/shop/t\", O_WRONLY|O_CREAT|O_TRUNC, 0666) = 8</d/shop/t>\n",
        "7 write(8</d/shop/t>, \"abcd\", 4) = 4\n7 lseek(8</d/shop/t>, 1, SEEK_SET) = 1\n",
        "7 write(8</d/shop/t>, \"B\", 1) = 1\n7 pwrite64(8</d/shop/t>, \"C\", 1, 2) = 1\n",
        "7 ftruncate(8</d/shop/t>, 3) = 0\n7 fsync(8</d/shop/t>) = 0\n",
        "7 rename(\"/d/shop/t\", \"/d/shop/j\") = 0\n",
    ];
    let log = log.concat();
    assert_eq!(after_a_cut(&log, Pretend::Nothing), journal("one"));
    let with_names = log + "7 fsync(6</d/shop>) = 0\n";
    assert_eq!(after_a_cut(&with_names, Pretend::Nothing), journal("aBC"));
}

#[test]
fn with_luck_any_beginning_of_the_rest_is_there() {
    let mut disk = Disk::new(Path::new("/d"), Pretend::Nothing);
    let log = [
        OPENED,
        NAMES_SYNCED,
        WRITTEN,
        SYNCED,
        "7 write(5</d/shop/j>, \"twothree\", 8) = 8\n",
    ]
    .concat();
    for call in strace::read(&log).unwrap() {
        disk.apply(&call).unwrap();
    }
    let mut random = fastrand::Rng::with_seed(1);
    let mut lengths = std::collections::BTreeSet::new();
    for number in 0..200 {
        let dir = tempdir().unwrap();
        let to = dir.path().join(number.to_string());
        disk.write_down(&to, Some(&mut random)).unwrap();
        let text = fs::read_to_string(to.join("shop/j")).unwrap();
        assert!(
            "onetwothree".starts_with(&text) && text.len() >= 3,
            "{text}"
        );
        lengths.insert(text.len());
    }
    assert_eq!(lengths.len(), 9, "every beginning came up in 200 tries");
}

#[test]
fn what_is_not_modelled_is_an_error() {
    let mut disk = Disk::new(Path::new("/d"), Pretend::Nothing);
    let log = "7 fallocate(5<\\x2f\\x64\\x2f\\x6a>, 0, 0, 5) = 0\n";
    let call = strace::read(log).unwrap().remove(0);
    assert!(disk.apply(&call).is_err());
}

const INDEX: &str = r#"7 openat(AT_FDCWD</>, "/d/shop/j-shm", O_RDWR|O_CREAT|O_CLOEXEC, 0644) = 6</d/shop/j-shm>
7 pwrite64(6</d/shop/j-shm>, "\x61", 1, 0) = 1
7 mmap(NULL, 32768, PROT_READ|PROT_WRITE, MAP_SHARED, 6</d/shop/j-shm>, 0) = 0x7f2859331000
7 fsync(6</d/shop/j-shm>) = 0
"#;

#[test]
fn an_index_that_the_program_writes_unseen_is_gone_or_there_with_anything_in_it() {
    let mut disk = Disk::new(Path::new("/d"), Pretend::Nothing);
    for call in strace::read(&[OPENED, INDEX, NAMES_SYNCED].concat()).unwrap() {
        disk.apply(&call).unwrap();
    }
    let mut random = fastrand::Rng::with_seed(1);
    let mut seen = std::collections::BTreeSet::new();
    for number in 0..100 {
        let dir = tempdir().unwrap();
        let to = dir.path().join(number.to_string());
        disk.write_down(&to, Some(&mut random)).unwrap();
        seen.insert(fs::read(to.join("shop/j-shm")).ok());
    }
    assert!(seen.contains(&None) && seen.contains(&Some(Vec::new())));
    assert!(seen.len() > 30, "{} contents", seen.len());
    assert!(!seen.contains(&Some(b"a".to_vec())));
}

#[test]
fn any_other_map_that_the_program_writes_is_not_modelled() {
    let map =
        |how: &str, file: &str| format!("7 mmap(NULL, 4096, {how}, {file}, 0) = 0x7f2859331000\n");
    let tried = |log: &str| {
        let mut disk = Disk::new(Path::new("/d"), Pretend::Nothing);
        let calls = strace::read(&[OPENED, log].concat()).unwrap();
        calls.iter().try_for_each(|call| disk.apply(call))
    };
    let shared = "PROT_READ|PROT_WRITE, MAP_SHARED";
    let error = tried(&map(shared, "5</d/shop/j>")).unwrap_err();
    assert!(error.to_string().contains("/d/shop/j"), "{error}");
    tried(&map(shared, "5</elsewhere>")).unwrap();
    tried(&map("PROT_READ, MAP_SHARED", "5</d/shop/j>")).unwrap();
    tried(&map("PROT_READ|PROT_WRITE, MAP_PRIVATE", "5</d/shop/j>")).unwrap();
    tried(&map(
        "PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS",
        "-1",
    ))
    .unwrap();
}
