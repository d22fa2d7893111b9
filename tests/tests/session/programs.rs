//! What a page may run.

use crate::House;

#[test]
fn a_program_that_is_not_allowed_is_a_failure_whatever_the_page_expects() {
    let message = "book/page.md:2: `python3` is not a program that a page may run; the list is in tests/src/session/programs.rs";
    for page in [
        "```console\n$ python3 -c 'print(1)'\n1\n```\n",
        "```console\n$ python3\n? 127\n...\n```\n",
        "```console\n$ echo a | python3 2>/dev/null\n? failed\n```\n",
    ] {
        assert_eq!(House::new().failures(page), message, "{page}");
    }
    let hidden = "```console\n$ x=python3; env $x\n? 127\n...\n```\n";
    assert!(House::new().failures(hidden).contains("not in a variable"));
    let by_path = House::new().failures("```console\n$ /bin/ls\n```\n");
    assert!(
        by_path.starts_with("book/page.md:2: `/bin/ls` is not a program"),
        "{by_path}"
    );
}

#[test]
fn a_program_that_is_not_found_is_a_failure_even_if_that_is_expected() {
    for page in [
        "```console\n$ env -i PATH=/nowhere ls\n? 127\n...\n```\n",
        "```console\n$ PATH=/nowhere ls || true\n...\n```\n",
    ] {
        let failures = House::new().failures(page);
        assert!(failures.starts_with("book/page.md:2: `"), "{failures}");
        assert!(
            failures.contains(", which a page may not run or this machine does not have;"),
            "{failures}"
        );
    }
}
