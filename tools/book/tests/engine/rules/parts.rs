//! Blocks, labels, redactions, boxes.

use super::{CRATE, PAGE, none, only};
use crate::fixture::{Fixture, JOURNAL};

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
fn only_asides_are_boxed() {
    none("> [!ASIDE] Title\n> Text.\n");
    only(
        "> [!NOTE]\n> Text.\n",
        3,
        "`[!NOTE]` is no box of ours, only `[!ASIDE]` is",
    );
}

#[test]
fn raw_html_pretends_nothing() {
    none(
        "<figure class=\"diagram\">\n<svg class=\"line\"><title>a</title></svg>\n</figure>\n\n<b class=\"statement\">x</b>\n",
    );
    only(
        "a\n\n<div>\n<pre>typed</pre>\n</div>\n",
        6,
        "a page has no raw `<pre>`: nothing accounts for what is in it",
    );
    only(
        "a <script>x</script>\n",
        3,
        "a page has no raw `<script>`: nothing accounts for what is in it",
    );
    for (class, found) in [
        ("state state-kept", "state"),
        ("my badge-keeps-P3", "badge-keeps-P3"),
        ("measured", "measured"),
        ("session", "session"),
    ] {
        only(
            &format!("It is <span class=\"{class}\">kept</span>.\n"),
            3,
            &format!(
                "the class `{found}` is for what was run, measured or generated; a page does not type it"
            ),
        );
    }
}
