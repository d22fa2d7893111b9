//! Pages are damaged, one place at a time, and the checks must complain each time. That the book's own pages are sound
//! is for the test of the pages to say.

use std::path::PathBuf;

use book::page::{Checker, Pages, directives};
use book::session::{Kind, blocks};
use book::workspace::Workspace;
use tempfile::TempDir;

/// A page with one thing wrong, and what is wrong.
struct Damage {
    what: String,
    line: usize,
    text: String,
}

/// One damaged copy of a page for each directive, label, redaction, link, name and block on it.
fn damaged(page: &str) -> Vec<Damage> {
    let mut all = Vec::new();
    let lines: Vec<&str> = page.lines().collect();
    let mut damage = |line: usize, columns: std::ops::Range<usize>, instead: &str| {
        let mut text = lines.clone();
        let mut changed = text[line - 1].to_owned();
        let what = format!("`{}` became `{instead}`", &changed[columns.clone()]);
        changed.replace_range(columns, instead);
        text[line - 1] = &changed;
        all.push(Damage {
            what,
            line,
            text: text.join("\n") + "\n",
        });
    };
    for directive in directives(page) {
        let text = &lines[directive.line - 1][directive.columns.clone()];
        let start = directive.columns.start;
        let words = text.find(&directive.name).expect("the name")..text.len() - 2;
        // The name, the path or key, the anchor, and the value of each attribute.
        let mut at = words.start;
        for word in text[words].split_inclusive(' ') {
            let end = at + word.trim_end().len();
            damage(directive.line, start + end..start + end, "x");
            if let Some(colon) = word.find(':') {
                damage(directive.line, start + at + colon..start + at + colon, "x");
            }
            at += word.len();
        }
        if !directive.alone {
            continue;
        }
        damage(directive.line, start..start, "and ");
    }
    for block in blocks(page).expect("sound blocks") {
        let info = block.fence.prefix.len()..lines[block.fence.line - 1].len();
        damage(block.fence.line, info.clone(), "```rust");
        damage(block.fence.line, info.end..info.end, ",attribute=x");
        if matches!(block.kind, Kind::NotRun { .. } | Kind::Compiler { .. }) {
            damage(block.fence.line, info.end..info.end, "x");
        }
    }
    let pattern = regex::Regex::new(
        r"\[[A-Z][A-Z_]+\]|\]\([a-z][^):]*\)|\[\^\w+\]|`[A-Z]\w+::\w+`|`src/[^`]*`",
    )
    .unwrap();
    for (line, text) in (1..).zip(lines.clone()) {
        for found in pattern.find_iter(text) {
            damage(line, found.end() - 1..found.end() - 1, "Q");
        }
    }
    all
}

/// How many damages were tried, and those that nobody noticed: no problem came up that was not there before. One of so many is tried.
fn try_all(checker: &Checker, pages: &Pages, of: usize) -> (usize, Vec<String>) {
    let sound = checker.check(pages).problems;
    let mut tried = 0;
    let mut missed = Vec::new();
    for (at, (path, page)) in pages.iter().enumerate() {
        // Most damages show on the page by itself, which takes a part of the time.
        let mut alone = vec![(path.clone(), page.clone())];
        let sound_alone = checker.check(&alone).problems;
        for damage in damaged(page).into_iter().step_by(of) {
            tried += 1;
            alone[0].1.clone_from(&damage.text);
            let problems = checker.check(&alone).problems;
            if problems
                .iter()
                .any(|problem| !sound_alone.contains(problem))
            {
                continue;
            }
            let mut pages = pages.clone();
            pages[at].1 = damage.text;
            let problems = checker.check(&pages).problems;
            if problems.iter().all(|problem| sound.contains(problem)) {
                missed.push(format!(
                    "{}:{}: {}",
                    path.display(),
                    damage.line,
                    damage.what
                ));
            }
        }
    }
    (tried, missed)
}

#[test]
fn every_damage_to_a_page_that_uses_everything_is_noticed() {
    let dir = TempDir::new().unwrap();
    book::synthetic::write(dir.path(), 1).unwrap();
    let (tried, missed) = damaged_in(&Workspace::at(dir.path()).unwrap(), 1);
    assert!(tried > 300, "only {tried} damages were tried");
    assert!(
        missed.is_empty(),
        "{} of {tried} went unnoticed:\n{}",
        missed.len(),
        missed.join("\n")
    );
}

/// Of each kind every damage is tried on the page above. The book has thousands of places, and to try one takes a look at a page.
#[test]
fn every_fifth_damage_to_the_books_own_pages_is_noticed() {
    let (tried, missed) = damaged_in(&own(), 5);
    println!("{tried} damages were tried");
    assert!(tried > 100, "only {tried} damages were tried");
    assert!(
        missed.is_empty(),
        "{} of {tried} went unnoticed:\n{}",
        missed.len(),
        missed.join("\n")
    );
}

/// The damages to all pages of a book, or one of so many.
fn damaged_in(workspace: &Workspace, of: usize) -> (usize, Vec<String>) {
    let checker = Checker::new(workspace).expect("the shared files can be read");
    let (pages, _) = checker.pages().expect("a summary");
    try_all(&checker, &pages, of)
}

/// The workspace that this test is a part of.
fn own() -> Workspace {
    Workspace::at(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")).expect("the workspace")
}
