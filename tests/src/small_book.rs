//! A book of one page and one chapter in a folder of its own, for tests that build, serve or break one.

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
"#;

const CARGO_TOML: &str = r#"[workspace]
resolver = "3"
members = ["chapters-code/*"]

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

    /// Writes a file, with the folders above it.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn write(&self, inside: &str, text: &str) -> Result<()> {
        let path = self.path(inside);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        Ok(fs::write(path, text)?)
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
