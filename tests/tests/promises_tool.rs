//! The program `promises` as a reader meets it: what it prints, and how it ends.

use std::path::Path;
use std::process::{Command, Output};

use less_to_run_tests::promises::Rung;
use less_to_run_tests::wrong_shop::{Fault, rung};
use serde_json::Value;

fn promises(arguments: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_promises");
    Command::new(program).args(arguments).output().unwrap()
}

fn shop_with(fault: Fault) -> Rung {
    rung(Path::new(env!("CARGO_BIN_EXE_wrong_shop")), fault)
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

#[test]
fn a_promise_that_is_kept_takes_two_lines_and_status_0() {
    let rung = shop_with(Fault::None);
    let machine = rung.machine().unwrap();
    let running = machine.start().unwrap();
    let output = promises(&["P3", "--at", running.url()]);
    assert_eq!(
        stdout(&output),
        "P3 a pet is never adopted twice: kept\n   \
         50 customers asked for one pet at once. 1 was told that it is theirs, 49 that they were too late.\n"
    );
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn a_promise_that_is_broken_has_status_1() {
    let rung = shop_with(Fault::SellsTwice);
    let machine = rung.machine().unwrap();
    let running = machine.start().unwrap();
    let output = promises(&["p3", "--at", running.url()]);
    let lines: Vec<&str> = stdout(&output).lines().collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert_eq!(lines[0], "P3 a pet is never adopted twice: broken");
    assert!(
        lines[1].ends_with(" were told that it is theirs."),
        "{}",
        lines[1]
    );
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn the_staff_s_key_is_for_what_is_for_the_staff() {
    let mut rung = shop_with(Fault::None);
    rung.env
        .insert("STAFF_KEY".to_owned(), "anemones".to_owned());
    let machine = rung.machine().unwrap();
    let running = machine.start().unwrap();
    let output = promises(&["P3", "--at", running.url(), "--staff-key", "anemones"]);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    // Without it no pet can be taken in.
    let output = promises(&["P3", "--at", running.url()]);
    assert!(
        stdout(&output).contains("POST /pets was answered 401"),
        "{}",
        stdout(&output)
    );
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn json_is_for_programs() {
    let rung = shop_with(Fault::None);
    let machine = rung.machine().unwrap();
    let running = machine.start().unwrap();
    let output = promises(&["--json", "--at", running.url(), "P12", "P4"]);
    let findings: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&findings[0]["promise"], &findings[0]["seen"]),
        (&"P12".into(), &"kept".into())
    );
    assert_eq!(
        (&findings[1]["promise"], &findings[1]["seen"]),
        (&"P4".into(), &"not-asked".into())
    );
    assert!(findings[1]["lines"][0].as_str().unwrap().contains("killed"));
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn wrong_use_is_one_line_and_status_2() {
    let uses: [(&[&str], &str); 15] = [
        (
            &["P3"],
            "promises: say which shop: --at URL for a running one, or --rung NUMBER\n",
        ),
        (
            &["--at", "http://127.0.0.1:1"],
            "promises: the shop at http://127.0.0.1:1 cannot be reached: nobody listens\n",
        ),
        (
            &["--at", "ftp://shop"],
            "promises: ftp://shop is not of the form http://HOST:PORT\n",
        ),
        (
            &["--at", "http://shop:port"],
            "promises: http://shop:port is not of the form http://HOST:PORT",
        ),
        (
            &["--at", "https://127.0.0.1:1"],
            "promises: https://127.0.0.1:1 needs --trust FILE, such as /etc/ssl/certs/ca-certificates.crt\n",
        ),
        (
            &["--at", "https://127.0.0.1:1", "--trust", "/nowhere.pem"],
            "promises: /nowhere.pem cannot be read: ",
        ),
        (
            &["--at", "https://127.0.0.1:1", "--trust", "/dev/null"],
            "promises: /dev/null: there is no certificate among those to trust\n",
        ),
        (
            &["--rung", "99"],
            "promises: there is no rung 99; there are: 1",
        ),
        (
            &["--rung", "one"],
            "promises: invalid value 'one' for '--rung <NUMBER>'",
        ),
        (
            &["--rung", "1", "P17"],
            "promises: invalid value 'P17' for '[PROMISE]...': there is no promise P17",
        ),
        (
            &["--rung", "1", "P3", "--record"],
            "promises: --record asks all promises, so name none\n",
        ),
        (
            &["--at", "http://127.0.0.1:1", "--staff-key", "two words"],
            "promises: invalid value 'two words' for '--staff-key <KEY>': a key is made of letters, digits and -._~+/=\n",
        ),
        (
            &["--at", "http://127.0.0.1:1", "--staff-key", ""],
            "promises: invalid value '' for '--staff-key <KEY>'",
        ),
        (
            &["--rung", "1", "--staff-key", "tulips"],
            "promises: the argument '--rung <NUMBER>' cannot be used with",
        ),
        (
            &["--at", "http://x", "--rung", "1"],
            "promises: the argument '--at <URL>' cannot be used with",
        ),
    ];
    for (arguments, message) in uses {
        let output = promises(arguments);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(
            stderr.starts_with(message),
            "{arguments:?} printed {stderr:?}"
        );
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
    }
}
