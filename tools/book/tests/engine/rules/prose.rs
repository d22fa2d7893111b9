//! Figures, names, links, footnotes, and the pages as a whole.

use book::measured::Measured;

use super::{CRATE, PAGE, none, only};
use crate::fixture::{Fixture, JOURNAL};

#[test]
fn a_typed_figure_is_refused() {
    only(
        "One.\n\nIt takes\n12 ms here.\n",
        6,
        "`12 ms` is typed into the prose: a directive reads it from a file ({{#measured}}, {{#price}}, {{#computed}}), or a \
         footnote in the same sentence names its source",
    );
    none("It takes 12 ms, they say.[^a]\n\n[^a]: A. Uthor, *Times*, 1993.\n");
}

#[test]
fn names_in_code_exist() {
    none(
        "`src/journal.rs`, `journal.rs:3`, `chapters-code/`, `book/preface.md`, `ch01-bare-server`, `Journal::append`, \
         `journal::Journal::append()`, `cargo book test 1`, `Mutex::lock`, `application/json`, `GET /pets`, `/etc/passwd`, \
         `target/book/`, `and/or`.\n",
    );
    only(
        "`src/jurnal.rs`\n",
        3,
        &format!(
            "`src/jurnal.rs` is no path of the workspace; the nearest is `{CRATE}/src/journal.rs`"
        ),
    );
    only(
        "`book/prefece.md`\n",
        3,
        "`book/prefece.md` is no path of the workspace; the nearest is `book/preface.md`",
    );
    only(
        "`chapter-code/x`\n",
        3,
        "`chapter-code/x` is no path of the workspace; the nearest is `chapters-code`",
    );
    only(
        "`ch01-bar-server`\n",
        3,
        "the workspace has no crate `ch01-bar-server`; the nearest is `ch01-bare-server`",
    );
    only(
        "a\n`Journal::apend`\n",
        4,
        "`Journal` has no `apend`; the nearest is `append`",
    );
    only(
        "`cargo book tset 1`\n",
        3,
        "`cargo book` has no command `tset`; the nearest is `test`",
    );
}

#[test]
fn links_lead_somewhere() {
    none(
        "[a](preface.md) [b](preface.md#what-is-run) [c](#a-bare-server) [d](https://example.org/x) <a href=\"preface.html\">e</a>\n",
    );
    only(
        "[a](prefice.md)\n",
        3,
        "the link to `prefice.md` is dead: the book has no page `book/prefice.md`; the nearest is `book/preface.md`",
    );
    only(
        "[a](preface.md#what-is-rn)\n",
        3,
        "the link to `preface.md#what-is-rn` is dead: `book/preface.md` has no `#what-is-rn`; the nearest is `what-is-run`",
    );
    only(
        "[a](#a-bare)\n",
        3,
        "the link to `#a-bare` is dead: `book/ch01-bare-server.md` has no `#a-bare`; the nearest is `a-bare-server`",
    );
    only(
        "![a](img/x.svg)\n",
        3,
        "the link to `img/x.svg` is dead: there is no `book/img/x.svg`",
    );
    only(
        "[a](../Cargo.toml)\n",
        3,
        "the link to `../Cargo.toml` is dead: it leads out of `book/`, and the site is nothing but that",
    );
    none(&format!(
        "{{{{#listing {JOURNAL}:append}}}}\n\n[a](#listing-journal-append)\n"
    ));
}

#[test]
fn footnotes_are_defined_and_used() {
    only(
        "a[^b]\n\n[^c]: x\n\nd[^c]\n",
        3,
        "the footnote `[^b]` is defined nowhere on this page",
    );
    only(
        "a\n\n[^c]: x\n",
        5,
        "no sentence refers to the footnote `[^c]`",
    );
}

