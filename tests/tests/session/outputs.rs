//! Outputs and statuses beside what the page says.

use std::fs;

use less_to_run_tests::session::Mode;

use crate::{GREETED, House, holds};

#[test]
fn a_page_that_is_true_holds() {
    let report = House::new().run(GREETED, Mode::Compare);
    assert!(report.is_clean(), "{}", report.told());
    assert_eq!(
        (report.blocks, report.commands, report.updated),
        (2, 3, None)
    );
}

#[test]
fn a_changed_word_is_a_failure_with_both_sides() {
    assert_eq!(
        House::new().failures(&GREETED.replace("hello 1", "hullo 1")),
        "book/page.md:9: `curl -s http://127.0.0.1:8080/` printed something else\n\
         ---- expected: the page\n++++ actual:   the run\n   1      - hullo 1\n        1 + hello 1"
    );
}

#[test]
fn a_deleted_line_of_output_is_a_failure() {
    assert_eq!(
        House::new().failures(&GREETED.replace("hello 1\n", "")),
        "book/page.md:9: `curl -s http://127.0.0.1:8080/` printed something else\n\
         ---- expected: the page\n++++ actual:   the run\n        1 + hello 1"
    );
}

#[test]
fn a_wrong_status_is_a_failure() {
    let page = "```console\n$ sh -c 'echo no; exit 4'\n? 4\nno\n$ false\n? failed\n```\n";
    holds(page);
    assert_eq!(
        House::new().failures(&page.replace("? 4", "? 3")),
        "book/page.md:2: `sh -c 'echo no; exit 4'` ended with status 4; the page says 3\n   | no"
    );
    let failures = House::new().failures(&page.replace("? 4\n", ""));
    assert!(
        failures.contains("ended with status 4; the page says 0"),
        "{failures}"
    );
}

#[test]
fn a_redaction_that_nobody_defined_is_a_failure() {
    let page = "```console\n$ echo 17 customers\n[HOW_MANY] customers\n```\n";
    holds(page);
    let failures = House::new().failures(&page.replace("HOW_MANY", "HOWMANY"));
    assert!(
        failures.starts_with(
            "book/page.md:3: [HOWMANY] is not in book/redactions.toml; there are: [HOW_MANY]"
        ),
        "{failures}"
    );
    let failures = House::new().failures(&page.replace("echo 17", "echo many"));
    assert!(
        failures.contains("- [HOW_MANY] customers\n        1 + many customers"),
        "{failures}"
    );
}

#[test]
fn the_folder_and_variables_carry_over_within_a_terminal() {
    holds(
        "```console\n$ mkdir a && cd a && touch b\n$ ls\nb\n$ x=5; export x\n```\n\n\
         ```console,terminal=other\n$ ls; echo \"<$x>\"\na\n<>\n```\n\n```console\n$ ls; sh -c 'echo $x'; false\n? 1\nb\n5\n$ echo $?\n1\n```\n",
    );
}

#[test]
fn output_and_errors_are_shown_in_their_order() {
    holds(
        "```console\n$ echo a; ls nowhere; printf b; printf '' >&2\n...\nls: [..]nowhere[..]\nb\n```\n",
    );
    holds("```console\n$ cat <<E\n> one\n> two\n> E\none\ntwo\n```\n");
}

#[test]
fn windows_line_ends_are_refused() {
    assert_eq!(
        House::new().failures("text\r\n"),
        "book/page.md:1: the page has Windows line ends; the book's end with a line feed"
    );
    // What a protocol ends its lines with is another matter.
    holds("```console\n$ printf 'a\\r\\nb\\r\\n'\na\nb\n```\n");
}

#[test]
fn nothing_of_a_page_stays_in_the_workspace() {
    let house = House::new();
    assert!(
        house
            .run("```console\n$ touch a && ls\na\n```\n", Mode::Compare)
            .is_clean()
    );
    let mut left: Vec<_> = fs::read_dir(house.folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    left.sort();
    assert_eq!(left, ["book", "book.toml", "chapters-code"]);
}

/// Whatever line of a page's blocks is deleted or changed, the page does not hold any more.
#[test]
fn no_line_of_a_block_can_go_unnoticed() {
    let house = House::impatient();
    let page = GREETED.to_owned()
        + "\n```console,terminal=shop\n^C\n? 130\n```\n\n```console\n$ cat none\n? 1\ncat: none: No such file or directory\n```\n";
    let lines: Vec<&str> = page.lines().collect();
    assert!(house.run(&page, Mode::Compare).is_clean());
    let mut is_inside = false;
    for (at, line) in lines.iter().enumerate() {
        if line.starts_with("```") {
            is_inside = !is_inside;
            continue;
        }
        // That what was interrupted has a status need not be said.
        if !is_inside || *line == "? 130" {
            continue;
        }
        let mut without = lines.clone();
        without.remove(at);
        let mut changed = lines.clone();
        let other = line.replace(['e', '1'], "7");
        changed[at] = &other;
        for broken in [without, changed] {
            let broken = broken.join("\n") + "\n";
            let report = house.run(&broken, Mode::Compare);
            let is_same = broken == page;
            assert!(
                is_same || !report.is_clean(),
                "line {}: {line}\n{broken}",
                at + 1
            );
        }
    }
}
