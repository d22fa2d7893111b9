//! The glossary and the index by feature, held against the pages and the files.

use super::PAGE;
use crate::fixture::Fixture;

const GLOSSARY: &str = "book/glossary.toml";
const FEATURES: &str = "book/features.toml";

/// What the page of chapter 1 introduces, with a word that is stressed and a title in a footnote.
const BODY: &str = "A *journal*, and *not* twice.[^n]\n\n## Cut off\n\nThe last line is *torn*.\n\n[^n]: A. Uthor, *Journals*, 1993.\n";

fn entry(term: &str, page: &str) -> String {
    format!("[[entry]]\nterm = \"{term}\"\npage = \"{page}\"\nmeaning = \"What it is.\"\n")
}

/// A book of which all holds.
fn sound() -> Fixture {
    let fixture = Fixture::with_page(BODY);
    let entries = [
        entry("journal", "ch01-bare-server"),
        entry("torn", "ch01-bare-server"),
    ];
    fixture.write(
        GLOSSARY,
        &format!("not-terms = [\"not\"]\n\n{}", entries.concat()),
    );
    fixture.write(
        FEATURES,
        "[[group]]\ntitle = \"Kept\"\n\n[[group.feature]]\nfeature = \"a torn line\"\npage = \"ch01-bare-server#cut-off\"\n\
         file = \"chapters-code/ch01-bare-server/src/journal.rs\"\ninfra = \"Cargo.toml\"\n",
    );
    fixture
}

/// A sound book with one thing changed, and the only problem of that.
fn changed(file: &str, old: &str, new: &str, problem: &str) {
    let fixture = sound();
    let path = fixture.root().join(file);
    let text = std::fs::read_to_string(path).expect("a file of the fixture");
    assert!(text.contains(old), "{old} in {text}");
    fixture.write(file, &text.replace(old, new));
    assert_eq!(fixture.problems(), [problem], "{old} became {new}");
}

#[test]
fn what_is_true_of_the_pages_is_no_problem() {
    assert_eq!(sound().problems(), [""; 0]);
}

#[test]
fn a_term_names_the_page_that_introduces_it() {
    let journal = |page: &str| format!("\"journal\"\npage = \"{page}\"");
    changed(
        GLOSSARY,
        &journal("ch01-bare-server"),
        &journal("ch01-bare-sever"),
        "book/glossary.toml:4: `journal` is introduced on `ch01-bare-sever`, which is no page of the book; the nearest is `ch01-bare-server`",
    );
    changed(
        GLOSSARY,
        &journal("ch01-bare-server"),
        &journal("preface"),
        "book/glossary.toml:4: `journal` does not stand in italics on book/preface.md; name book/ch01-bare-server.md, which has it so",
    );
    changed(
        PAGE,
        "A *journal*",
        "A journal",
        "book/glossary.toml:4: `journal` does not stand in italics on book/ch01-bare-server.md; set it so where that page introduces it, \
         or add the form it has there to `also`",
    );
    changed(
        "book/preface.md",
        "All of it.",
        "A *Journal.*",
        "book/glossary.toml:4: `journal` stands in italics on book/preface.md before it does on book/ch01-bare-server.md; name the page \
         that comes first",
    );
}

#[test]
fn whatever_stands_in_italics_is_known() {
    changed(
        PAGE,
        "The last line",
        "The *last\nlines*",
        "book/ch01-bare-server.md:7: `last lines` stands in italics, and book/glossary.toml does not know it; give it an entry there, or \
         put it among its `not-terms`",
    );
    changed(
        PAGE,
        "The last line",
        "A *jurnal*",
        "book/ch01-bare-server.md:7: `jurnal` stands in italics, and book/glossary.toml does not know it; the nearest is `journal`; give \
         it an entry there, or put it among its `not-terms`",
    );
    changed(
        PAGE,
        "*not* twice",
        "not twice",
        "book/glossary.toml:1: `not` stands in italics on no page; take it out of `not-terms`",
    );
}

#[test]
fn a_term_is_defined_once() {
    changed(
        GLOSSARY,
        "term = \"torn\"\n",
        "term = \"torn\"\nalso = [\"Journal\"]\n",
        "book/glossary.toml:8: `journal` is defined on line 4 already; keep one of the two",
    );
    changed(
        GLOSSARY,
        "not-terms = [\"not\"]",
        "not-terms = [\"not\", \"Torn\"]",
        "book/glossary.toml:1: `Torn` is a term on line 8; keep it there or here in `not-terms`",
    );
}

