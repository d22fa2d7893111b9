use super::*;

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    dir
}

#[test]
fn tests_are_counted_apart_wherever_they_stand() {
    let dir = folder(&[
        (
            "src/lib.rs",
            "//! Docs.\nmod a;\n\n// A comment.\npub fn one() -> u8 {\n    1 // one\n}\n#[cfg(test)]\nmod tests;\n",
        ),
        (
            "src/tests.rs",
            "#[test]\nfn one() {\n    assert_eq!(super::one(), 1);\n}\n",
        ),
        (
            "src/a.rs",
            "/* a\n b */\npub fn two() {}\n#[cfg(test)]\nuse std::fmt;\n\n/// Docs.\n#[cfg(test)]\nmod tests {\n    fn x() {}\n}\n#[cfg(test)]\nmod more;\n",
        ),
        ("src/a/more/deep.rs", "fn y() {}\n"),
        ("src/main.rs", "fn main() {\n    c::one();\n}\n"),
        ("tests/all.rs", "#[test]\nfn all() {}\n"),
        ("examples/step.rs", "fn main() {}\n"),
    ]);
    let lines = Lines::of_crate(dir.path()).unwrap();
    // lib.rs: mod a, one (3 lines). a.rs: two. main.rs: 3.
    assert_eq!(lines.code, 4 + 1 + 3);
    // lib.rs: 2. tests.rs: 4. a.rs: 2 + 4 + 2. deep.rs: 1. tests/: 2.
    assert_eq!(lines.tests, 2 + 4 + 8 + 1 + 2);
    let some = ["src/lib.rs", "src/tests.rs", "src/a.rs"].map(|path| dir.path().join(path));
    assert_eq!(Lines::of_files(&some).unwrap().code, 5);
}

#[test]
fn configuration_of_any_kind_is_counted_without_comments() {
    let dir = folder(&[
        (
            "infra/shop.service",
            "# a unit\n[Unit]\n\nDescription=Shop\n; no\n",
        ),
        ("infra/Procfile", "web: shop\n"),
        ("infra/template.yaml", "# a template\na: 1\n\nb:\n  - 2\n"),
        ("infra/README.md", "Not configuration.\n"),
    ]);
    assert_eq!(
        of_configuration(&dir.path().join("infra")).unwrap(),
        2 + 1 + 3
    );
    assert_eq!(
        of_configuration(&dir.path().join("infra/Procfile")).unwrap(),
        1
    );
}

#[test]
fn what_is_not_rust_is_named_with_its_line() {
    let dir = folder(&[("src/lib.rs", "fn a() {}\nfn b( {}\n")]);
    let error = Lines::of_crate(dir.path()).unwrap_err().to_string();
    assert!(error.contains("lib.rs:2: "), "{error}");
}
