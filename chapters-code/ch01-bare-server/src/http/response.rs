//! An answer, and how it is written.

use std::fmt::Write as _;
use std::time::SystemTime;

use serde_json::Value;

/// One answer: a status, fields, and a body of JSON.
#[derive(Debug, Clone, PartialEq)]
pub struct Response {
    /// RFC 9110, section 15.
    pub status: u16,
    /// What stands beside the fields that every answer has.
    pub fields: Vec<(&'static str, String)>,
    /// `application/json` or `application/problem+json`.
    pub content_type: &'static str,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    /// An answer with a body of JSON, with a line end for those who read it in a
    /// terminal.
    #[must_use]
    pub fn json(status: u16, body: &Value) -> Self {
        let body = format!("{body}\n").into_bytes();
        Self {
            status,
            fields: Vec::new(),
            content_type: "application/json",
            body,
        }
    }

    /// The same answer with one more field.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.fields.push((name, value.into()));
        self
    }

    // ANCHOR: bytes
    /// The bytes of the answer. A `HEAD` request gets all but the body (RFC 9110,
    /// section 9.3.2).
    #[must_use]
    pub fn to_bytes(&self, head_only: bool, close: bool) -> Vec<u8> {
        let date = httpdate::fmt_http_date(SystemTime::now());
        let mut head = format!(
            "HTTP/1.1 {} {}\r\nDate: {date}\r\n",
            self.status,
            reason(self.status)
        );
        let _ = write!(head, "Content-Type: {}\r\n", self.content_type);
        let _ = write!(head, "Content-Length: {}\r\n", self.body.len());
        for (name, value) in &self.fields {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        if close {
            head.push_str("Connection: close\r\n");
        }
        head.push_str("\r\n");
        let mut bytes = head.into_bytes();
        if !head_only {
            bytes.extend_from_slice(&self.body);
        }
        bytes
    }
    // ANCHOR_END: bytes
}

/// The words beside a status, for people who read along.
pub(crate) fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        400 => "Bad Request",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        409 => "Conflict",
        411 => "Length Required",
        413 => "Content Too Large",
        414 => "URI Too Long",
        415 => "Unsupported Media Type",
        417 => "Expectation Failed",
        422 => "Unprocessable Content",
        431 => "Request Header Fields Too Large",
        501 => "Not Implemented",
        503 => "Service Unavailable",
        505 => "HTTP Version Not Supported",
        _ => "",
    }
}
