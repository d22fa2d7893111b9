//! A book of one page, one chapter and a suite of three tests in a folder of its own, for tests that build,
//! serve or break one.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use tempfile::TempDir;

const BOOK_TOML: &str = r#"[book]
title = "A small book"
src = "book"

[build]
build-dir = "target/book"
create-missing = false
use-default-preprocessors = false

[output.html]
git-repository-url = "https://example.com/small"
"#;

const CARGO_TOML: &str = r#"[workspace]
resolver = "3"
members = ["chapters-code/*", "tests"]

[workspace.package]
rust-version = "1.85"
"#;

const CHAPTER_TOML: &str = r#"[package]
name = "ch01-small"
version = "0.1.0"
edition = "2024"

[package.metadata.book]
about = "a shop that says where it would listen."
try = ["curl http://127.0.0.1:8080/pets"]
"#;

/// It says what it was told, and waits to be stopped.
const PROGRAM: &str = r#"// ANCHOR: told
fn told(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}
// ANCHOR_END: told

fn main() {
    println!("listening on http://127.0.0.1:{}", told("PORT"));
    loop {
        std::thread::park();
    }
}

#[test]
fn nothing_is_told_under_a_name_that_is_not_set() {
    assert_eq!(told("A_NAME_THAT_NOBODY_SETS"), "");
}
"#;

/// A suite that stands where the real one does and needs no other crate, so that it is built in a second.
const TESTS_TOML: &str = r#"[package]
name = "less-to-run-tests"
version = "0.1.0"
edition = "2024"
"#;

/// What the page says is what it has to say.
const PAGES_TEST: &str = r#"#[test]
fn ch01_small() {
    let page = std::fs::read_to_string("../book/ch01-small.md").unwrap();
    assert!(page.contains("It has a sentence."), "the page says something else");
}

#[test]
#[ignore = "shows that such tests are counted"]
fn ch01_small_and_slow() {}
"#;

const PROMISES_TEST: &str = r"mod ch01 {
    #[test]
    #[allow(non_snake_case)]
    fn P3() {}
}
";

/// Stands for any program of the tests package: it says what it was told.
const TELLING_PROGRAM: &str = r#"fn main() {
    let told: Vec<String> = std::env::args().skip(1).collect();
    println!("told: {}", told.join(" "));
    std::process::exit(3);
}
"#;

/// Writes what the page should say into the page.
const PAGES_PROGRAM: &str = r#"use std::fs;

fn main() {
    let told: Vec<String> = std::env::args().skip(1).collect();
    assert_eq!(told.last().map(String::as_str), Some("--update"));
    let page = std::path::PathBuf::from(std::env::var_os("BOOK_ROOT").unwrap()).join("book/ch01-small.md");
    let text = fs::read_to_string(&page).unwrap();
    println!("told: {}", told.join(" "));
    fs::write(page, text.replace("a phrase", "a sentence")).unwrap();
}
"#;

const PAGE: &str = "# The first page

It has a sentence.

{{#listing ../chapters-code/ch01-small/src/main.rs:told}}
";

/// The folder, which goes away with this.
#[derive(Debug)]
pub struct SmallBook {
    folder: TempDir,
}

impl SmallBook {
    /// Writes the book.
    ///
    /// # Errors
    ///
    /// When the system's folder for temporary files cannot be written.
    pub fn new() -> Result<Self> {
        let book = Self {
            folder: TempDir::new()?,
        };
        book.write("book.toml", BOOK_TOML)?;
        book.write("Cargo.toml", CARGO_TOML)?;
        book.write("book/SUMMARY.md", "# Summary\n\n- [First](ch01-small.md)\n")?;
        book.write("book/ch01-small.md", PAGE)?;
        book.write("chapters-code/ch01-small/Cargo.toml", CHAPTER_TOML)?;
        book.write("chapters-code/ch01-small/src/main.rs", PROGRAM)?;
        book.write("tests/Cargo.toml", TESTS_TOML)?;
        book.write("tests/src/bin/pages.rs", PAGES_PROGRAM)?;
        book.write("tests/src/bin/promises.rs", TELLING_PROGRAM)?;
        book.write("tests/src/bin/catalogue.rs", TELLING_PROGRAM)?;
        book.write("tests/tests/pages.rs", PAGES_TEST)?;
        book.write("tests/tests/promises.rs", PROMISES_TEST)?;
        Ok(book)
    }

    /// Its root, which `BOOK_ROOT` has to name.
    #[must_use]
    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    /// A path below the root.
    #[must_use]
    pub fn path(&self, inside: &str) -> PathBuf {
        self.folder.path().join(inside)
    }

    /// Writes a file, with the folders above it. It is there at once with all its text, as an editor saves it, so
    /// that whoever watches it sees one change.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn write(&self, inside: &str, text: &str) -> Result<()> {
        let path = self.path(inside);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let beside = self.folder.path().join(".being-written");
        fs::write(&beside, text)?;
        Ok(fs::rename(beside, path)?)
    }

    /// Replaces words of a file.
    ///
    /// # Errors
    ///
    /// When it cannot be read or written.
    pub fn replace(&self, inside: &str, old: &str, new: &str) -> Result<()> {
        let text = fs::read_to_string(self.path(inside))?;
        self.write(inside, &text.replace(old, new))
    }
}
