//! Requests, and the words of the program.

use anyhow::Result;
use serde_json::json;

use crate::Test;
use crate::house::{House, function, rule, says};

pub const TESTS: &[Test] = &[
    ("a_request_becomes_an_event", a_request_becomes_an_event),
    (
        "a_head_is_a_get_without_the_body",
        a_head_is_a_get_without_the_body,
    ),
    (
        "who_asks_for_what_is_not_there_is_told",
        who_asks_for_what_is_not_there_is_told,
    ),
    (
        "a_function_is_told_no_more_than_the_table_says",
        a_function_is_told_no_more_than_the_table_says,
    ),
    ("a_table_is_checked", a_table_is_checked),
    (
        "one_function_answers_one_event",
        one_function_answers_one_event,
    ),
    (
        "the_rules_that_an_event_meets_are_told",
        the_rules_that_an_event_meets_are_told,
    ),
    (
        "what_is_wrong_with_the_table_is_told_at_the_start",
        what_is_wrong_with_the_table_is_told_at_the_start,
    ),
];

fn a_request_becomes_an_event() -> Result<()> {
    let house = House::open(&function("f", ""))?;
    let heard = house.ask("POST", "/f/echo?a=1", "{\"b\": 2}")?.hear()?;
    assert_eq!(heard.status, 200, "{heard:?}");
    let event = heard.json()?;
    assert_eq!(event["routeKey"], "POST /f/{word}");
    assert_eq!(event["rawPath"], "/f/echo");
    assert_eq!(event["pathParameters"], json!({ "word": "echo" }));
    assert_eq!(event["queryStringParameters"], json!({ "a": "1" }));
    assert_eq!(event["body"], "{\"b\": 2}");
    assert_eq!(event["requestContext"]["http"]["method"], "POST");
    assert_eq!(event["requestContext"]["requestId"], "mine");
    assert_eq!(heard.field("x-request-id"), Some("mine"));
    house.line(|line| {
        line.starts_with("f | REPORT RequestId: ") && line.contains("Init Duration")
    })?;
    house.line(|line| line.contains("\"status\":200") && line.contains("\"id\":\"mine\""))?;
    Ok(())
}

fn a_head_is_a_get_without_the_body() -> Result<()> {
    let house = House::open(&function("f", ""))?;
    let get = house.get("/f/nothing")?;
    let head = house.ask("HEAD", "/f/who", "")?.hear()?;
    assert_eq!(
        (get.status, head.status, head.body.as_str()),
        (500, 200, "")
    );
    let length: usize = head.field("content-length").unwrap_or_default().parse()?;
    assert!(length > 0, "{head:?}");
    Ok(())
}

fn who_asks_for_what_is_not_there_is_told() -> Result<()> {
    let house = House::open(&function("f", ""))?;
    for (method, path, status, allow) in [
        ("GET", "/", 404, None),
        ("GET", "/f", 404, None),
        ("GET", "/f/who/", 404, None),
        ("DELETE", "/f/who", 405, Some("GET,POST,HEAD")),
        ("BREW", "/f/who", 501, Some("GET,POST,HEAD")),
    ] {
        let heard = house.ask(method, path, "")?.hear()?;
        assert_eq!(heard.status, status, "{method} {path}: {heard:?}");
        assert_eq!(heard.field("allow"), allow, "{method} {path}");
        assert_eq!(
            heard.field("content-type"),
            Some("application/problem+json")
        );
    }
    Ok(())
}

fn a_function_is_told_no_more_than_the_table_says() -> Result<()> {
    let more = "told = [\"TOLD\", \"UNSET\"]\nenvironment = { A = \"1\" }\nhandler = \"h\"";
    let environment = [("TOLD", "yes"), ("SECRET", "no"), ("HOME", "/home")];
    let house = House::open_with(&function("f", more), &environment)?;
    let told = house.get("/f/environment")?.json()?;
    let told = told.as_object().cloned().unwrap_or_default();
    let names: Vec<&str> = told.keys().map(String::as_str).collect();
    let due = [
        "A",
        "AWS_ENDPOINT_URL_EVENTBRIDGE",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_RUNTIME_API",
        "HOME",
        "LAMBDA_TASK_ROOT",
        "PATH",
        "TOLD",
        "_HANDLER",
    ];
    assert_eq!(names, due);
    assert_eq!(
        (&told["_HANDLER"], &told["AWS_LAMBDA_FUNCTION_NAME"]),
        (&json!("h"), &json!("f"))
    );
    Ok(())
}

fn a_table_is_checked() -> Result<()> {
    let table = function("f", "") + &rule("r", "{ source = [\"shop\"] }", "f");
    let output = says(&table, "", &["check"])?;
    let told = String::from_utf8(output.stdout)?;
    assert_eq!(told, "functions.toml: 1 functions, 2 routes, 1 rules\n");
    Ok(())
}

fn one_function_answers_one_event() -> Result<()> {
    let event = json!({ "pathParameters": { "word": "echo" } }).to_string();
    let output = says(&function("f", ""), &event, &["invoke", "f", "event.json"])?;
    assert!(output.status.success(), "{output:?}");
    let told: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    assert_eq!(told["pathParameters"]["word"], "echo");
    let report = String::from_utf8(output.stderr)?;
    assert!(report.contains("f | REPORT"), "{report}");

    let event = json!({ "pathParameters": { "word": "error" } }).to_string();
    let output = says(&function("f", ""), &event, &["invoke", "f", "event.json"])?;
    assert_eq!(
        (output.status.code(), output.stdout.as_slice()),
        (Some(1), b"".as_slice())
    );
    let told = String::from_utf8(output.stderr)?;
    assert!(
        told.ends_with("ch04-functions: f: error: the secret\n"),
        "{told}"
    );

    let output = says(&function("f", ""), &event, &["invoke", "g", "event.json"])?;
    assert_eq!(
        String::from_utf8(output.stderr)?,
        "ch04-functions: there is no function \"g\"\n"
    );
    Ok(())
}

fn the_rules_that_an_event_meets_are_told() -> Result<()> {
    let table = function("f", "")
        + &rule("z", "{ source = [\"shop\"] }", "f")
        + &rule(
            "no",
            "{ source = [\"shop\"], detail = { customer = [{ exists = true }] } }",
            "f",
        )
        + &rule("a", "{ detail-type = [{ prefix = \"Pet\" }] }", "f");
    let event = json!({ "source": "shop", "detail-type": "PetAdopted", "detail": {} }).to_string();
    let output = says(&table, &event, &["match", "event.json"])?;
    assert_eq!(String::from_utf8(output.stdout)?, "z -> f\na -> f\n");
    Ok(())
}

fn what_is_wrong_with_the_table_is_told_at_the_start() -> Result<()> {
    let table = function("f", "timeout = 0");
    for words in [
        &[][..],
        &["check"],
        &["match", "event.json"],
        &["invoke", "f", "event.json"],
    ] {
        let output = says(&table, "{}", words)?;
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let told = String::from_utf8(output.stderr)?;
        assert_eq!(
            told,
            "ch04-functions: functions.toml:4: timeout = 0: it is 1 to 900\n"
        );
    }
    let output = says(&table, "{}", &["chekc"])?;
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    Ok(())
}
