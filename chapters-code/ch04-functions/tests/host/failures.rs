//! A function that fails harms nobody else, and itself not for long.

use anyhow::Result;

use crate::Test;
use crate::house::{House, function};

pub const TESTS: &[Test] = &[
    (
        "whatever_a_function_does_harms_no_other_request",
        whatever_a_function_does_harms_no_other_request,
    ),
    (
        "seventy_loops_harm_nobody_else",
        seventy_loops_harm_nobody_else,
    ),
    (
        "a_function_that_cannot_begin_fails_at_once",
        a_function_that_cannot_begin_fails_at_once,
    ),
    (
        "breaking_the_rules_of_the_runtime_api_harms_nobody",
        breaking_the_rules_of_the_runtime_api_harms_nobody,
    ),
    (
        "an_answer_that_comes_too_late_is_not_anothers",
        an_answer_that_comes_too_late_is_not_anothers,
    ),
];

/// What is asked for, and what the report says of it.
const FAILURES: [(&str, &str); 9] = [
    ("error", "Status: error Error Type: error"),
    ("panic", "Status: error Error Type: panic"),
    ("abort", "Status: error Error Type: Runtime.ExitError"),
    ("exit", "Status: error Error Type: Runtime.ExitError"),
    ("loop", "Status: timeout"),
    ("allocate", "Status: error Error Type: Runtime.ExitError"),
    (
        "large",
        "Status: error Error Type: Function.ResponseSizeTooLarge",
    ),
    ("odd", " Max Memory Used: "), // The function has not failed. Its answer is none.
    ("unknown", "Status: error Error Type: error"),
];

fn whatever_a_function_does_harms_no_other_request() -> Result<()> {
    let house = House::open(&(function("f", "timeout = 10") + &function("g", "")))?;
    for (what, due) in FAILURES {
        // One beside it, of the same function, and one of another.
        let (beside, other) = (
            house.ask("GET", "/f/wait?100", "")?,
            house.ask("GET", "/g/wait?100", "")?,
        );
        let heard = house.get(&format!("/f/{what}"))?;
        assert_eq!(heard.status, 500, "{what}: {heard:?}");
        assert_eq!(heard.json()?["type"], "/problems/function-failed");
        assert!(!heard.body.contains("secret"), "{heard:?}");
        for fine in [beside, other] {
            let heard = fine.hear()?;
            assert_eq!(heard.status, 200, "beside {what}: {heard:?}");
        }
        let heard = house.get("/f/who")?;
        assert_eq!(heard.status, 200, "after {what}: {heard:?}");
        house.line(|line| line.contains("REPORT") && line.contains(due))?;
    }
    Ok(())
}

fn seventy_loops_harm_nobody_else() -> Result<()> {
    let house = House::open(&(function("f", "limit = 4") + &function("g", "")))?;
    assert_eq!(house.get("/g/who")?.status, 200);
    let loops: Result<Vec<_>> = (0..70).map(|_| house.ask("GET", "/f/loop", "")).collect();
    for _ in 0..5 {
        assert_eq!(house.get("/g/who")?.status, 200);
    }
    for looping in loops? {
        let heard = looping.hear()?;
        assert!([500, 503].contains(&heard.status), "{heard:?}");
    }
    assert_eq!(house.get("/f/who")?.status, 200);
    Ok(())
}

fn a_function_that_cannot_begin_fails_at_once() -> Result<()> {
    let house = House::open(&(function("unready", "limit = 2") + &function("gone", "limit = 2")))?;
    for (name, because) in [("unready", "no coffee"), ("gone", "exit status: 3")] {
        let asked: Result<Vec<_>> = (0..6)
            .map(|_| house.ask("GET", &format!("/{name}/x"), ""))
            .collect();
        for asked in asked? {
            let heard = asked.hear()?;
            assert_eq!(heard.status, 500, "{name}: {heard:?}");
        }
        house.line(|line| line.contains("\"no answer\"") && line.contains(because))?;
    }
    Ok(())
}

fn breaking_the_rules_of_the_runtime_api_harms_nobody() -> Result<()> {
    let house = House::open(&function("raw", "limit = 1"))?;
    let heard = house.get("/raw/another")?;
    assert_eq!(heard.body, "\"HTTP/1.1 400 Bad Request\"");
    let heard = house.get("/raw/nowhere")?;
    assert_eq!(heard.body, "\"HTTP/1.1 404 Not Found\"");
    assert_eq!(house.get("/raw/twice")?.body, "1");
    house.line(|line| line == "raw | twice: Some(\"HTTP/1.1 403 Forbidden\")")?;
    assert_eq!(house.get("/raw/begin")?.body, "1");
    for (word, due) in [
        ("more", "Runtime.InvalidStateTransition"),
        ("garbage", "Runtime.InvalidResponse"),
    ] {
        assert_eq!(house.get(&format!("/raw/{word}"))?.status, 500);
        house.line(|line| line.contains("REPORT") && line.ends_with(due))?;
        assert_eq!(house.get("/raw/fine")?.body, "\"fine\"");
    }
    Ok(())
}

fn an_answer_that_comes_too_late_is_not_anothers() -> Result<()> {
    let house = House::open(&function("raw", "limit = 1\ntimeout = 1"))?;
    let late = house.ask("GET", "/raw/late", "")?;
    let next = house.ask("GET", "/raw/next", "")?;
    assert_eq!(late.hear()?.status, 500);
    assert_eq!(next.hear()?.body, "\"next\"");
    Ok(())
}
