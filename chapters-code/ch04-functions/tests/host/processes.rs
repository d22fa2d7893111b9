//! How many processes a function has, and what is passed on of them.

use std::collections::HashSet;
use std::path::Path;

use anyhow::Result;

use crate::Test;
use crate::house::{House, function, wait_for_the_end_of};

pub const TESTS: &[Test] = &[
    (
        "a_process_that_is_warm_answers_again",
        a_process_that_is_warm_answers_again,
    ),
    (
        "under_load_there_are_more_processes_up_to_the_limit",
        under_load_there_are_more_processes_up_to_the_limit,
    ),
    (
        "when_no_process_is_free_a_customer_is_told_to_come_again",
        when_no_process_is_free_a_customer_is_told_to_come_again,
    ),
    (
        "a_process_with_nothing_to_do_is_ended",
        a_process_with_nothing_to_do_is_ended,
    ),
    (
        "what_a_function_prints_is_passed_on_before_its_report",
        what_a_function_prints_is_passed_on_before_its_report,
    ),
    (
        "a_process_that_somebody_has_killed_is_replaced",
        a_process_that_somebody_has_killed_is_replaced,
    ),
];

fn a_process_that_is_warm_answers_again() -> Result<()> {
    let house = House::open(&function("f", ""))?;
    let first = house.pid("/f/who")?;
    for _ in 0..20 {
        assert_eq!(house.pid("/f/who")?, first);
    }
    let reports = house.several(21, |line| line.contains("REPORT"))?;
    let cold = reports.iter().filter(|line| line.contains("Init Duration"));
    assert_eq!(cold.count(), 1, "{reports:#?}");
    Ok(())
}

fn under_load_there_are_more_processes_up_to_the_limit() -> Result<()> {
    let house = House::open(&function("f", "limit = 3"))?;
    let asked: Result<Vec<_>> = (0..12)
        .map(|_| house.ask("GET", "/f/wait?100", ""))
        .collect();
    let mut pids = HashSet::new();
    for asked in asked? {
        let heard = asked.hear()?;
        assert_eq!(heard.status, 200, "{heard:?}");
        pids.insert(heard.body);
    }
    assert!((2..=3).contains(&pids.len()), "{pids:?}");
    Ok(())
}

fn when_no_process_is_free_a_customer_is_told_to_come_again() -> Result<()> {
    let house = House::open(&function("f", "limit = 1\ntimeout = 60"))?;
    let _busy = house.ask("GET", "/f/wait?60000", "")?;
    house.line(|line| line == "f | waiting")?;
    let heard = house.get("/f/who")?;
    assert_eq!(
        (heard.status, heard.field("retry-after")),
        (503, Some("1")),
        "{heard:?}"
    );
    assert_eq!(heard.json()?["type"], "/problems/shop-away");
    Ok(())
}

fn a_process_with_nothing_to_do_is_ended() -> Result<()> {
    let house = House::open(&function("f", "idle = 1"))?;
    let first = house.pid("/f/who")?;
    wait_for_the_end_of(first)?;
    assert_ne!(house.pid("/f/who")?, first);
    Ok(())
}

fn what_a_function_prints_is_passed_on_before_its_report() -> Result<()> {
    let house = House::open(&function("f", ""))?;
    assert_eq!(house.get("/f/print")?.status, 200);
    house.line(|line| line.contains("REPORT"))?;
    let lines = house.lines();
    let place = |what: &str| lines.iter().position(|line| line == what);
    let report = lines.iter().position(|line| line.contains("REPORT"));
    for what in ["f | one", "f | two", "f | three"] {
        assert!(
            place(what).is_some() && place(what) < report,
            "{what}: {lines:#?}"
        );
    }
    // A long line comes in pieces.
    let long = lines.iter().filter(|line| line.starts_with("f | xxx"));
    let long: Vec<usize> = long.map(String::len).collect();
    assert_eq!(long, [4 + 16_384, 4 + 20_000 - 16_384]);
    Ok(())
}

fn a_process_that_somebody_has_killed_is_replaced() -> Result<()> {
    let house = House::open(&function("f", "limit = 1"))?;
    let first = house.pid("/f/who")?;
    let process = rustix::process::Pid::from_raw(first);
    rustix::process::kill_process(
        process.unwrap_or(rustix::process::Pid::INIT),
        rustix::process::Signal::KILL,
    )?;
    // Not only dead: its host has buried it, and so knows of it.
    while Path::new(&format!("/proc/{first}")).exists() {
        std::thread::yield_now();
    }
    assert_ne!(house.pid("/f/who")?, first);
    Ok(())
}
