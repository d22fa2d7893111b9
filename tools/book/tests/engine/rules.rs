//! Each rule, broken and kept.

use crate::fixture::{EXAMPLES, Fixture, JOURNAL, problems};

const PAGE: &str = "book/ch01-bare-server.md";
const CRATE: &str = "chapters-code/ch01-bare-server";

fn only(body: &str, line: usize, message: &str) {
    assert_eq!(
        problems(body),
        [format!("{PAGE}:{line}: {message}")],
        "{body}"
    );
}

fn none(body: &str) {
    assert_eq!(problems(body), [""; 0], "{body}");
}

#[test]
fn a_listing_needs_a_file_that_is_there() {
    none(&format!("{{{{#listing {JOURNAL}}}}}\n"));
    only(
        "{{#listing ../chapters-code/ch01-bare-server/src/jurnal.rs}}\n",
        3,
        &format!("`{CRATE}/src/jurnal.rs` does not exist; the nearest is `{CRATE}/src/journal.rs`"),
    );
    only(
        "a\n\n{{#listing ../chapters-code/ch01-bar-server/src/journal.rs}}\n",
        5,
        "`chapters-code/ch01-bar-server/src/journal.rs` does not exist; the nearest is `chapters-code/ch01-bare-server`",
    );
    only(
        "{{#listing ../../etc/passwd}}\n",
        3,
        "`../../etc/passwd` is outside of the workspace",
    );
    only(
        "{{#listing /etc/passwd}}\n",
        3,
        "`/etc/passwd` is outside of the workspace",
    );
}

#[test]
fn a_listing_needs_an_anchor_that_is_there() {
    none(&format!("{{{{#listing {JOURNAL}:append}}}}\n"));
    only(
        &format!("{{{{#listing {JOURNAL}:apend}}}}\n"),
        3,
        &format!("`{CRATE}/src/journal.rs` has no anchor `apend`; the nearest is `append`"),
    );
}

#[test]
fn a_renamed_anchor_or_file_is_found() {
    let fixture = Fixture::with_page(&format!("{{{{#listing {JOURNAL}:append}}}}\n"));
    assert_eq!(fixture.problems(), [""; 0]);
    let path = format!("{CRATE}/src/journal.rs");
    let text = std::fs::read_to_string(fixture.root().join(&path)).unwrap();
    fixture.write(&path, &text.replace("append", "add"));
    assert_eq!(
        fixture.problems(),
        [format!("{PAGE}:3: `{path}` has no anchor `append`")]
    );
    std::fs::rename(
        fixture.root().join(&path),
        fixture.root().join(format!("{CRATE}/src/journals.rs")),
    )
    .unwrap();
    assert_eq!(
        fixture.problems(),
        [format!(
            "{PAGE}:3: `{path}` does not exist; the nearest is `{CRATE}/src/journals.rs`"
        )]
    );
}

#[test]
fn a_listing_shows_only_what_is_compiled() {
    only(
        "{{#listing ../chapters-code/ch01-bare-server/src/forgotten.rs:all}}\n",
        3,
        &format!("`{CRATE}/src/forgotten.rs` is compiled by no target of the workspace"),
    );
    none("{{#listing ../chapters-code/ch01-bare-server/Cargo.toml}}\n");
}

#[test]
fn a_step_must_change_something() {
    none(&format!(
        "{{{{#listing {EXAMPLES}/one_winner.rs:adopt after=two_customers badge=runs}}}}\n"
    ));
    only(
        &format!("{{{{#listing {EXAMPLES}/one_winner.rs:adopt after=two_custmers}}}}\n"),
        3,
        &format!(
            "after=two_custmers: `{CRATE}/examples/two_custmers.rs` does not exist; the nearest is `{CRATE}/examples/two_customers.rs`"
        ),
    );
    only(
        &format!("{{{{#listing {EXAMPLES}/one_winner.rs:adopt after=one_winner}}}}\n"),
        3,
        "after=one_winner: the two listings are the same, so this is no step",
    );
}

#[test]
fn only_our_directives_are_known() {
    only(
        "{{#include ../Cargo.toml}}\n",
        3,
        "`{{#include}}` is mdBook's; here a file is shown by {{#listing PATH:ANCHOR}}",
    );
    only(
        "{{#rustdoc_include ../a.rs}}\n",
        3,
        "`{{#rustdoc_include}}` is mdBook's; here a file is shown by {{#listing PATH:ANCHOR}}",
    );
    only(
        "{{#playground ../a.rs}}\n",
        3,
        "`{{#playground}}` is mdBook's; here a file is shown by {{#listing PATH:ANCHOR}}",
    );
    only(
        "{{#listng ../Cargo.toml}}\n",
        3,
        "there is no directive `{{#listng}}`; the nearest is `listing`",
    );
    only(
        &format!("See {{{{#listing {JOURNAL}}}}}\n"),
        3,
        "`{{#listing}}` stands alone on its line",
    );
    none("`{{#include}}` is mdBook's.\n");
}

