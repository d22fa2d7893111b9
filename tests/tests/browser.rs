//! The pages in a real browser: `tests/browser/` holds the checks, here they get their books and their programs.
//!
//! `npm run shots` in `tests/browser/` makes pictures of what was built.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use book::page::Engine;
use book::workspace::Workspace;
use mdbook_driver::MDBook;

#[test]
fn every_element_of_a_page_stands_in_a_browser() {
    check("pages", sample());
}

#[test]
fn every_page_of_the_book_stands_in_a_browser() {
    check("pages", &book());
}

#[test]
fn pages_do_what_a_reader_expects() {
    check("doings", sample());
}

#[test]
fn each_check_finds_what_it_is_there_for() {
    check("broken", sample());
}

/// Runs `node check.mjs WHAT BOOK` and fails with what it reports.
fn check(what: &str, book: &Path) {
    if let Some(missing) = missing() {
        assert!(
            env::var_os("BOOK_REQUIRE_ALL").is_none_or(|all| all != "1"),
            "{missing}"
        );
        eprintln!("skipped: the browser check “{what}”: {missing}");
        return;
    }
    let output = Command::new("node")
        .arg(checks().join("check.mjs"))
        .arg(what)
        .arg(book)
        .output()
        .expect("node is there, it was asked for");
    assert!(
        output.status.success(),
        "node tests/browser/check.mjs {what} {}\n{}{}",
        book.display(),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
}

/// What the checks need and this machine lacks, with the line that installs it.
fn missing() -> Option<String> {
    let browsers = [
        "chromium",
        "chromium-browser",
        "google-chrome-stable",
        "google-chrome",
    ];
    let browser =
        env::var_os("CHROMIUM").is_some() || browsers.iter().any(|name| on_the_path(name));
    if !on_the_path("node") {
        Some("node is missing: apt-get install nodejs npm".to_owned())
    } else if !browser {
        Some(
            "chromium is missing: apt-get install chromium (or set CHROMIUM to its program)"
                .to_owned(),
        )
    } else if !checks().join("node_modules/playwright-core").is_dir() {
        Some(
            "tests/browser/node_modules is missing: npm ci --ignore-scripts --prefix tests/browser"
                .to_owned(),
        )
    } else {
        None
    }
}

fn on_the_path(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// The sample book, built once for all tests.
fn sample() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let book = MDBook::load(checks().join("sample")).expect("the sample book can be read");
        book.build().expect("the sample book can be built");
        book.build_dir_for("html")
    })
}

/// The real book, built as `cargo book build` does it, beside what a reader has built.
fn book() -> PathBuf {
    let workspace = Workspace::at(&Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
        .expect("the workspace is above its tests");
    let mut book = MDBook::load(workspace.root()).expect("the book can be read");
    book.config.build.build_dir = workspace.root().join("target/browser-book");
    book.with_preprocessor(Engine::new(&workspace));
    book.build().expect("the book can be built");
    book.build_dir_for("html")
}

fn checks() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("browser")
}
