//! How a host ends, and that nothing is left of it.

use anyhow::Result;
use rustix::process::Signal;
use serde_json::json;

use crate::Test;
use crate::house::{House, function, rule, wait_for_the_end_of};

pub const TESTS: &[Test] = &[
    (
        "a_host_that_is_killed_leaves_no_function_behind",
        a_host_that_is_killed_leaves_no_function_behind,
    ),
    (
        "an_interrupt_lets_what_is_under_way_be_answered",
        an_interrupt_lets_what_is_under_way_be_answered,
    ),
    (
        "what_takes_longer_than_the_grace_is_left",
        what_takes_longer_than_the_grace_is_left,
    ),
    (
        "events_are_delivered_before_the_end",
        events_are_delivered_before_the_end,
    ),
];

fn a_host_that_is_killed_leaves_no_function_behind() -> Result<()> {
    let mut house =
        House::open(&(function("f", "timeout = 900") + &function("g", "timeout = 900")))?;
    let (idle, looping) = (house.pid("/f/who")?, house.pid("/g/who")?);
    let _asked = house.ask("GET", "/g/loop", "")?;
    // Earlier, it would end because there is nobody who has an event for it.
    house.line(|line| line == "g | looping")?;
    house.signal(Signal::KILL)?;
    house.end()?;
    wait_for_the_end_of(idle)?;
    wait_for_the_end_of(looping)
}

fn an_interrupt_lets_what_is_under_way_be_answered() -> Result<()> {
    let mut house = House::open_with(&function("f", "timeout = 60"), &[("GRACE", "60")])?;
    let pid = house.pid("/f/who")?;
    let asked = house.ask("GET", "/f/wait?500", "")?;
    house.line(|line| line == "f | waiting")?;
    house.interrupt_all()?;
    let heard = asked.hear()?;
    assert_eq!((heard.status, heard.body), (200, pid.to_string()));
    assert_eq!(house.end()?, Some(0));
    wait_for_the_end_of(pid)
}

fn what_takes_longer_than_the_grace_is_left() -> Result<()> {
    let mut house = House::open_with(&function("f", "timeout = 900"), &[("GRACE", "0")])?;
    let pid = house.pid("/f/who")?;
    let _asked = house.ask("GET", "/f/wait?600000", "")?;
    house.line(|line| line == "f | waiting")?;
    house.signal(Signal::TERM)?;
    assert_eq!(house.end()?, Some(1));
    wait_for_the_end_of(pid)?;
    house.line(|line| line.contains("\"requests\":1"))?;
    Ok(())
}

fn events_are_delivered_before_the_end() -> Result<()> {
    let pattern = "{ source = [\"test\"] }";
    let table = function("f", "") + &function("note", "") + &rule("r", pattern, "note");
    let mut house = House::open_with(&table, &[("GRACE", "60")])?;
    let entry = json!({ "Source": "test", "DetailType": "Met", "Detail": "{}" });
    house.put("f", &json!([entry, entry, entry]))?;
    house.signal(Signal::TERM)?;
    assert_eq!(house.end()?, Some(0));
    house.several(3, |line| line.starts_with("note | note "))?;
    Ok(())
}
