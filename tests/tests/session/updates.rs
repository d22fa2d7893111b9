//! Update mode.

use less_to_run_tests::session::Mode;

use crate::{GREETED, House};

#[test]
fn update_rewrites_outputs_and_nothing_else() {
    let house = House::new();
    let page = GREETED.replace("hello 1", "what\never")
        + "\n> ```console\n> $ echo 3 of 9; echo more; echo end\n> [HOW_MANY] of [..]\n> ...\n> END\n> ```\n\ntext  \n";
    let updated = house.updated(&page);
    assert_eq!(
        updated,
        page.replace("what\never", "hello 1")
            .replace("> END", "> more\n> end")
            .replace("> ...\n", "")
    );
    assert_eq!(house.updated(GREETED), GREETED);
}

#[test]
fn update_keeps_patterns_that_still_match() {
    let page = "```console\n$ echo 3 of 9; echo a; echo b; echo end\n[HOW_MANY] of [..]\n...\nend\n$ echo 2\n1\n```\n";
    assert_eq!(House::new().updated(page), page.replace("\n1\n", "\n2\n"));
}

#[test]
fn update_fills_in_what_a_server_prints() {
    let page = GREETED.replace("listening on http://127.0.0.1:8080\n", "");
    assert_eq!(House::new().updated(&page), GREETED);
    let page = GREETED
        .replace("$ greeter", "$ greeter chatty")
        .replace("listening on http", "x");
    let expected = page.replace(
        "x://127.0.0.1:8080",
        "listening on http://127.0.0.1:8080\nwhat a day",
    );
    assert_eq!(House::new().updated(&page), expected);
}

#[test]
fn update_leaves_a_page_alone_that_cannot_be_run_to_its_end() {
    let page = GREETED.replace("hello 1", "hello 7") + "\n```console\n$ false\n```\n";
    let report = House::new().run(&page, Mode::Update);
    assert_eq!(report.updated, None);
    assert_eq!(
        report.told(),
        "book/page.md:16: `false` ended with status 1; the page says 0"
    );
    let report = House::new().run("```console\n$ echo '$ ls'\n```\n", Mode::Update);
    assert!(
        report
            .told()
            .contains("`$ ls` was printed, which would be read as something else"),
        "{}",
        report.told()
    );
}
