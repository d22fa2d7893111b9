//! The runner of pages, put to pages: for each rule one that breaks it, with the exact message, and one that keeps it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use book::workspace::Workspace;
use less_to_run_tests::session::{Limits, Mode, Page, PageReport, Runner};
use tempfile::TempDir;

/// A workspace with nothing in it but what pages share.
struct House {
    folder: TempDir,
    runner: Runner,
}

impl House {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("book")).unwrap();
        fs::write(folder.path().join("book.toml"), "").unwrap();
        let redactions = "[HOW_MANY]\nregex = '[0-9]+'\nmeans = 'a number'\n";
        fs::write(folder.path().join("book/redactions.toml"), redactions).unwrap();
        let runner = Runner::new(&Workspace::at(folder.path()).unwrap())
            .unwrap()
            .with_program("greeter", PathBuf::from(env!("CARGO_BIN_EXE_greeter")));
        Self { folder, runner }
    }

    /// One that does not wait for long, for pages that make it wait.
    fn impatient() -> Self {
        let house = Self::new();
        let limits = Limits {
            command: Duration::from_secs(3),
            stop: Duration::from_secs(2),
            patience: Duration::from_millis(500),
        };
        Self {
            runner: house.runner.with_limits(limits),
            ..house
        }
    }

    fn run(&self, text: &str, mode: Mode) -> PageReport {
        let page = Page::new(Path::new("book/page.md"), text.to_owned(), &[]);
        self.runner.run(&page, mode)
    }

    /// What is wrong with a page.
    fn failures(&self, text: &str) -> String {
        self.run(text, Mode::Compare).told()
    }

    fn updated(&self, text: &str) -> String {
        let report = self.run(text, Mode::Update);
        assert!(report.is_clean(), "{}", report.told());
        report.updated.unwrap_or_else(|| text.to_owned())
    }
}

fn holds(text: &str) {
    let report = House::new().run(text, Mode::Compare);
    assert!(report.is_clean(), "{}", report.told());
    assert_eq!(report.skipped, None);
}

/// A page with a shop that counts its customers.
const GREETED: &str = "\
# Greeted

```console,terminal=shop
$ greeter
listening on http://127.0.0.1:8080
```

```console
$ curl -s http://127.0.0.1:8080/
hello 1
$ curl -s http://localhost:8080/ | tr a-z A-Z
HELLO 2
```
";

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
fn a_removed_start_of_a_server_is_a_failure() {
    let page = GREETED.replace(
        "```console,terminal=shop\n$ greeter\nlistening on http://127.0.0.1:8080\n```\n",
        "",
    );
    let failures = House::new().failures(&page);
    assert!(
        failures.contains(
            "book/page.md:5: `curl -s http://127.0.0.1:8080/` ended with status 7; the page says 0"
        ),
        "{failures}"
    );
}

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

#[test]
fn a_server_that_does_not_come_up_is_a_failure() {
    let house = House::impatient();
    let failures = house.failures(&GREETED.replace("$ greeter", "$ greeter mute"));
    assert_eq!(
        failures,
        "book/page.md:4: `greeter mute` does not print this within 3 s\n\
         ---- expected: the page\n++++ actual:   the run\n   1      - listening on http://127.0.0.1:8080"
    );
    let late = House::new().run(
        &GREETED.replace("$ greeter", "$ greeter late"),
        Mode::Compare,
    );
    assert!(late.is_clean(), "{}", late.told());
}

#[test]
fn a_server_that_prints_something_else_is_a_failure_at_once() {
    let report = House::new().run(
        &GREETED.replace("$ greeter", "$ greeter rude"),
        Mode::Compare,
    );
    assert_eq!(
        report.told(),
        "book/page.md:4: `greeter rude` printed something else\n\
         ---- expected: the page\n++++ actual:   the run\n   1      - listening on http://127.0.0.1:8080\n        1 + go away"
    );
    assert!(report.time < Duration::from_secs(30));
}

#[test]
fn a_server_that_prints_more_than_any_block_shows_is_a_failure() {
    assert_eq!(
        House::new().failures(&GREETED.replace("$ greeter", "$ greeter chatty")),
        "book/page.md:4: what this started in the terminal `shop` went on to print lines that no block shows; \
         a last line `...` allows any\n   | what a day"
    );
    holds(&GREETED.replace(
        "$ greeter\nlistening on http://127.0.0.1:8080",
        "$ greeter chatty\n...\nwhat a day",
    ));
    holds(&GREETED.replace(
        "$ greeter\nlistening on http://127.0.0.1:8080",
        "$ greeter chatty\nlistening on [..]\n...",
    ));
}

