//! What a book of twelve chapters costs. Nothing is timed here but for the eye; `cargo book measure tools` takes it down.

use std::time::Instant;

use book::page::Engine;
use book::workspace::Workspace;
use mdbook_driver::MDBook;
use tempfile::TempDir;

#[test]
fn a_book_of_twelve_chapters_is_built() {
    let dir = TempDir::new().unwrap();
    book::synthetic::write(dir.path(), 12).unwrap();
    let workspace = Workspace::at(dir.path()).unwrap();
    let start = Instant::now();
    let report = book::page::check(&workspace).unwrap();
    println!("checked in {:?}", start.elapsed());
    assert!(report.is_clean(), "{report}");
    let start = Instant::now();
    let mut mdbook = MDBook::load(dir.path()).unwrap();
    mdbook.with_preprocessor(Engine::new(&workspace));
    mdbook.build().unwrap();
    println!("built in {:?}", start.elapsed());
    assert!(dir.path().join("target/book/ch12-made-up.html").exists());
}
