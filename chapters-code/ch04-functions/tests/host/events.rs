//! Events between functions.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::Test;
use crate::house::{House, function, rule};

pub const TESTS: &[Test] = &[
    (
        "an_event_goes_to_every_rule_that_it_meets",
        an_event_goes_to_every_rule_that_it_meets,
    ),
    (
        "a_bus_may_deliver_more_than_once",
        a_bus_may_deliver_more_than_once,
    ),
    (
        "an_entry_that_is_wrong_is_refused_and_the_others_are_not",
        an_entry_that_is_wrong_is_refused_and_the_others_are_not,
    ),
    (
        "what_is_no_put_events_is_refused",
        what_is_no_put_events_is_refused,
    ),
    (
        "a_delivery_is_tried_again_and_given_up",
        a_delivery_is_tried_again_and_given_up,
    ),
    (
        "the_environment_may_name_another_bus",
        the_environment_may_name_another_bus,
    ),
];

fn entry(source: &str) -> Value {
    json!({ "Source": source, "DetailType": "Met", "Detail": "{\"a\": 1}" })
}

fn table() -> String {
    function("f", "")
        + &function("n1", "handler = \"note\"")
        + &function("n2", "handler = \"note\"")
        + &rule("one", "{ source = [\"a\", \"b\"] }", "n1")
        + &rule(
            "two",
            "{ source = [\"a\"], detail = { a = [{ numeric = [\"=\", 1] }] } }",
            "n2",
        )
        + &rule(
            "three",
            "{ source = [\"a\"], detail = { b = [{ exists = true }] } }",
            "n2",
        )
}

fn notes(house: &House, function: &str, count: usize) -> Result<Vec<Value>> {
    let begin = format!("{function} | note ");
    let lines = house.several(count, |line| line.starts_with(&begin))?;
    let event = |line: &String| Ok(serde_json::from_str(line.trim_start_matches(&begin))?);
    lines.iter().map(event).collect()
}

fn an_event_goes_to_every_rule_that_it_meets() -> Result<()> {
    let house = House::open(&table())?;
    let mut timed = entry("b");
    timed["Time"] = json!(1_000_000_000);
    timed["Resources"] = json!(["pet/1"]);
    let told = house.put("f", &json!([entry("a"), timed, entry("c")]))?;
    assert_eq!(told.status, 200, "{told:?}");
    assert_eq!(
        told.field("content-type"),
        Some("application/x-amz-json-1.1")
    );
    let told = told.json()?;
    assert_eq!(told["FailedEntryCount"], 0, "{told}");
    // After the reports there can be no more of them.
    house.several(4, |line| line.contains("REPORT"))?;
    let mut one = notes(&house, "n1", 2)?;
    let two = notes(&house, "n2", 1)?;
    assert_eq!((one.len(), two.len()), (2, 1), "{:#?}", house.lines());
    one.sort_by_key(|event| event["source"].to_string());
    assert_eq!(one[0], two[0]);
    let event = &one[1];
    assert_eq!(event["id"], told["Entries"][1]["EventId"]);
    assert_eq!(event["time"], "2001-09-09T01:46:40Z");
    let due = json!({
        "version": "0", "id": event["id"], "detail-type": "Met", "source": "b",
        "account": "000000000000", "time": event["time"], "region": "eu-central-1",
        "resources": ["pet/1"], "detail": { "a": 1 },
    });
    assert_eq!(*event, due);
    Ok(())
}

fn a_bus_may_deliver_more_than_once() -> Result<()> {
    let house = House::open_with(&table(), &[("DELIVERIES", "2")])?;
    house.put("f", &json!([entry("b")]))?;
    let notes = notes(&house, "n1", 2)?;
    assert_eq!(notes[0], notes[1]);
    Ok(())
}

fn an_entry_that_is_wrong_is_refused_and_the_others_are_not() -> Result<()> {
    let house = House::open(&table())?;
    let wrong = [
        ("Source", json!(""), "InvalidArgument"),
        ("Source", json!("aws.s3"), "NotAuthorizedForSourceException"),
        ("DetailType", json!(""), "InvalidArgument"),
        ("Detail", json!("{"), "MalformedDetail"),
        ("Detail", json!("[1]"), "MalformedDetail"),
        ("EventBusName", json!("another"), "InvalidArgument"),
        ("Time", json!(-1), "InvalidArgument"),
        ("Time", json!(1e30), "InvalidArgument"),
    ];
    let mut entries = vec![entry("b")];
    for (name, value, _) in &wrong {
        let mut entry = entry("b");
        entry[*name] = value.clone();
        entries.push(entry);
    }
    let told = house.put("f", &json!(entries))?.json()?;
    assert_eq!(told["FailedEntryCount"], 8, "{told}");
    assert!(told["Entries"][0]["EventId"].is_string(), "{told}");
    let refused = told["Entries"].as_array().context("a list")?.iter().skip(1);
    for (told, (name, value, code)) in refused.zip(wrong) {
        assert_eq!(told["ErrorCode"], code, "{name}: {value}");
        assert!(told["ErrorMessage"].is_string(), "{told}");
    }
    assert_eq!(notes(&house, "n1", 1)?.len(), 1);
    Ok(())
}

fn what_is_no_put_events_is_refused() -> Result<()> {
    let house = House::open(&table())?;
    let mut large = entry("b");
    large["Detail"] = json!(format!("{{\"a\": \"{}\"}}", "x".repeat(1_048_576)));
    for (entries, code) in [
        (json!([]), "ValidationException"),
        (json!(vec![entry("b"); 11]), "ValidationException"),
        (json!([large]), "ValidationException"),
        (json!([1]), "SerializationException"),
        (json!({}), "SerializationException"),
    ] {
        let told = house.put("f", &entries)?;
        assert_eq!(told.status, 400, "{told:?}");
        assert_eq!(told.json()?["__type"], code);
    }
    Ok(())
}

fn a_delivery_is_tried_again_and_given_up() -> Result<()> {
    let table =
        function("f", "") + &function("refuse", "") + &rule("r", "{ source = [\"b\"] }", "refuse");
    let house = House::open(&table)?;
    let told = house.put("f", &json!([entry("b")]))?.json()?;
    let id = told["Entries"][0]["EventId"]
        .as_str()
        .context("it has a number")?;
    let line = house.line(|line| line.contains("an event is given up"))?;
    for due in [
        "\"rule\":\"r\"",
        "\"function\":\"refuse\"",
        id,
        "not that one",
    ] {
        assert!(line.contains(due), "{due}: {line}");
    }
    let tried = house
        .lines()
        .iter()
        .filter(|line| *line == "refuse | refused")
        .count();
    assert_eq!(tried, 3);
    Ok(())
}

fn the_environment_may_name_another_bus() -> Result<()> {
    let set = [("AWS_ENDPOINT_URL_EVENTBRIDGE", "http://127.0.0.1:1")];
    let house = House::open_with(&function("f", ""), &set)?;
    assert_eq!(house.bus("f")?, "127.0.0.1:1");
    Ok(())
}