#[test]
fn a_later_block_may_show_what_a_server_prints_meanwhile() {
    let page = GREETED.replace("$ greeter", "$ greeter log")
        + "\n```console,terminal=shop\nrequest 1\nrequest 2\n```\n";
    holds(&page);
    let failures = House::impatient().failures(&page.replace("request 2", "request 3"));
    assert!(
        failures.contains("   2      - request 3\n        2 + request 2"),
        "{failures}"
    );
}

#[test]
fn a_server_that_ends_by_itself_has_to_be_shown() {
    let page = "```console,terminal=shop\n$ greeter mortal\nlistening on [..]\n```\n\n\
                ```console\n$ curl -s localhost:8080\nhello 1\n```\n";
    assert_eq!(
        House::new().failures(page),
        "book/page.md:2: what this started in the terminal `shop` ended by itself with status 3, and no block shows it\n   | alas"
    );
    holds(&format!(
        "{page}\n```console,terminal=shop\n? 3\nalas\n```\n"
    ));
    let failures = House::new().failures(&format!(
        "{page}\n```console,terminal=shop\n? 4\nalas\n```\n"
    ));
    assert!(
        failures.contains("ended with status 3; the page says 4"),
        "{failures}"
    );
}

#[test]
fn a_process_that_is_left_over_is_named_with_its_block() {
    let house = House::impatient();
    for (typed, command) in [
        ("sleep 101 &", "sleep 101"),
        ("sh -c 'sleep 102 & sleep 103 & wait' &", "sleep 102"),
        ("(while sleep 104; do :; done) &", "sleep 104"),
    ] {
        let failures = house.failures(&format!("text\n\n```console\n$ ls\n$ {typed}\n```\n"));
        let expected = format!("book/page.md:5: this leaves a process behind: `{command}`");
        assert!(failures.contains(&expected), "{failures}");
    }
    holds("```console\n$ sleep 105 &\n$ kill $!\n$ wait\n```\n");
}

#[test]
fn a_command_that_does_not_end_is_a_failure() {
    assert_eq!(
        House::impatient()
            .failures("```console\n$ sleep 106\n```\n")
            .lines()
            .next(),
        Some(
            "book/page.md:2: `sleep 106` does not end within 3 s; what is to run on needs a terminal of its own, \
             and a line to wait for or `...`"
        )
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
fn ctrl_c_ends_what_runs_and_its_status_may_be_shown() {
    let page = GREETED.to_owned()
        + "\n```console,terminal=shop\n^C\n? 130\n$ echo back\nback\n$ greeter\nlistening on [..]\n```\n";
    holds(&page);
    holds(&page.replace("? 130\n", ""));
    holds(&page.replace("? 130\n", "? interrupted\n"));
    let failures = House::new().failures(&page.replace("? 130", "? 0"));
    assert_eq!(
        failures,
        "book/page.md:16: `^C` ended with status 130; the page says 0"
    );
    let failures = House::impatient().failures(&page.replace("^C\n? 130\n", ""));
    assert_eq!(
        failures,
        "book/page.md:16: in the terminal `shop` still runs what line 4 started; `^C` on a line of its own stops it"
    );
    holds("```console\n$ sleep 107\n^C\n? 130\n```\n");
    let failures =
        House::new().failures("```console,terminal=shop\n$ greeter\nlistening[..]\n^C\n^C\n```\n");
    assert_eq!(
        failures,
        "book/page.md:5: nothing runs in the terminal `shop` now"
    );
}

#[test]
fn what_another_terminal_kills_needs_no_word() {
    let page = "```console,terminal=shop\n$ sh -c 'echo $$ > pid; echo up; exec sleep 108'\nup\n```\n\
                ```console\n$ kill -9 $(cat pid)\n```\n\
                ```console,terminal=shop\n$ echo again\n? 0\nagain\n```\n";
    holds(page);
    holds(&page.replace("$ echo again", "? 137\n$ echo again"));
    // Here the shell is killed that had started it, and what it had started goes on.
    let failures = House::impatient().failures(&page.replace("exec sleep 108", "sleep 109; true"));
    assert_eq!(
        failures,
        "book/page.md:2: this leaves a process behind: `sleep 109`"
    );
}

#[test]
fn each_port_of_the_page_is_a_free_one_behind_it() {
    // Two of the same page at once would not find 8080 free both.
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| holds(GREETED));
        }
    });
    holds(
        &GREETED
            .replace("$ greeter", "$ PORT=8081 greeter")
            .replace("8080", "8081"),
    );
    let failures = House::new().failures(&GREETED.replacen("127.0.0.1:8080", "127.0.0.1:8081", 1));
    assert!(
        failures.contains(
            "- listening on http://127.0.0.1:8081\n        1 + listening on http://127.0.0.1:8080"
        ),
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
    let page = GREETED.replace("listening on http://127.0.0.1:8080", "...");
    assert_eq!(House::new().updated(&page), page);
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
    assert_eq!(left, ["book", "book.toml"]);
}