#[test]
fn the_summary_lists_all_pages_and_no_other() {
    let fixture = Fixture::new();
    fixture.write("book/ch01-more.md", "# More\n");
    fixture.write(
        "book/SUMMARY.md",
        "# Summary\n\n- [A](ch01-bare-server.md)\n- [B](prefac.md)\n",
    );
    let problems = fixture.problems();
    assert_eq!(problems.len(), 3, "{problems:?}");
    assert!(
        problems[0].starts_with("book/SUMMARY.md:4: `prefac.md` cannot be read ("),
        "{}",
        problems[0]
    );
    assert!(
        problems[0].ends_with("; the nearest is `book/preface.md`"),
        "{}",
        problems[0]
    );
    assert_eq!(
        problems[1],
        "book/ch01-more.md:1: book/SUMMARY.md does not list this page"
    );
    assert_eq!(
        problems[2],
        "book/preface.md:1: book/SUMMARY.md does not list this page"
    );
}

#[test]
fn all_problems_of_all_pages_are_said_at_once() {
    let fixture = Fixture::with_page("`src/x.rs`\n\n5 ms\n");
    fixture.write("book/preface.md", "# Preface\n\n[a](x.md)\n");
    let lines: Vec<String> = fixture
        .problems()
        .iter()
        .map(|problem| problem.split(": ").next().unwrap().to_owned())
        .collect();
    assert_eq!(
        lines,
        [
            "book/preface.md:3",
            "book/ch01-bare-server.md:3",
            "book/ch01-bare-server.md:5"
        ]
    );
}

#[test]
fn figures_come_from_measured_files_that_are_fresh() {
    let fixture = Fixture::with_page("It takes {{#measured ch01.decide_us}}.\n");
    let mut measured = Measured::begin(
        &fixture.workspace(),
        "cargo book measure 1",
        &[&format!("{CRATE}/src")],
    )
    .unwrap();
    measured.put("decide_us", 12.0, "µs", "a decision");
    measured.save(&fixture.workspace(), "ch01").unwrap();
    assert_eq!(fixture.problems(), [""; 0]);
    fixture.write(
        &format!("{CRATE}/src/lib.rs"),
        "pub mod journal;\npub const MORE: u8 = 1;\n",
    );
    assert_eq!(
        fixture.problems(),
        [format!(
            "book/measured/ch01.json:1: stale: {CRATE}/src/lib.rs changed; measure again with `cargo book measure 1`"
        )]
    );
}

#[test]
fn a_changed_key_of_a_figure_is_found() {
    let fixture = Fixture::with_page(
        "It takes {{#measured ch01.decide}}.\n\n{{#table ch01.none}}\n\n{{#promises one}}\n",
    );
    let mut measured = Measured::begin(
        &fixture.workspace(),
        "cargo book measure 1",
        &[&format!("{CRATE}/src")],
    )
    .unwrap();
    measured.put("decide_us", 12.0, "µs", "a decision");
    measured.save(&fixture.workspace(), "ch01").unwrap();
    assert_eq!(
        fixture.problems(),
        [
            format!(
                "{PAGE}:3: {{{{#measured ch01.decide}}}}: there is no figure `ch01.decide`; the nearest is `decide_us`"
            ),
            format!(
                "{PAGE}:5: {{{{#table ch01.none}}}}: there is no table `ch01.none`; there are none yet"
            ),
            format!("{PAGE}:7: `one` is not the number of a rung"),
        ]
    );
}

#[test]
fn commands_have_the_flags_that_pages_name() {
    none("`cargo book`, `cargo book test 1 --page`, `cargo book help`, `cargo book --help`.\n");
    only(
        "`cargo book test 1 --pge`\n",
        3,
        "`cargo book test` has no `--pge`; the nearest is `--page`",
    );
}

#[test]
fn a_type_is_first_that_of_the_pages_own_chapter() {
    let fixture = Fixture::with_page("`Journal::append` `Other::two`\n\n`Journal::later`\n");
    fixture.write(
        "chapters-code/ch02-later/Cargo.toml",
        "[package]\nname = \"ch02-later\"\n",
    );
    fixture.write(
        "chapters-code/ch02-later/src/lib.rs",
        "pub struct Journal;\nimpl Journal { pub fn later(&self) {} }\npub enum Other { Two }\n",
    );
    assert_eq!(
        fixture.problems(),
        [
            format!("{PAGE}:3: `Other` has no `two`; the nearest is `Two`"),
            format!("{PAGE}:5: `Journal` has no `later`"),
        ]
    );
}
