//! What the shop says when it cannot do what was asked: problem documents (RFC
//! 9457).

use serde_json::{Map, Value, json};

use crate::http::{Fault, MAX_BODY, MAX_FIELDS, MAX_HEAD, MAX_REQUEST_LINE, Response};
use crate::pets::Refusal;

/// A problem document before it is written. Its type is `/problems/NAME`, and stays
/// the same for ever.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// The status of the answer.
    pub status: u16,
    /// The last part of the type: `pet-not-found`.
    pub name: &'static str,
    /// The same for every problem of this type.
    pub title: &'static str,
    /// What is wrong in this request, and what to do.
    pub detail: String,
    /// Members beside those of every problem document.
    pub more: Map<String, Value>,
    /// Methods that the resource has, for a 405.
    pub allow: Option<&'static str>,
}

impl Problem {
    /// A problem without members of its own.
    #[must_use]
    pub fn new(
        status: u16,
        name: &'static str,
        title: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            status,
            name,
            title,
            detail: detail.into(),
            more: Map::new(),
            allow: None,
        }
    }

    /// The same problem with one more member.
    #[must_use]
    pub fn with(mut self, member: &str, value: Value) -> Self {
        self.more.insert(member.to_owned(), value);
        self
    }
}

impl From<Problem> for Response {
    fn from(problem: Problem) -> Self {
        let mut body = json!({
            "type": format!("/problems/{}", problem.name),
            "title": problem.title,
            "status": problem.status,
            "detail": problem.detail,
        });
        if let Value::Object(members) = &mut body {
            members.extend(problem.more);
        }
        let mut response = Self::json(problem.status, &body);
        response.content_type = "application/problem+json";
        match problem.allow {
            Some(methods) => response.with("Allow", methods),
            None => response,
        }
    }
}

// ANCHOR: refusal
impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let detail = refusal.to_string();
        match refusal {
            Refusal::UnknownPet(_) => {
                Self::new(404, "pet-not-found", "There is no such pet", detail)
            }
            Refusal::NotAdopted(_) => {
                Self::new(409, "not-adopted", "The pet has not been adopted", detail)
            }
            Refusal::AlreadyAdopted(pets) => {
                let pets: Vec<String> = pets.into_iter().map(|id| id.0).collect();
                Self::new(409, "already-adopted", "The pet has a home", detail)
                    .with("pets", json!(pets))
            }
        }
    }
}
// ANCHOR_END: refusal

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Malformed(why) => {
                Self::new(400, "malformed-request", "This is no HTTP request", why)
            }
            Fault::TargetTooLong => Self::new(
                414,
                "target-too-long",
                "The request line is too long",
                format!("a request line has at most {MAX_REQUEST_LINE} bytes"),
            ),
            Fault::HeadersTooLarge => Self::new(
                431,
                "headers-too-large",
                "The head of the request is too large",
                format!("a head has at most {MAX_HEAD} bytes and {MAX_FIELDS} fields"),
            ),
            Fault::Version => Self::new(
                505,
                "version-not-supported",
                "The shop speaks HTTP/1.1",
                "send the request as HTTP/1.1 or HTTP/1.0",
            ),
            Fault::TransferCoding => Self::new(
                501,
                "transfer-coding-not-implemented",
                "The shop does not know this transfer coding",
                "send the body with a Content-Length or chunked",
            ),
            Fault::LengthRequired => Self::new(
                411,
                "length-required",
                "The length of the body is missing",
                "send a Content-Length, or send the body chunked",
            ),
            Fault::BodyTooLarge => Self::new(
                413,
                "body-too-large",
                "The body is too large",
                format!("a body has at most {MAX_BODY} bytes"),
            ),
            Fault::Expectation => Self::new(
                417,
                "expectation-failed",
                "The shop cannot meet this expectation",
                "the only Expect that it knows is 100-continue",
            ),
            Fault::Timeout => Self::new(
                408,
                "request-timeout",
                "The request did not arrive in time",
                "a request must be there whole ten seconds after its first byte",
            ),
        }
    }
}
