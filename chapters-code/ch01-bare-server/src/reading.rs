//! Reads what came with a request, whatever it came through.

use serde_json::{Value, json};

use crate::fields::Complaint;
use crate::problem::Problem;

/// A body as JSON.
///
/// # Errors
///
/// A [`Problem`] when its type is not JSON's, or when it is no JSON.
pub fn json(content_type: Option<&str>, body: &[u8]) -> Result<Value, Problem> {
    let content_type = content_type.unwrap_or_default();
    let mut parts = content_type.split(';').map(str::trim_ascii);
    let json = parts
        .next()
        .is_some_and(|kind| kind.eq_ignore_ascii_case("application/json"));
    let utf8 = parts
        .all(|part| part.is_empty() || part.replace('"', "").eq_ignore_ascii_case("charset=utf-8"));
    if !json || !utf8 {
        let detail = format!("send application/json, not {content_type:?}");
        return Err(Problem::new(
            415,
            "unsupported-media-type",
            "The body is not JSON",
            detail,
        ));
    }
    serde_json::from_slice(body).map_err(|error| {
        Problem::new(
            400,
            "malformed-json",
            "The body is no JSON",
            error.to_string(),
        )
    })
}

/// The problem of a body that is JSON, and not what the shop expects.
#[must_use]
pub fn invalid_body(complaints: &[Complaint]) -> Problem {
    let errors: Vec<Value> = complaints
        .iter()
        .map(|(pointer, detail)| json!({ "pointer": pointer, "detail": detail }))
        .collect();
    Problem::new(
        422,
        "invalid-body",
        "The body is not what the shop expects",
        "the errors say where and what",
    )
    .with("errors", json!(errors))
}

/// The key of a request, out of all its `Idempotency-Key` fields.
///
/// # Errors
///
/// A [`Problem`] when there are several, or when it is not of 1 to 255 visible
/// ASCII characters.
pub fn idempotency_key<'a>(keys: &[&'a str]) -> Result<Option<&'a str>, Problem> {
    match keys {
        [] => Ok(None),
        [key]
            if (1..=255).contains(&key.len())
                && key.bytes().all(|byte| byte.is_ascii_graphic()) =>
        {
            Ok(Some(key))
        }
        _ => Err(Problem::new(
            400,
            "invalid-idempotency-key",
            "The Idempotency-Key is not valid",
            "send one, of 1 to 255 visible ASCII characters",
        )),
    }
}
