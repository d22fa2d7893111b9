//! Tools stay smaller than the book.

use std::fs;
use std::path::Path;

use anyhow::Result;
use less_to_run_tests::programs;

use crate::none;

/// Chapters with a crate that the book is planned to have.
const PLANNED: usize = 11;

/// Lines of a file before its tests. About 300 fit in a head, and this is where "about" ends.
const FILE: usize = 400;

/// While the book is young, a chapter is given its share: with one chapter of eleven the tools may be
/// eleven times as long as it is, with eleven they have to be shorter than the book, which is the rule. What
/// holds from the first day is that each file of theirs is short.
#[test]
fn the_tools_are_shorter_than_the_book_will_be() -> Result<()> {
    let root = programs::root();
    let (mut tools, mut problems) = (0, Vec::new());
    each_file(&root.join("tools/book/src"), &mut |path, text| {
        if path.ends_with("tests.rs") {
            return;
        }
        tools += lines(text);
        let count = told(text).count();
        if count > FILE {
            let name = path.strip_prefix(&root).unwrap_or(path).display();
            problems.push(format!("{name}: {count} lines; {FILE} are a file"));
        }
    })?;
    let (mut code, mut prose, mut chapters) = (0, 0, 0);
    for entry in fs::read_dir(root.join("chapters-code"))? {
        chapters += 1;
        each_file(&entry?.path(), &mut |_, text| code += lines(text))?;
    }
    each_file(&root.join("book"), &mut |path, text| {
        if path.extension().is_some_and(|extension| extension == "md") {
            prose += lines(text);
        }
    })?;
    let counted =
        format!("tools {tools}, chapters' code {code}, prose {prose}, chapters {chapters}");
    println!("lines: {counted}");
    if too_long(tools, code + prose, chapters) {
        problems.push(format!("the tools outgrow the book: {counted}"));
    }
    none(&problems)
}

#[test]
fn tools_that_outgrow_the_book_are_found() {
    assert!(!too_long(11_000, 1_000, 1));
    assert!(too_long(11_001, 1_000, 1));
    assert!(!too_long(1_000, 1_000, 11));
    assert!(too_long(1_001, 1_000, 11));
    assert!(
        too_long(1_001, 1_000, 12),
        "nor does the share grow with more chapters"
    );
}

fn too_long(tools: usize, book: usize, chapters: usize) -> bool {
    tools * chapters.min(PLANNED) > book * PLANNED
}

/// The lines of a file up to its tests, which stand at its end.
fn told(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .take_while(|line| line.trim() != "#[cfg(test)]")
}

/// How many of them have something on them.
fn lines(text: &str) -> usize {
    told(text).filter(|line| !line.trim().is_empty()).count()
}

fn each_file(folder: &Path, visit: &mut dyn FnMut(&Path, &str)) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            each_file(&path, visit)?;
        } else if let Ok(text) = fs::read_to_string(&path) {
            // What is no text is nobody's prose or code.
            visit(&path, &text);
        }
    }
    Ok(())
}
