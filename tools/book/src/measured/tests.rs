use super::*;

fn workspace() -> (tempfile::TempDir, Workspace) {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("book.toml"), "").unwrap();
    fs::create_dir_all(dir.path().join("code")).unwrap();
    let workspace = Workspace::at(dir.path()).unwrap();
    (dir, workspace)
}

fn write(workspace: &Workspace, path: &str, text: &str) {
    fs::write(workspace.root().join(path), text).unwrap();
}

const CODE: &str = "/// Adds.\npub fn add(a: u8, b: u8) -> u8 {\n    a + b\n}\n";

#[test]
fn what_is_said_in_comments_and_tests_does_not_make_a_figure_stale() {
    let (_dir, workspace) = workspace();
    write(&workspace, "code/a.rs", CODE);
    let before = hash_of(workspace.root(), &["code"]).unwrap();
    for same in [
        "/// Adds two numbers.\n// ANCHOR: add\npub fn add(a: u8, b: u8) -> u8 { /* sum */ a + b }\n// ANCHOR_END: add\n".to_owned(),
        format!("//! A module.\n{CODE}\n#[cfg(test)]\nmod tests {{ #[test] fn adds() {{ assert_eq!(super::add(1, 2), 3); }} }}\n"),
        format!("#[cfg(test)]\nuse std::fmt;\n{CODE}"),
    ] {
        write(&workspace, "code/a.rs", &same);
        assert_eq!(hash_of(workspace.root(), &["code"]).unwrap(), before, "{same}");
    }
    for other in [
        CODE.replace("a + b", "a - b"),
        CODE.replace("a + b", "a +b; b"),
        CODE.replace("pub fn", "#[inline] pub fn"),
        format!("{CODE}\n#[cfg(unix)]\nmod more {{}}\n"),
    ] {
        write(&workspace, "code/a.rs", &other);
        assert_ne!(
            hash_of(workspace.root(), &["code"]).unwrap(),
            before,
            "{other}"
        );
    }
}

#[test]
fn a_stale_file_says_what_changed_and_how_to_measure_again() {
    let (_dir, workspace) = workspace();
    write(&workspace, "code/a.rs", CODE);
    write(&workspace, "code/b.toml", "x = 1\n");
    write(&workspace, "code/c.txt", "c");
    let mut measured = Measured::begin(&workspace, "cargo book measure 1", &["code"]).unwrap();
    measured.put("sum", 3.0, "lines", "lines of sums");
    measured.save(&workspace, "ch01").unwrap();
    assert_eq!(stale_files(&workspace).unwrap(), []);

    write(&workspace, "code/a.rs", "pub fn add() {}");
    write(&workspace, "code/d.txt", "d");
    fs::remove_file(workspace.root().join("code/c.txt")).unwrap();
    let stale = stale_files(&workspace).unwrap();
    assert_eq!(
        stale[0].to_string(),
        "book/measured/ch01.json is stale: code/a.rs changed, code/d.txt is new, code/c.txt is gone. \
         Measure again with `cargo book measure 1`"
    );

    fs::remove_dir_all(workspace.root().join("code")).unwrap();
    assert!(
        stale_files(&workspace).unwrap()[0]
            .to_string()
            .contains("code is gone")
    );
}

#[test]
fn a_figure_that_is_not_there_is_answered_with_the_nearest_that_is() {
    let (_dir, workspace) = workspace();
    let mut measured = Measured::begin(&workspace, "cargo book measure 1", &["code"]).unwrap();
    measured.put("decide_us", 12.3, "µs", "time to decide");
    measured.put("fsync_ms", 1.2, "ms", "time to sync");
    measured.save(&workspace, "ch01").unwrap();
    let wrong = |path| figure(&workspace, path).unwrap_err().to_string();
    assert_eq!(
        wrong("ch01.decide_ms"),
        "there is no figure `ch01.decide_ms`; the nearest is `decide_us`"
    );
    assert_eq!(
        wrong("ch02.decide_us"),
        "there is no measured file book/measured/ch02.json; the nearest is `ch01`"
    );
    assert!(wrong("decide_us").starts_with("`decide_us` is not FILE.KEY"));
    let (file, value) = figure(&workspace, "ch01.decide_us").unwrap();
    assert_eq!(file, measured);
    assert_eq!(human(value.value, &value.unit), "12\u{a0}µs");
}

#[test]
fn an_unknown_key_is_refused_with_its_place() {
    let (_dir, workspace) = workspace();
    let measured = Measured::begin(&workspace, "cargo book measure 1", &["code"]).unwrap();
    let path = measured.save(&workspace, "ch01").unwrap();
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("\"date\"", "\"day\"")).unwrap();
    let error = load(&workspace, "ch01").unwrap_err().to_string();
    assert!(
        error.contains("ch01.json:3: unknown field `day`"),
        "{error}"
    );
}

#[test]
fn a_machine_is_named_without_its_name() {
    let name = machine(Path::new("."));
    assert!(name.contains("core"), "{name}");
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    assert!(
        host.trim().is_empty() || !name.contains(host.trim()),
        "{name}"
    );
}
