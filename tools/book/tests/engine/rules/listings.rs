//! Listings, steps and directives.

use super::{CRATE, PAGE, none, only};
use crate::fixture::{EXAMPLES, Fixture, JOURNAL};

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
    none(&format!(
        "{{{{#listing {EXAMPLES}/one_winner.rs:adopt after=two_customers:adopt}}}}\n"
    ));
    none(&format!(
        "> [!ASIDE]\n> {{{{#listing {EXAMPLES}/one_winner.rs after={JOURNAL}:body}}}}\n"
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