#[test]
fn terms_are_in_the_order_of_the_alphabet() {
    changed(
        GLOSSARY,
        "term = \"torn\"\n",
        "term = \"a torn line\"\nalso = [\"torn\"]\n",
        "book/glossary.toml:8: `a torn line` comes after `journal`, and entries are in the order of the alphabet; put it before `journal`",
    );
}

#[test]
fn an_everyday_word_is_on_the_pages_that_are_named() {
    changed(
        GLOSSARY,
        "term = \"torn\"\n",
        "term = \"torn\"\nonly-on = [\"prefece\"]\n",
        "book/glossary.toml:8: `torn` is said to stand on `prefece`, which is no page of the book; the nearest is `preface`",
    );
    changed(
        GLOSSARY,
        "term = \"torn\"\n",
        "term = \"torn\"\nonly-on = [\"preface\"]\n",
        "book/glossary.toml:8: `torn` does not stand on book/preface.md; take that out of its `only-on`",
    );
}

#[test]
fn a_feature_has_a_page_a_heading_and_files() {
    for (old, new, problem) in [
        (
            "ch01-bare-server#",
            "ch01-bare-sever#",
            "`a torn line` is on `ch01-bare-sever`, which is no page of the book; the nearest is `ch01-bare-server`",
        ),
        (
            "#cut-off",
            "#cut-of",
            "`a torn line` is under `#cut-of`, and book/ch01-bare-server.md has no such heading; the nearest is `cut-off`",
        ),
        (
            "journal.rs",
            "jornal.rs",
            "`a torn line` names a file, and `chapters-code/ch01-bare-server/src/jornal.rs` does not exist; the nearest is \
             `chapters-code/ch01-bare-server/src/journal.rs`",
        ),
        (
            "journal.rs",
            "forgotten.rs",
            "`a torn line` names a file, and `chapters-code/ch01-bare-server/src/forgotten.rs` is compiled by no target of the workspace",
        ),
        (
            "Cargo.toml",
            "chapters-code",
            "`a torn line` names a file, and `chapters-code` is a folder",
        ),
    ] {
        let problem = format!("{FEATURES}:5: {problem}");
        changed(FEATURES, old, new, &problem);
    }
}

#[test]
fn a_feature_is_there_once() {
    let again = "infra = \"Cargo.toml\"\n\n[[group.feature]]\nfeature = \"A torn line\"\npage = \"preface\"\nfile = \"Cargo.toml\"\n";
    changed(
        FEATURES,
        "infra = \"Cargo.toml\"\n",
        again,
        "book/features.toml:11: `A torn line` stands on line 5 already; keep one of the two",
    );
}

#[test]
fn the_directives_take_nothing_and_need_their_lists() {
    let page = "# A bare server\n\n{{#glossary}}\n\n{{#index}}\n\n{{#glossary all}}\n";
    let fixture = Fixture::new();
    fixture.write(PAGE, page);
    assert_eq!(
        fixture.problems(),
        [
            "book/ch01-bare-server.md:3: {{#glossary}}: there is no book/glossary.toml",
            "book/ch01-bare-server.md:5: {{#index}}: there is no book/glossary.toml",
            "book/ch01-bare-server.md:7: {{#glossary all}}: it takes nothing",
        ]
    );
    fixture.write(GLOSSARY, "not-terms = []\n");
    assert_eq!(
        fixture.problems(),
        [
            "book/ch01-bare-server.md:5: {{#index}}: there is no book/features.toml",
            "book/ch01-bare-server.md:7: {{#glossary all}}: it takes nothing",
        ]
    );
}

/// Were a part of a page called otherwise by mdBook, its link would be dead, and the page with the lists would say so.
#[test]
fn the_lists_lead_to_places_that_exist() {
    let fixture = sound();
    fixture.write(
        "book/preface.md",
        "# Preface\n\n{{#glossary}}\n\n{{#index}}\n",
    );
    let report = fixture.check();
    assert!(report.is_clean(), "{report}");
    assert!(
        report
            .to_string()
            .contains("book/preface.md: 0 included, 0 executed, 2 generated"),
        "{report}"
    );
}
