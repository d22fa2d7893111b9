//! Servers, their terminals, and what is left of them.

use std::time::Duration;

use less_to_run_tests::session::Mode;

use crate::{GREETED, House, holds};

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
fn a_line_without_an_end_is_a_line() {
    let ask = "\n```console\n$ curl -s localhost:8080\nhello 1\n```\n";
    let page =
        "```console,terminal=shop\n$ greeter mumble\nlistening on [..]\n```\n".to_owned() + ask;
    let shown = page.clone() + "\n```console,terminal=shop\nwell\n1\n```\n";
    holds(&shown);
    holds(&(shown.clone() + "\n```console,terminal=shop\n^C\n```\n"));
    let more = ask.replace("hello 1", "hello 2") + "\n```console,terminal=shop\n...\n2\n```\n";
    holds(&(shown.clone() + &more));
    assert!(
        House::new()
            .failures(&page)
            .ends_with("\n   | well\n   | 1")
    );
    let failures = House::impatient().failures(&shown.replace("\n1\n", "\n2\n"));
    assert!(failures.contains("   2      - 2"), "{failures}");
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
            "book/page.md:2: `sleep 106` does not end within 3 s; what is to run on needs a terminal with a name, \
             as in ```console,terminal=shop"
        )
    );
}

#[test]
fn a_command_may_run_on_in_silence() {
    let page = "```console,terminal=slow customer\n$ sleep 110\n```\n\n```console\n$ echo waiting\nwaiting\n```\n";
    holds(&format!(
        "{page}\n```console,terminal=slow customer\n^C\n? 130\n```\n"
    ));
    holds(page);
    let failures =
        House::new().failures(&page.replace("$ sleep 110", "$ (echo not silent; sleep 111)"));
    assert!(failures.contains("printed something else"), "{failures}");
    // One that does end is known to have ended.
    holds(
        "```console,terminal=a\n$ mkdir b\n```\n\n```console\n$ ls\nb\n```\n\n```console,terminal=a\n$ ls\nb\n```\n",
    );
}

#[test]
fn a_server_may_say_in_json_that_it_is_ready_and_log_what_it_does() {
    let ready = r#"{"timestamp":"[..]","message":"listening on http://127.0.0.1:8080"}"#;
    let page = GREETED.replace("$ greeter", "$ greeter json");
    let page = page.replace("listening on http://127.0.0.1:8080", ready);
    let log = r#"{"timestamp":"[..]","message":"request 2"}"#;
    holds(&format!(
        "{page}\n```console,terminal=shop\n...\n{log}\n^C\n```\n"
    ));
    // What nobody wants to see of it.
    holds(&page.replace(ready, &format!("{ready}\n...")));
    let failures = House::new().failures(&page);
    assert!(
        failures.contains("went on to print lines that no block shows"),
        "{failures}"
    );
    let failures = House::new().failures(&page.replace("8080\"}", "8081\"}"));
    assert!(
        failures.contains("`greeter json` printed something else"),
        "{failures}"
    );
}

#[test]
fn curl_prints_as_it_does_into_a_terminal() {
    let page = GREETED.replace("$ greeter", "$ greeter stall");
    let page = page.split_once("$ curl").unwrap().0.to_owned();
    holds(&(page + "$ curl -sS -m 1 localhost:8080\n? 28\nhello 1\ncurl: (28) [..]\n```\n"));
}

#[test]
fn anything_at_all_is_nothing_to_wait_for() {
    assert_eq!(
        House::new().failures(&GREETED.replace("listening on http://127.0.0.1:8080", "...")),
        "book/page.md:5: with `...` alone it is not known when what runs here is ready; show the line that says so"
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