#[test]
fn every_block_is_accounted_for() {
    none("```console\n$ ls\n```\n");
    only(
        "```rust\nfn main() {}\n```\n",
        3,
        "this ```rust block is unaccounted for: include it ({{#listing}}), run it (```console, ```compiler), or say why \
         it is not run (```rust,not-run=LABEL)",
    );
    only(
        "a\n\n    indented\n",
        5,
        "an indented block is unaccounted for: use a fenced one",
    );
    only(
        "- ```console\n  $ ls\n  ```\n",
        3,
        "this block is unaccounted for: its fence must stand on a line of its own",
    );
    only(
        "<details>\n```console\n$ ls\n```\n</details>\n",
        4,
        "Markdown does not see this block: is an empty line before it missing?",
    );
    only("```console\n$ ls\n", 3, "this block is never closed");
    only(
        "```console\nlisting\n```\n",
        4,
        "a session begins with `$ ` and a command, or with `^C`; here it begins with `listing`",
    );
}

#[test]
fn the_counts_are_those_of_the_page() {
    let fixture = Fixture::with_page(&format!(
        "{{{{#listing {JOURNAL}}}}}\n\n```console\n$ ls\n```\n\n```compiler,example=one_winner\nerror\n```\n\n\
         ```yaml,not-run=account\na: 1\n```\n\n```rust\nx\n```\n"
    ));
    fixture.write(
        "book/labels.toml",
        "[account]\nwhy = \"needs an account\"\nneeds = \"account\"\n",
    );
    let report = fixture.check();
    let text = report.to_string();
    assert!(
        text.ends_with(
            "book/preface.md: 0 included, 0 executed, 0 generated, 0 labelled, 0 unaccounted\n\
             book/ch01-bare-server.md: 1 included, 2 executed, 0 generated, 1 labelled, 1 unaccounted\n\
             2 pages: 1 included, 2 executed, 0 generated, 1 labelled, 1 unaccounted"
        ),
        "{text}"
    );
}

#[test]
fn a_compiler_block_names_an_example() {
    none("```compiler,example=one_winner\nerror[E0382]: x\n```\n");
    only(
        "```compiler,example=one_wnner\nerror\n```\n",
        3,
        &format!("`{CRATE}` has no example `one_wnner`; the nearest is `one_winner`"),
    );
    only(
        "```compiler,example=x,package=ch02-none\nerror\n```\n",
        3,
        "there is no crate `ch02-none`: ```compiler,example=x,package=…",
    );
}

#[test]
fn labels_and_redactions_are_known_and_used() {
    let fixture = Fixture::with_page(
        "```yaml,not-run=acount\na: 1\n```\n\n```console\n$ ls\n[HOW_MUCH]\n```\n",
    );
    fixture.write(
        "book/labels.toml",
        "\n[account]\nwhy = \"needs an account\"\nneeds = \"account\"\n",
    );
    fixture.write(
        "book/redactions.toml",
        "[HOW_MANY]\nregex = \"[0-9]+\"\nmeans = \"a number\"\n",
    );
    assert_eq!(
        fixture.problems(),
        [
            "book/labels.toml:2: no page uses the label `account`",
            "book/redactions.toml:1: no page uses the redaction `[HOW_MANY]`",
            "book/ch01-bare-server.md:3: `acount` is no label of book/labels.toml; the nearest is `account`",
            "book/ch01-bare-server.md:9: `[HOW_MUCH]` is no redaction of book/redactions.toml; the nearest is `HOW_MANY`",
        ]
    );
    fixture.write(
        PAGE,
        "# A\n\n```yaml,not-run=account\na: 1\n```\n\n```console\n$ ls\n[HOW_MANY]\n```\n",
    );
    assert_eq!(fixture.problems(), [""; 0]);
}

#[test]
fn a_label_that_is_stale_is_said_to_be() {
    let fixture = Fixture::with_page("```console,not-run=no-cargo\n$ cargo\n```\n");
    fixture.write(
        "book/labels.toml",
        "[no-cargo]\nwhy = \"x\"\nprogram-missing = \"cargo\"\n",
    );
    let report = fixture.check();
    let stale = "book/labels.toml:1: label `no-cargo` is stale: `cargo` is here and works, so what it labels can be run";
    let all: Vec<String> = report
        .problems
        .iter()
        .chain(&report.warnings)
        .map(ToString::to_string)
        .collect();
    assert_eq!(all, [stale]);
    let required = std::env::var("BOOK_REQUIRE_ALL").is_ok_and(|value| value == "1");
    assert_eq!(report.is_clean(), !required);
}

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
fn only_asides_are_boxed() {
    none("> [!ASIDE] Title\n> Text.\n");
    only(
        "> [!NOTE]\n> Text.\n",
        3,
        "`[!NOTE]` is no box of ours, only `[!ASIDE]` is",
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
