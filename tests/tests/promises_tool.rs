//! The program `promises` as a reader meets it: what it prints, and how it ends.

use std::process::{Command, Output};

use less_to_run_tests::promises::Rung;
use less_to_run_tests::promises::rung::SecondInstance;
use serde_json::Value;

fn promises(arguments: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_promises");
    Command::new(program).args(arguments).output().unwrap()
}

fn shop_with(fault: &str) -> Rung {
    let program = env!("CARGO_BIN_EXE_wrong_shop");
    Rung {
        number: 0,
        program: program.into(),
        with_a_bug: program.into(),
        env: [("FAULT".to_owned(), fault.to_owned())].into(),
        disk: "SHOP_DATA".to_owned(),
        elsewhere: None,
        second_instance: SecondInstance::SameDisk,
        kills: 0,
        loops: 0,
        forget: None,
        backup: None,
        restore: None,
        idle_month: None,
        golden: None,
    }
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

#[test]
fn a_promise_that_is_kept_takes_two_lines_and_status_0() {
    let rung = shop_with("none");
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
    let rung = shop_with("sells-twice");
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
fn json_is_for_programs() {
    let rung = shop_with("none");
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
    let uses: [(&[&str], &str); 12] = [
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
