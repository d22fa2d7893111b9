//! Where a request leads that no gateway has looked at.

use anyhow::Result;
use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use ch05_lambda::routes::Routes;
use serde_json::json;

/// A request as `cargo lambda watch` makes one, once its route was looked for.
fn found(method: &str, path: &str) -> Result<ApiGatewayV2httpRequest> {
    let mut event = serde_json::from_value(json!({
        "routeKey": "$default",
        "rawPath": path,
        "requestContext": { "http": { "method": method, "path": path } },
    }))?;
    Routes::new()?.find(&mut event);
    Ok(event)
}

#[test]
fn a_request_meets_the_route_of_its_path() -> Result<()> {
    for (method, path, route) in [
        ("GET", "/pets", "GET /pets"),
        ("POST", "/pets", "POST /pets"),
        ("GET", "/pets/7", "GET /pets/{id}"),
        ("POST", "/pets/7/adoption", "POST /pets/{id}/adoption"),
        ("POST", "/adoptions", "POST /adoptions"),
        ("GET", "/health", "GET /health"),
        // RFC 9110, section 9.3.2: as a GET, but for the body.
        ("HEAD", "/pets/7", "GET /pets/{id}"),
        // Nobody has such a route, and the shop says so.
        ("DELETE", "/pets/7", "DELETE /pets/{id}"),
    ] {
        let event = found(method, path)?;
        assert_eq!(event.route_key.as_deref(), Some(route), "{method} {path}");
    }
    Ok(())
}

#[test]
fn what_the_path_has_in_the_place_of_a_name_is_told() -> Result<()> {
    let event = found("GET", "/reports/adopters-of-1923")?;
    assert_eq!(event.path_parameters["name"], "adopters-of-1923");
    let event = found("POST", "/pets/7/return")?;
    assert_eq!(event.path_parameters["id"], "7");
    Ok(())
}

#[test]
fn a_path_that_the_shop_has_not_stays_without_a_route() -> Result<()> {
    for path in [
        "/",
        "/pet",
        "/pets/",
        "/pets/7/tail",
        "/pets/7/adoption/now",
    ] {
        let event = found("GET", path)?;
        assert_eq!(event.route_key.as_deref(), Some("$default"), "{path}");
        assert!(event.path_parameters.is_empty(), "{path}");
    }
    Ok(())
}
