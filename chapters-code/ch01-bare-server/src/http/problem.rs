//! How a problem is sent, and what it says of a fault in HTTP itself.

use super::{Fault, MAX_BODY, MAX_FIELDS, MAX_HEAD, MAX_REQUEST_LINE, Response};
use crate::problem::Problem;

impl From<Problem> for Response {
    fn from(problem: Problem) -> Self {
        let mut response = Self::json(problem.status, &problem.body());
        response.content_type = "application/problem+json";
        match problem.allow {
            Some(methods) => response.with("Allow", methods),
            None => response,
        }
    }
}

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
