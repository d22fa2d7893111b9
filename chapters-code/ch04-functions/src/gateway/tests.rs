//! What becomes of any request, and of any answer.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use axum::http::StatusCode;
use proptest::prelude::*;

use super::*;

fn head(method: &str, target: &str, fields: &[(&str, &[u8])]) -> Result<Parts> {
    let mut request = Request::builder().method(method).uri(target);
    for (name, value) in fields {
        request = request.header(*name, *value);
    }
    Ok(request.body(Body::empty())?.into_parts().0)
}

fn made(head: &Parts, parameters: &[(&str, &str)], body: &[u8]) -> Value {
    let parameters = decoded(parameters.iter().copied());
    event("GET /x/{id}", head, &parameters, body)
}

#[test]
fn an_event_says_what_the_request_said() -> Result<()> {
    let fields: [(_, &[u8]); 3] = [("a", b"1"), ("a", b"2"), ("x-request-id", b"7")];
    let head = head("GET", "/x/a%2Fb?q=1&q=2&r=a+%26", &fields)?;
    let event = made(&head, &[("id", "a%2Fb")], b"{}");
    assert_eq!(event["rawPath"], "/x/a%2Fb");
    assert_eq!(event["rawQueryString"], "q=1&q=2&r=a+%26");
    assert_eq!(
        event["queryStringParameters"],
        json!({ "q": "1,2", "r": "a &" })
    );
    assert_eq!(event["pathParameters"], json!({ "id": "a/b" }));
    assert_eq!(event["headers"], json!({ "a": "1,2", "x-request-id": "7" }));
    assert_eq!(event["requestContext"]["requestId"], "7");
    assert_eq!(
        (&event["body"], &event["isBase64Encoded"]),
        (&json!("{}"), &json!(false))
    );
    Ok(())
}

#[test]
fn what_was_not_sent_is_not_there() -> Result<()> {
    let event = made(&head("GET", "/x", &[])?, &[], b"");
    for name in ["body", "pathParameters", "queryStringParameters"] {
        assert!(event.get(name).is_none(), "{name}");
    }
    Ok(())
}

#[test]
fn what_is_no_text_is_base64() -> Result<()> {
    let event = made(&head("POST", "/x", &[])?, &[], &[0xff, 0x00]);
    assert_eq!(
        (&event["body"], &event["isBase64Encoded"]),
        (&json!("/wA="), &json!(true))
    );
    Ok(())
}

fn told(answer: &Value) -> Result<Response> {
    response(answer.to_string().as_bytes())
}

#[test]
fn an_answer_without_a_status_is_the_body() -> Result<()> {
    for answer in [json!({ "homes": 1 }), json!("yes"), json!([1]), json!(null)] {
        let response = told(&answer)?;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json");
    }
    Ok(())
}

#[test]
fn a_cookie_is_a_field_of_its_own_and_the_length_is_the_servers() -> Result<()> {
    let response = told(&json!({
        "statusCode": 201,
        "headers": { "Content-Length": "7", "x": "1" },
        "multiValueHeaders": { "y": ["1", "2"] },
        "cookies": ["a=1", "b=2"],
        "body": "hi",
    }))?;
    let all = |name| response.headers().get_all(name).iter().count();
    assert_eq!(response.status(), StatusCode::CREATED);
    assert_eq!(
        [all("set-cookie"), all("content-length"), all("x"), all("y")],
        [2, 0, 1, 2]
    );
    Ok(())
}

#[test]
fn an_answer_of_another_shape_is_a_failure() {
    for odd in [
        json!({ "statusCode": 99 }),
        json!({ "statusCode": 101 }),
        json!({ "statusCode": 600 }),
        json!({ "statusCode": -1 }),
        json!({ "statusCode": "many" }),
        json!({ "statusCode": 200, "body": 7 }),
        json!({ "statusCode": 200, "headers": { "a b": "1" } }),
        json!({ "statusCode": 200, "headers": { "a": "1\r\nb: 2" } }),
        json!({ "statusCode": 200, "cookies": ["a\n"] }),
        json!({ "statusCode": 200, "isBase64Encoded": true, "body": "?" }),
    ] {
        assert!(told(&odd).is_err(), "{odd}");
    }
}

proptest! {
    #[test]
    fn the_shop_can_read_every_event(
        path in "/[a-z0-9%/]{0,20}",
        query in "[a-z=&+.-]{0,20}",
        value in proptest::collection::vec(32_u8..=255, 0..20),
        body in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let value: Vec<u8> = value.into_iter().filter(|byte| *byte != 127).collect();
        let Ok(head) = head("POST", &format!("{path}?{query}"), &[("x", &value)]) else {
            return Ok(()); // It is none that a server lets in.
        };
        let event = made(&head, &[("id", &path)], &body);
        let read: ApiGatewayV2httpRequest = serde_json::from_value(event)?;
        let sent = read.body.unwrap_or_default();
        let sent = if read.is_base64_encoded {
            serde_json::from_value::<Base64Data>(sent.into())?.0
        } else {
            sent.into_bytes()
        };
        prop_assert_eq!(sent, body);
        prop_assert_eq!(read.raw_query_string.unwrap_or_default(), query);
    }

    #[test]
    fn no_answer_makes_the_host_panic(
        status in any::<i64>(),
        name in ".{0,5}",
        value in ".{0,5}",
        body in ".{0,10}",
        is_base64 in any::<bool>(),
    ) {
        let _ = told(&json!({
            "statusCode": status,
            "headers": { &name: &value },
            "cookies": [&value],
            "isBase64Encoded": is_base64,
            "body": body,
        }));
        let _ = response(body.as_bytes());
    }
}
